"""Feedback as its people live it: answered in pieces and on two devices, by a link, and read as a way over sessions."""

import json
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from story.stage import DESK, ENGLISH, JAPANESE, PHONE, Screen, Stage, Words

pytestmark = pytest.mark.slow

_PLAY = """
import json, random, sys
from datetime import timedelta
from uuid import uuid4
from kokorochat.web import server; server.set_up()
from django.utils import timezone
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.actions import add_person, make_sign_in_link
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.actions.notices import make_feedback_link
from kokorochat.web.roleplay.models import Estimate, Session

counts, run, chance = json.loads(sys.argv[1]), sys.argv[2], random.Random(7)
clients = [add_person(None, f"{run}-client-{n}", f"相談者{n}") for n in range(12)]

def session(counselor, client, days):
    one = actions.pair(None, counselor, client, start=timezone.now() - timedelta(days=days),
                       conditions=actions.Conditions(TopicClass.WORKPLACE, "上司との関係"))
    for person, text in ((counselor, "こんにちは。"), (client, "眠れません。")):
        actions.say(one.pk, person, uuid4(), text)
    actions.end(one.pk, counselor, uuid4())
    return one

links = []
for place, count in enumerate(counts):
    counselor = add_person(None, f"{run}-counselor-{place}", "あおい")
    for n in range(count):
        one = session(counselor, clients[n % 12], count - n)
        items = {key: min(5, max(0, round(chance.gauss(2.5 + 1.5 * n / count, 1)))) for key in ITEM_KEYS}
        checks = ["unwilling_to_continue"] if n == 7 else []
        actions.give_feedback(one.pk, clients[n % 12], items, checks)
        if n % 2:
            actions.keep_estimate(one.pk, {key: 3 for key in ITEM_KEYS}, "a-model")
    links.append(f"/sign-in/{make_sign_in_link(None, counselor)}")
due = session(counselor, clients[0], 0)
print(json.dumps({"counselors": links, "client": f"/sign-in/{make_sign_in_link(None, clients[0])}", "code": due.code,
                  "form": make_feedback_link(due, "mail")}))
"""


def play(stage: Stage, run: str, *counts: int) -> dict:
    """Counselors with so many rated sessions each, and one more session of the last that is ended and not rated."""
    done = subprocess.run(
        [sys.executable, "-c", _PLAY, json.dumps(counts), run],
        env=stage.platform.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def answer_card(screen: Screen, value: int) -> None:
    for line in screen.page.locator("fieldset.item:visible").all():
        line.locator("label").nth(value).click()


def card(screen: Screen) -> Locator:
    return screen.page.locator("[data-card]:visible h2")


def following(screen: Screen) -> None:
    screen.page.get_by_role("button", name=screen.words.next, exact=True).click()


def kept(screen: Screen) -> Locator:
    return screen.page.locator("[data-kept]")


def nothing_is_inaccessible(screen: Screen) -> None:
    assert Axe().run(screen.page).response["violations"] == []


def test_answers_survive_a_lost_network_a_closed_tab_and_another_device(stage: Stage):
    made = play(stage, "pieces", 0)
    form = f"/sessions/{made['code']}/feedback"
    phone = stage.screen(f"{made['client']}?next={form}", PHONE)
    answer_card(phone, 4)
    following(phone)
    expect(kept(phone)).to_have_text("保存しました")
    phone.page.context.set_offline(True)
    answer_card(phone, 3)
    expect(kept(phone)).to_contain_text("まだ保存できていません")
    phone.shot("feedback-offline")
    phone.page.context.set_offline(False)
    expect(kept(phone)).to_have_text("保存しました")
    phone.page.close()

    tablet = stage.screen(f"{made['client']}?next={form}", DESK)
    expect(tablet.page.locator(".notice")).to_contain_text("途中までの回答が残っています")
    expect(card(tablet)).to_have_text("取り組み")
    assert tablet.page.locator("fieldset.item input:checked").count() == 4
    answer_card(tablet, 2)
    tablet.shot("feedback-goes-on")
    expect(kept(tablet)).to_have_text("保存しました")

    second = stage.screen(f"{made['client']}?next={form}", PHONE)
    expect(card(second)).to_have_text("流れと居心地")
    for _ in range(4):
        answer_card(second, 5)
        following(second)
    following(second)
    second.page.get_by_role("button", name=JAPANESE.send_feedback).click()
    expect(second.page.get_by_role("heading", name=JAPANESE.thank_you)).to_be_visible()

    answer_card(tablet, 0)
    expect(tablet.page.get_by_role("heading", name=JAPANESE.thank_you)).to_be_visible()
    for screen in (phone, tablet):
        # What Chromium says of the lost network and of the refused draft.
        assert all("ERR_INTERNET" in fault or "409" in fault for fault in screen.faults), screen.faults
        screen.faults.clear()


@pytest.mark.parametrize(("words", "size"), [(JAPANESE, PHONE), (ENGLISH, DESK)], ids=["ja", "en"])
def test_a_link_opens_the_form_and_the_waiting_counselor_sees_the_result(
    stage: Stage, words: Words, size: tuple[int, int]
):
    made = play(stage, f"link-{words.topic_choice}", 3)
    waiting = stage.screen(f"{made['counselors'][0]}?next=/sessions/{made['code']}/result", DESK, words)
    waiting.shot("result-awaited")
    phone = stage.screen(made["form"], size, words)
    phone.shot(f"feedback-by-link-{size[0]}")
    nothing_is_inaccessible(phone)
    while phone.page.locator("fieldset.item:visible").count():
        answer_card(phone, 3)
        following(phone)
    following(phone)
    phone.page.get_by_role("button", name=words.send_feedback).click()
    expect(phone.page.get_by_role("heading", name=words.thank_you)).to_be_visible()
    phone.shot(f"feedback-given-by-link-{size[0]}")
    nothing_is_inaccessible(phone)
    waiting.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(waiting.page.locator(".result .total strong")).to_have_text("60")
    assert waiting.page.locator(".scale .own").count() == 20
    waiting.shot("result-arrived")
    nothing_is_inaccessible(waiting)


def test_without_scripts_the_form_is_one_page_whose_answers_can_wait(stage: Stage):
    made = play(stage, "no-scripts", 0)
    context = stage.browser.new_context(
        base_url=stage.platform.url, java_script_enabled=False, viewport={"width": 390, "height": 844}
    )
    page = context.new_page()
    page.goto(made["form"])
    assert page.locator("fieldset.item:visible").count() == 20
    page.locator("fieldset.item").first.locator("label").nth(4).click()
    page.get_by_role("button", name="あとで続ける").click()
    expect(page.get_by_text("回答は保存されています")).to_be_visible()
    assert page.locator("fieldset.item input:checked").count() == 1
    for line in page.locator("fieldset.item").all():
        line.locator("label").nth(2).click()
    page.get_by_role("button", name=JAPANESE.send_feedback).click()
    expect(page.get_by_role("heading", name=JAPANESE.thank_you)).to_be_visible()
    context.close()


@pytest.mark.parametrize("words", [JAPANESE, ENGLISH], ids=["ja", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_counselors_way_can_be_read(stage: Stage, words: Words, size: tuple[int, int]):
    run = f"way-{words.topic_choice}-{size[0]}"
    made = play(stage, run, 0, 1, 40, *[5] * 10)
    for name, link in zip(("empty", "one", "many"), made["counselors"], strict=False):
        screen = stage.screen(f"{link}?next=/growth", size, words)
        for summary in screen.page.locator("details.numbers > summary").all():
            screen.shot(f"growth-{name}-{size[0]}")
            summary.click()
        nothing_is_inaccessible(screen)
        if name == "many":
            expect(screen.page.locator(".plot .band")).to_have_count(8)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert screen.page.evaluate(wide) <= 0
        screen.page.emulate_media(color_scheme="dark")
        screen.page.evaluate("scrollTo(0, 0)")
        screen.shot(f"growth-{name}-{size[0]}-dark")
        assert Axe().run(screen.page, options={"runOnly": ["color-contrast"]}).response["violations"] == []
    # The last one: a dot leads to its session.
    screen.page.emulate_media(color_scheme="light")
    screen.page.locator(".large .plot a").nth(20).dispatch_event("click")
    expect(screen.page.locator(".result .total")).to_be_visible()
    screen.shot(f"result-many-{size[0]}")
    nothing_is_inaccessible(screen)
