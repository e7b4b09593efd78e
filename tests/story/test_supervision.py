"""An administrator supervises: sees who talks, reads along unseen, and marks what was looked at."""

import re

import pytest
from playwright.sync_api import expect

from story.stage import DESK, ENGLISH, JAPANESE, PHONE, Stage

pytestmark = pytest.mark.slow

SAID = {
    JAPANESE: {
        "along": "対話を閲覧する",
        "stop": "中断",
        "stopped": "がセッションを中断しました。",
        "alerts": "呼び出しを開く",
        "take": "対応を引き受ける",
        "keep": "メモを残す",
        "note": "メモ",
        "marked": "1件のセッションを確認済みにしました。",
        "watched": "進行中の対話の閲覧",
        "out": "サインアウトしました。",
    },
    ENGLISH: {
        "along": "Read along",
        "stop": "Stop",
        "stopped": "stopped the session at",
        "alerts": "Open alerts",
        "take": "Take this on",
        "keep": "Keep the note",
        "note": "Note",
        "marked": "1 session is marked as reviewed.",
        "watched": "a running talk read along",
        "out": "You are signed out.",
    },
}


@pytest.mark.parametrize(("words", "size"), [(JAPANESE, DESK), (ENGLISH, PHONE)], ids=["ja-desk", "en-phone"])
def test_a_talk_is_read_along_and_reviewed(words, size, stage: Stage):
    said = SAID[words]
    desk, phone = stage.talk()
    phone.say("秘密の言葉")
    expect(desk.message("秘密の言葉")).to_be_visible()
    code = desk.page.url.rpartition("/")[2]

    office = stage.screen(stage.platform.administrator_link, size, words)
    office.page.goto("/administration/supervision")
    row = office.page.locator(f'[data-session="{code}"]')
    expect(row).to_contain_text("あおい")
    assert "秘密の言葉" not in office.page.content()
    office.shot("supervision")
    row.get_by_role("link", name=said["along"]).click()

    # It is all there, and goes on as the two talk.
    expect(office.message("秘密の言葉")).to_be_visible()
    assert office.message("秘密の言葉").locator(".speaker").inner_text() == "みどり"
    for role in ("counselor", "client"):
        expect(office.page.locator(f'[data-presence="{role}"]')).to_have_text(words.here)
    desk.say("どうされましたか。")
    expect(office.message("どうされましたか。")).to_be_visible()
    assert office.messages() == desk.messages()
    office.shot("look")

    # The two see nothing of it, and there is nothing to write in.
    expect(office.page.locator("textarea, button[data-command]")).to_have_count(0)
    office.page.reload()
    expect(office.message("どうされましたか。")).to_be_visible()
    expect(phone.page.locator(".note .mark").first).to_have_text(JAPANESE.shown)
    assert desk.log.locator(".day").count() == phone.log.locator(".day").count() == 1

    phone.page.locator("summary", has_text="中断").click()
    phone.page.get_by_role("button", name="中断する").click()
    expect(office.page.locator("[data-stopped]")).to_contain_text(said["stopped"])
    office.shot("look-stopped")

    office.page.goto("/administration/supervision/review?kind=alert")
    # A session on which somebody waits leads to the alert, and cannot be marked over its head.
    expect(office.page.locator(f'input[value="{code}"]')).to_have_count(0)
    office.shot("to-review")
    office.page.locator("main").get_by_role("link", name=said["alerts"]).click()
    expect(office.page).to_have_url(re.compile("/administration/alerts$"))
    office.page.goto(f"/administration/sessions/{code}/record")
    expect(office.page.get_by_label(said["note"])).to_have_count(0)
    office.page.get_by_role("button", name=said["take"]).click()
    expect(desk.page.locator("[data-stopped-who]")).to_contain_text("replay")
    office.page.get_by_label(said["note"]).fill("電話で話しました。")
    office.page.get_by_role("button", name=said["keep"], exact=True).click()
    expect(office.page.locator(".notice")).to_have_text(said["marked"])

    expect(office.page.get_by_text("電話で話しました。")).to_be_visible()
    expect(office.page.get_by_role("cell", name=re.compile(said["watched"]))).to_have_count(2)
    office.shot("record")


def test_whoever_signs_out_elsewhere_reads_no_more(stage: Stage):
    desk, _ = stage.talk()
    code = desk.page.url.rpartition("/")[2]
    office = stage.screen(stage.platform.administrator_link, DESK)
    office.page.goto(f"/administration/sessions/{code}/talk")
    expect(office.page.locator('[data-presence="counselor"]')).to_have_text(JAPANESE.here)
    other = office.page.context.new_page()
    other.goto("/account")
    other.get_by_role("button", name=JAPANESE.sign_out, exact=True).first.click()
    expect(office.line).to_contain_text(SAID[JAPANESE]["out"], timeout=3000)
    desk.say("秘密の言葉")
    expect(desk.message("秘密の言葉").locator(".mark")).not_to_be_empty()
    assert office.messages() == []
