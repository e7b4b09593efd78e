"""LINE as its people meet it: the link, the desk whose client is on LINE, and the administrator's look at it."""

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from kokorochat.web.replay.spawn import Platform
from line_bot import Phones, wait_for
from story.stage import DESK, ENGLISH, JAPANESE, PHONE, Screen, Stage, Words, now

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with Platform(line=True) as running:
        yield running


@pytest.fixture
def phones(platform: Platform) -> Iterator[Phones]:
    with httpx.Client(base_url=platform.line_url, trust_env=False) as fake:
        yield Phones(fake)


def nothing_is_inaccessible(screen: Screen) -> None:
    assert Axe().run(screen.page).response["violations"] == []


def meet(
    stage: Stage, phones: Phones, words: Words = JAPANESE, size: tuple[int, int] = DESK
) -> tuple[Screen, Screen, str]:
    """Two new people in a session that is open: her desk, the other's page, and their phone, linked."""
    counselor, her_link = stage.person("あおい")
    client, other_link = stage.person("みどり")
    path = stage.pair(counselor, client, start=now(), topic_main="Workplace Issues", topic_sub="上司との関係")
    page = stage.screen(f"{other_link}?next=/line", PHONE)
    page.shot("line-not-linked")
    page.page.get_by_role("button", name="番号を作る").click()
    page.shot("line-code")
    phone = phones.add("みどり")
    phones.say(phone, page.page.locator(".code output").inner_text())
    return stage.screen(f"{her_link}?next={path}", size, words), page, phone


def door(desk: Screen) -> Locator:
    return desk.page.locator("[data-door]")


def test_a_client_links_line_and_the_desk_says_how_they_are_reached(stage: Stage, phones: Phones) -> None:
    desk, page, phone = meet(stage, phones)
    nothing_is_inaccessible(page)
    expect(desk.presence).to_have_text("LINEで参加しています")
    page.page.goto("/line")
    expect(page.page.get_by_text("LINEアカウントを連携しています")).to_be_visible()
    page.shot("line-linked")

    phones.say(phone, "こんにちは。")
    expect(desk.message("こんにちは。")).to_be_visible()
    desk.say("どうされましたか。")
    expect(desk.message("どうされましたか。").locator(".mark")).to_have_text("LINEに送信済み")
    assert "どうされましたか。" in phones.screen(phone)
    desk.shot("line-desk")

    phones.act(phone, "block")
    expect(door(desk)).to_contain_text("ブロックしています")
    expect(desk.presence).to_have_text("不在")
    desk.say("聞こえますか。")
    expect(desk.message("聞こえますか。").locator(".mark")).to_have_text("LINEには未送信（ページに保存）")
    desk.shot("line-desk-blocked")
    nothing_is_inaccessible(desk)
    phones.act(phone, "follow")
    expect(door(desk)).to_be_hidden()
    expect(desk.message("聞こえますか。").locator(".mark")).to_have_text("LINEに送信済み")


_PATIENCE_ENDS = """
from kokorochat.web import server; server.set_up()
from datetime import timedelta
from django.utils import timezone
from kokorochat.web.transports.line.models import Account, Outgoing
Outgoing.objects.filter(state="waiting").update(reply_until=timezone.now() - timedelta(seconds=1))
Account.objects.update(busy_until=None)
"""


def uncertain(desk: Screen, stage: Stage, phones: Phones, phone: str, text: str) -> Locator:
    """A message of the counselor's that goes out as a reply, of which LINE never says whether it has taken it."""
    phones.say(phone, f"{text}の前に")
    expect(desk.message(f"{text}の前に")).to_be_visible()
    phones.faults(script=["error"] * 20)
    desk.say(text)
    wait_for(lambda: any(call["fault"] == "error" for call in phones.ledger()["calls"]))
    # A minute later, for whoever can't wait.
    subprocess.run([sys.executable, "-c", _PATIENCE_ENDS], env=stage.platform.environment, check=True)
    message = desk.message(text)
    expect(message.locator(".choice")).to_be_visible()
    phones.faults()
    return message


@pytest.mark.parametrize(("words", "size"), [(JAPANESE, DESK), (ENGLISH, PHONE)])
def test_the_counselor_decides_about_a_message_that_line_may_not_have_taken(
    stage: Stage, phones: Phones, words: Words, size: tuple[int, int]
) -> None:
    desk, _, phone = meet(stage, phones, words, size)
    first = uncertain(desk, stage, phones, phone, "どうされましたか。")
    again, so = ("もう一度送る", "このままにする") if words is JAPANESE else ("Send again", "Leave it as it is")
    taken = "LINEに送信済み" if words is JAPANESE else "handed to LINE"
    expect(first.get_by_role("button", name=again)).to_be_visible()
    desk.shot(f"line-uncertain-{size[0]}")
    nothing_is_inaccessible(desk)
    desk.page.keyboard.press("Alt+R")
    expect(first.get_by_role("button", name=again)).to_be_focused()
    desk.page.keyboard.press("Enter")
    expect(first.locator(".mark")).to_have_text(taken)
    expect(first.get_by_role("button")).to_have_count(0)
    assert phones.screen(phone).count("どうされましたか。") == 1
    second = uncertain(desk, stage, phones, phone, "ゆっくりで大丈夫です。")
    second.get_by_role("button", name=so).click()
    expect(second.get_by_role("button")).to_have_count(0)
    assert "ゆっくりで大丈夫です。" not in phones.screen(phone)


def test_a_spent_quota_is_told_to_all_three(stage: Stage, phones: Phones) -> None:
    phones.ask("PUT", "quota", {"quota": 200, "used": 200})
    desk, _, phone = meet(stage, phones)
    expect(door(desk)).to_contain_text("今月LINEで送れる通数を使い切りました")
    desk.shot("line-desk-quota")
    phones.say(phone, "こんにちは。")
    wait_for(lambda: any("/sign-in/" in text for text in phones.screen(phone)))
    expect(desk.message("こんにちは。")).to_be_visible()
    office = stage.screen(f"{stage.platform.administrator_link}?next=/administration/line", DESK)
    expect(office.page.get_by_role("status").filter(has_text="使い切りました")).to_be_visible()
    office.shot("line-administration-spent")
    nothing_is_inaccessible(office)


@pytest.mark.parametrize(("words", "size"), [(JAPANESE, DESK), (ENGLISH, PHONE)])
def test_an_administrator_finds_what_went_over_line(stage: Stage, words: Words, size: tuple[int, int]) -> None:
    screen = stage.screen(stage.platform.administrator_link, size, words)
    screen.page.get_by_role("link", name="LINE", exact=True).click()
    expect(screen.page.get_by_role("heading", level=1)).to_contain_text("LINE")
    screen.shot(f"line-administration-{size[0]}")
    nothing_is_inaccessible(screen)
