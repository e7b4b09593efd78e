"""Consent as its people meet it: on the way to the first session, and when the text becomes another."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from story.stage import DESK, ENGLISH, JAPANESE, PHONE, Stage, Words

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("words", "size"), [(JAPANESE, PHONE), (ENGLISH, DESK)], ids=["ja phone", "en desk"])
def test_the_way_to_the_first_session_leads_over_the_text(words: Words, size: tuple[int, int], stage: Stage):
    counselor, _ = stage.person(words.counselor)
    client, link = stage.person(words.client, consents=False)
    path = stage.pair(counselor, client)
    screen = stage.screen(f"{link}?next={path}", size, words)
    expect(screen.page).to_have_url(re.compile("/consent"))
    assert Axe().run(screen.page).response["violations"] == []
    screen.shot("consent")
    screen.page.keyboard.press("End")
    screen.accept_consent()
    expect(screen.page).to_have_url(re.compile(f"{path}$"))
    expect(screen.input).to_be_visible()
    screen.page.goto("/account")
    screen.page.get_by_role("link", name=re.compile(r"第\d版|Version \d")).click()
    expect(screen.page.get_by_role("heading", level=1)).to_have_text(re.compile(r"第\d版|version \d"))


def test_a_new_text_comes_before_the_next_session_and_never_into_a_talk(stage: Stage):
    counselor, her_link = stage.person("あおい")
    client, link = stage.person("みどり")
    path, later = stage.pair(counselor, client), stage.pair(counselor, client)
    desk = stage.screen(f"{her_link}?next={path}", DESK)
    phone = stage.screen(f"{link}?next={path}", PHONE)
    waiting = stage.screen(f"{link}?next={later}", PHONE)
    desk.say("こんにちは。")
    expect(phone.message("こんにちは。")).to_be_visible()
    stage.publish_consent_text("# 新しい本文\n\n- 一つ目", "# A new text\n\n- One")
    stage.platform.kill()
    stage.platform.start()
    expect(waiting.page).to_have_url(re.compile("/consent"), timeout=20_000)
    expect(waiting.page.get_by_role("heading", name="新しい本文")).to_be_visible()
    phone.say("はい。")
    expect(desk.message("はい。")).to_be_visible(timeout=20_000)
    waiting.accept_consent()
    expect(waiting.page).to_have_url(re.compile(f"{later}$"))
    for screen in (desk, phone, waiting):
        screen.faults.clear()  # the browser tells a lost connection as an error
