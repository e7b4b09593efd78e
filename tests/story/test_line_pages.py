"""LINE as its people meet it: the link, the desk whose client is on LINE, and the administrator's look at it."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from kokorochat.web.replay.spawn import Platform
from line_bot import Phones
from story.stage import DESK, ENGLISH, JAPANESE, PHONE, Screen, Stage

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


def test_a_client_links_line_and_the_desk_says_how_they_are_reached(stage: Stage, phones: Phones) -> None:
    counselor, her_link = stage.person("あおい")
    client, other_link = stage.person("みどり")
    now = f"{datetime.now(ZoneInfo('Asia/Tokyo')):%Y-%m-%dT%H:%M}"
    path = stage.pair(counselor, client, start=now, topic_main="Workplace Issues", topic_sub="上司との関係")
    page = stage.screen(f"{other_link}?next=/line", PHONE)
    page.shot("line-not-linked")
    page.page.get_by_role("button", name="番号を作る").click()
    page.shot("line-code")
    nothing_is_inaccessible(page)
    phone = phones.add("みどり")
    phones.say(phone, page.page.locator(".code output").inner_text())
    desk = stage.screen(f"{her_link}?next={path}", DESK)
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
    door = desk.page.locator("[data-door]")
    expect(door).to_contain_text("ブロックしています")
    expect(desk.presence).to_have_text("入室していません")
    desk.say("聞こえますか。")
    expect(desk.message("聞こえますか。").locator(".mark")).to_have_text("送信済み")
    desk.shot("line-desk-blocked")
    nothing_is_inaccessible(desk)
    phones.act(phone, "follow")
    expect(door).to_be_hidden()
    expect(desk.message("聞こえますか。").locator(".mark")).to_have_text("LINEに送信済み")


@pytest.mark.parametrize(("words", "size"), [(JAPANESE, DESK), (ENGLISH, PHONE)])
def test_an_administrator_finds_what_went_over_line(stage: Stage, phones: Phones, words, size) -> None:
    phones.ask("PUT", "quota", {"quota": 200, "used": 190})
    screen = stage.screen(stage.platform.administrator_link, size, words)
    screen.page.get_by_role("link", name="LINE", exact=True).click()
    expect(screen.page.get_by_role("heading", level=1)).to_contain_text("LINE")
    screen.shot(f"line-administration-{size[0]}")
    nothing_is_inaccessible(screen)
