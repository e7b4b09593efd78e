"""What stands around the talk, as its people meet it: conditions, clock, notes, stop, alerts, debrief, search."""

import contextlib
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from story.stage import DESK, ENGLISH, JAPANESE, PHONE, Screen, Stage, Words

pytestmark = pytest.mark.slow

CLOCK_AHEAD = "const now = Date.now; Date.now = () => now() + 3 * 3600 * 1000;"
"""A device whose clock is three hours fast."""

DATES = """async ([at, now]) => {
  const loaded = performance.getEntriesByType("resource").find((part) => part.name.includes("/talk/page."));
  const { calendarDay, momentOf } = await import(loaded.name);
  return [calendarDay(at), momentOf(at, now)];
}"""
"""How the talk's page writes a day, and a time of another day."""

FULL = """() => {
  for (let size = 2 ** 22; size >= 1; size /= 2)
    for (let n = 0; n < 8; n += 1) try { sessionStorage.setItem(`${size} ${n}`, "x".repeat(size)); } catch { break; }
}"""
"""The tab has no room for one word more."""


@dataclass(frozen=True)
class Around:
    """What the pages around the talk say in one language."""

    words: Words
    topic: str
    thoughts: str
    played: str
    note: str
    saved: str
    clash: str
    keep_both: str
    called: str
    helped: str
    stopped_by_client: str
    goes_on: str
    waits: str
    over: str
    passed: str
    coming_to_the_end: str
    look_after: str
    leave_role: str
    contact_me: str
    contact_told: str
    search: str


AROUND = {
    "ja": Around(
        words=JAPANESE,
        topic="テーマ",
        thoughts="希死念慮",
        played="希死念慮のある役を演じる",
        note="メモ",
        saved="保存しました",
        clash="別のウィンドウで変更されています",
        keep_both="両方を残す",
        called="管理者を呼びました。",
        helped="replayさんが対応しています。",
        stopped_by_client="みどりさんがセッションを中断しました",
        goes_on="セッションを再開しました",
        waits="準備ができたことを伝えました。",
        over="予定を9分過ぎています",
        passed="50分たちました",
        coming_to_the_end="そろそろ終わりの時間です",
        look_after="対応を引き受ける",
        leave_role="役を離れる",
        contact_me="連絡がほしい",
        contact_told="連絡を希望していることだけを管理者に伝えました。",
        search="自分の対話を検索",
    ),
    "en": Around(
        words=ENGLISH,
        topic="Topic",
        thoughts="Suicidal thoughts",
        played="suicidal thoughts are played",
        note="My notes",
        saved="saved",
        clash="changed in another window",
        keep_both="Keep both",
        called="An administrator has been called.",
        helped="replay is looking after you both.",
        stopped_by_client="Midori stopped the session",
        goes_on="The session goes on",
        waits="You are ready.",
        over="9 minutes over the planned time",
        passed="50 minutes have passed",
        coming_to_the_end="The talk is coming to its end",
        look_after="Take this on",
        leave_role="Leave the role",
        contact_me="Please contact me",
        contact_told="An administrator knows that you would like to be contacted",
        search="Search in my talks",
    ),
}


def accessible(*screens: Screen) -> None:
    """axe finds nothing on any of these screens."""
    for screen in screens:
        found = Axe().run(screen.page)
        assert found.violations_count == 0, found.generate_report()


def began(stage: Stage, code: str, minutes: int) -> None:
    """Let a session have begun so many minutes ago; the platform's screens look at the row by themselves."""
    at = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=minutes, seconds=5)
    file = Path(stage.platform.environment["KOKOROCHAT_DATA"]) / "kokorochat.sqlite3"
    with contextlib.closing(sqlite3.connect(file, timeout=20)) as rows, rows:
        rows.execute("UPDATE roleplay_session SET started_at = ? WHERE code = ?", (f"{at:%F %T.%f}", code))


@pytest.mark.parametrize("language", AROUND)
def test_a_session_with_everything_around_it(stage: Stage, language: str):
    around = AROUND[language]
    words = around.words
    (counselor, her_link), (client, other_link) = stage.person(words.counselor), stage.person(words.client)
    path = stage.pair(counselor, client)
    stage.pair(counselor, client, start=f"{datetime.now():%Y-%m-%d}T23:55")
    office = stage.screen(stage.platform.administrator_link, DESK, words)
    phone = stage.screen(f"{other_link}?next={path}", PHONE, words)
    desk = stage.screen(f"{her_link}?next={path}", DESK, words)
    expect(phone.presence).to_have_text(words.here)

    # The counselor agrees on the topic and leaves the state to the client, whose phone shows it without a reload.
    phone.page.evaluate("window.neverReloaded = true")
    desk.page.locator("[data-conditions] summary").click()
    desk.page.get_by_label(around.topic, exact=True).select_option("School Issues")
    desk.page.locator("#conditions_topic_sub").fill("発表がこわい")
    accessible(desk, phone)
    desk.page.locator("[data-conditions] button").click()
    expect(desk.page.locator("[data-conditions] dl")).to_contain_text("発表がこわい")
    expect(phone.page.locator("[data-conditions] dl")).to_contain_text("発表がこわい")
    assert phone.page.evaluate("window.neverReloaded")
    phone.page.locator("[data-conditions] summary").click()
    assert phone.page.locator("[data-conditions] select").count() == 1
    phone.page.get_by_label(around.thoughts, exact=True).select_option("played")
    phone.shot("phone-conditions")
    phone.page.locator("[data-conditions] button").click()
    expect(phone.page.locator("[data-conditions] dl")).to_contain_text(around.played)
    expect(desk.page.locator("[data-conditions] dl")).not_to_contain_text(around.played)

    # The talk; the brackets are put by a button and by a key.
    desk.say("こんにちは。今日はどうされましたか。")
    expect(phone.message("こんにちは。今日はどうされましたか。")).to_be_visible()
    expect(desk.page.locator("[data-conditions] details")).to_have_count(0)
    phone.input.fill("少し待ってください")
    phone.page.locator("[data-bracket]").click()
    expect(phone.input).to_have_value("（少し待ってください）")
    phone.input.press("Enter")
    expect(desk.message("（少し待ってください）")).to_have_class(re.compile(r"\baside\b"))
    desk.page.keyboard.press("Alt+b")
    desk.page.keyboard.insert_text("どうぞ")
    expect(desk.input).to_have_value("（どうぞ）")
    desk.page.keyboard.press("Alt+b")
    expect(desk.input).to_have_value("どうぞ")
    desk.input.fill("")

    # Notes save themselves; two windows never overwrite each other unseen.
    desk.page.keyboard.press("Alt+n")
    desk.page.keyboard.insert_text("緊張している")
    expect(desk.page.locator("[data-note-state]")).to_have_text(around.saved)
    with desk.page.context.expect_page() as opened:
        desk.page.evaluate("open(location.href)")
    second = opened.value.get_by_role("textbox", name=around.note)
    expect(second).to_have_value("緊張している")
    second.fill("緊張している。二つ目の窓")
    expect(opened.value.locator("[data-note-state]")).to_have_text(around.saved)
    desk.page.get_by_role("textbox", name=around.note).fill("緊張している。一つ目の窓")
    expect(desk.page.locator("[data-note-state]")).to_have_text(around.clash)
    desk.shot("desk-note-clash")
    desk.page.get_by_role("button", name=around.keep_both).click()
    expect(desk.page.locator("[data-note-state]")).to_have_text(around.saved)
    opened.value.reload()
    expect(second).to_have_value("緊張している。二つ目の窓\n\n緊張している。一つ目の窓")
    opened.value.close()
    # Chromium tells of the answer by which the server refused to write over them.
    assert all("409" in fault for fault in desk.faults), desk.faults
    desk.faults.clear()

    # The clock is the server's, though this phone's own is three hours fast.
    phone.page.add_init_script(CLOCK_AHEAD)
    phone.page.reload()
    code = path.rpartition("/")[2]
    began(stage, code, 51)
    for screen in (desk, phone):
        expect(screen.page.locator("[data-sign]")).to_have_text(around.passed)
        expect(screen.page.locator("[data-clock]")).to_have_text(re.compile(r"\b51\b.*\b60\b"))
    desk.page.locator("[data-time-box] summary").click()
    accessible(desk)
    desk.page.locator("[data-minutes='5']").click()
    expect(phone.page.locator("[data-clock]")).to_have_text(re.compile(r"\b51\b.*\b65\b"))
    began(stage, code, 74)
    expect(desk.page.locator("[data-sign]")).to_have_text(around.over)
    desk.page.locator("[data-time-box] summary").click()
    desk.page.locator("[data-command=wrap-up]").click()
    expect(phone.log).to_contain_text(around.coming_to_the_end)

    # The client steps out: two taps, both are told, and an administrator's page tells it by itself.
    phone.page.locator("[data-stop-box] summary").click()
    expect(phone.page.locator("[data-stopped]")).to_be_hidden()
    phone.page.locator("[data-command=stop]").click()
    for screen in (desk, phone):
        expect(screen.page.locator("[data-stopped]")).to_contain_text(around.called)
    expect(desk.log).to_contain_text(around.stopped_by_client)
    expect(office.page.locator("[data-waiting-alerts] [data-urgent]")).to_have_count(1, timeout=10_000)
    phone.say("少し気持ちが重くなりました")
    expect(desk.message("少し気持ちが重くなりました")).to_have_class(re.compile(r"\baside\b"))
    accessible(desk, phone, office)
    phone.shot("phone-stopped")
    desk.shot("desk-stopped")
    office.page.goto("/administration/alerts")
    office.page.get_by_role("button", name=around.look_after).click()
    for screen in (desk, phone):
        expect(screen.page.locator("[data-stopped]")).to_contain_text(around.helped)
    accessible(office)
    office.shot("alerts")
    desk.page.locator("[data-resume]").click()
    expect(desk.page.locator("[data-ready]")).to_contain_text(around.waits)
    phone.page.locator("[data-resume]").click()
    for screen in (desk, phone):
        expect(screen.page.locator("[data-stopped]")).to_be_hidden()
        expect(screen.log).to_contain_text(around.goes_on)
    phone.page.reload()
    expect(phone.log).to_contain_text(around.goes_on)
    assert desk.messages() == phone.messages()

    # After the end: the next session at the desk, the way out of the role on the phone.
    desk.end()
    expect(desk.page.locator("[data-next] a.main")).to_be_visible()
    expect(phone.page.locator("[data-after]")).to_have_class(re.compile(r"\bheavy\b"))
    phone.page.get_by_role("link", name=around.leave_role).click()
    accessible(phone)
    phone.shot("phone-debrief")
    phone.page.get_by_role("button", name=around.contact_me).click()
    expect(phone.page.locator(".debrief")).to_contain_text(around.contact_told)
    expect(phone.page.locator(".debrief")).to_contain_text("0120-061-338")
    expect(office.page.locator("[data-waiting-alerts] [data-urgent]")).to_have_count(1, timeout=10_000)
    office.page.goto("/administration/alerts")
    office.page.get_by_role("button", name=around.look_after).click()
    office.page.goto("/administration/help-lines")
    accessible(office)

    # One's own talks are searched, and a message is found at its place.
    desk.page.locator("[data-log]").focus()
    desk.page.keyboard.press("/")
    desk.page.get_by_role("searchbox").fill("重く")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("mark")).to_have_text("重く")
    accessible(desk)
    desk.shot("found")
    desk.page.locator(".found a").click()
    expect(desk.page.locator(".sought .bubble")).to_have_text("少し気持ちが重くなりました")


def test_a_phone_that_was_open_all_the_time_leads_out_of_a_role_that_became_heavy(stage: Stage):
    desk, phone = stage.talk()
    desk.say("どうされましたか。")
    phone.say("もう死にたいんです。")
    expect(desk.message("もう死にたいんです。")).to_be_visible()
    desk.end()
    expect(phone.page.locator("[data-after]")).to_have_class(re.compile(r"\bheavy\b"))
    expect(phone.page.locator(".weighs")).to_be_visible()


def test_the_last_words_of_a_long_talk_stay_in_view_when_a_card_takes_its_room(stage: Stage):
    desk, phone = stage.talk()
    for n in range(12):
        desk.say(f"{n}番目の、少し長めの発言です。" * 4)
    expect(phone.log.locator(".message")).to_have_count(12)  # the words that follow are then the last ones
    last = "最後の言葉です。"
    phone.say(last)
    expect(desk.message(last)).to_be_in_viewport()
    for screen in (desk, phone):
        # The talk is still on its way down when the card takes its room, as where both come in one frame.
        screen.page.evaluate(
            """() => {
                document.querySelector("[data-log]").scrollTop -= 1;
                document.querySelector("[data-stopped]").hidden = false;
            }"""
        )
        expect(screen.page.locator("[data-stopped]")).to_be_visible()
        expect(screen.message(last)).to_be_in_viewport(ratio=0.9)


def test_a_long_talk_that_is_opened_again_stands_at_its_newest_words(stage: Stage):
    desk, _ = stage.talk()
    for n in range(24):
        desk.say(f"（{n}回目のひと休み）")
    last = "（これが最後）"
    desk.say(last)
    expect(desk.message(last).locator(".mark")).to_have_text(JAPANESE.shown)
    desk.page.reload()
    # Each mark beside a line this low takes room that was not there when the line was shown.
    expect(desk.message(last).locator(".mark")).to_have_text(JAPANESE.shown)
    expect(desk.message(last)).to_be_in_viewport(ratio=0.9)


def test_a_session_of_another_day_is_not_told_as_if_it_began_today(stage: Stage):
    (counselor, her_link), (client, _) = stage.person("あおい"), stage.person("みどり")
    start = datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(days=1)
    path = stage.pair(counselor, client, start=f"{start:%Y-%m-%d}T04:07")
    desk = stage.screen(f"{her_link}?next={path}", DESK)
    expect(desk.page.locator("[data-clock]")).to_have_text(f"{start.month}月{start.day}日 04:07 開始予定")
    desk.page.locator("button[name=language]").click()
    expect(desk.page.locator("[data-clock]")).to_have_text(f"starts {start.day} {start:%b}, 04:07")


def test_september_has_the_letters_in_a_talk_that_it_has_elsewhere(stage: Stage):
    (counselor, link), (client, _) = stage.person("あおい"), stage.person("みどり")
    desk = stage.screen(f"{link}?next={stage.pair(counselor, client)}", DESK)
    desk.page.locator("button[name=language]").click()
    expect(desk.page.locator("html")).to_have_attribute("lang", "en")
    written = desk.page.evaluate(DATES, ["2031-09-25T04:07+09:00", "2031-09-26T04:07+09:00"])
    assert written == ["Thu 25 Sep 2031", "25 Sep, 04:07"]


def test_the_keys_are_listed_and_take_nothing_from_somebody_who_writes(stage: Stage):
    desk, _ = stage.talk()
    desk.input.press_sequentially("1/2?")
    expect(desk.input).to_have_value("1/2?")
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_be_hidden()
    desk.log.focus()
    desk.page.keyboard.press("?")
    expect(dialog).to_be_visible()
    accessible(desk)
    desk.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    desk.page.keyboard.press("Escape")
    expect(desk.input).to_be_focused()
    desk.page.locator("[data-stop-box] summary").click()
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("[data-command=stop]")).to_be_hidden()
    desk.page.keyboard.press("Alt+t")
    expect(desk.page.locator(".today a").first).to_be_focused()
    desk.page.keyboard.press("ArrowDown")
    expect(desk.page.locator(".today a").nth(1)).to_be_focused()
    # An input method's Escape is its own, and so is its Enter.
    desk.input.focus()
    desk.page.locator("#note").focus()
    desk.page.evaluate(
        """() => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key: "Escape", isComposing: true, bubbles: true }))"""
    )
    expect(desk.page.locator("#note")).to_be_focused()


def test_a_phone_without_network_that_puts_the_page_aside_loses_nothing(stage: Stage):
    desk, phone = stage.talk()
    desk.say("聞こえますか。")
    expect(phone.message("聞こえますか。")).to_be_visible()
    address = phone.page.url
    stage.platform.kill()
    expect(phone.presence).to_have_text("接続しています…")
    phone.say("トンネルの中です。")
    phone.page.locator("[data-stop-box] summary").click()
    phone.page.locator("[data-command=stop]").click()
    phone.input.press_sequentially("書きかけ")
    desk.page.get_by_role("textbox", name="メモ").fill("電波が悪い")
    expect(desk.page.locator("[data-note-state]")).to_contain_text("まだ保存されていません")
    expect(phone.message("トンネルの中です。").locator(".mark")).to_have_text(JAPANESE.sending)
    phone.page.goto("about:blank")  # put aside, as a phone does with what has been out of sight
    stage.platform.start()
    phone.page.goto(address)
    expect(desk.message("トンネルの中です。")).to_be_visible(timeout=20_000)
    expect(phone.log.locator(".pending")).to_have_count(0)
    expect(phone.input).to_have_value("書きかけ")
    for screen in (desk, phone):
        expect(screen.page.locator("[data-stopped]")).to_be_visible()
    assert desk.messages() == phone.messages() == ["聞こえますか。", "トンネルの中です。"]
    expect(desk.page.locator("[data-note-state]")).to_have_text("保存しました", timeout=20_000)
    for screen in (desk, phone):
        # The connection is told of, and the browser's own question before a page with unsent words is left.
        assert all(re.search("WebSocket|ERR_CONNECTION|dialog", fault) for fault in screen.faults), screen.faults
        screen.faults.clear()


def test_signing_out_asks_before_unsent_words_are_lost(stage: Stage):
    counselor, link = stage.person("あおい")
    client, _ = stage.person("みどり")
    page = stage.context(JAPANESE, DESK).new_page()
    page.goto(f"{link}?next={stage.pair(counselor, client)}")
    page.locator("[data-presence]").wait_for()
    asked = []
    decide = "dismiss"
    page.on("dialog", lambda dialog: (asked.append(dialog.message), getattr(dialog, decide)()))

    page.get_by_label(JAPANESE.your_message).fill("まだ送っていない言葉")
    page.get_by_role("button", name=JAPANESE.sign_out, exact=True).click()
    assert len(asked) == 1
    assert page.evaluate("Object.values(sessionStorage)") == ["まだ送っていない言葉"]
    decide = "accept"
    page.get_by_role("button", name=JAPANESE.sign_out, exact=True).click()
    expect(page).to_have_url(re.compile("/sign-in"))
    assert len(asked) == 2
    assert page.evaluate("sessionStorage.length") == 0

    # Nothing is asked where nothing is lost.
    page.goto(link)
    page.get_by_role("button", name=JAPANESE.sign_out, exact=True).click()
    expect(page).to_have_url(re.compile("/sign-in"))
    assert len(asked) == 2
    page.context.close()


def test_words_are_sent_though_the_tab_can_keep_no_more(stage: Stage):
    (counselor, link), (client, _) = stage.person("あおい"), stage.person("みどり")
    desk = stage.screen(f"{link}?next={stage.pair(counselor, client)}", DESK)
    desk.page.evaluate(FULL)
    desk.say("聞こえますか。")
    expect(desk.message("聞こえますか。").locator(".mark")).not_to_have_text(JAPANESE.sending)
    desk.page.reload()
    expect(desk.message("聞こえますか。")).to_be_visible()
