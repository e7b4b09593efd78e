"""What stands around a talk: conditions, notes, history and search, the debrief card."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cast import a_session, end, played, talk
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Alert, HelpLine, Note, Session
from kokorochat.web.roleplay.templatetags.roleplay import moment

WORK = {"topic_main": "Workplace Issues", "topic_sub": "残業", "suicidal_thoughts": "none", "client_state": "緊張"}


def html_of(response) -> str:
    return response.content.decode()


# --- conditions ---


def test_the_counselor_sets_the_conditions_and_the_client_reads_them(session, aoi, midori, signed_in):
    response = signed_in(aoi).post(f"/sessions/{session.code}/conditions", WORK)
    assert response.url == f"/sessions/{session.code}"
    page = html_of(signed_in(midori).get(f"/sessions/{session.code}"))
    assert "残業" in page
    assert "希死念慮はない" in page


def test_a_half_topic_is_refused_and_the_rest_of_the_form_stays(session, aoi, signed_in):
    response = signed_in(aoi).post(f"/sessions/{session.code}/conditions", WORK | {"topic_sub": ""})
    assert response.status_code == 422
    assert "緊張" in html_of(response)
    assert not Session.objects.get(pk=session.pk).client_state


def test_what_the_client_decides_is_on_no_page_of_the_counselor_before_the_end(session, aoi, midori, signed_in):
    signed_in(midori).post(f"/sessions/{session.code}/conditions", WORK)
    talk(session, "こんにちは。")
    pages = (
        "/",
        f"/sessions/{session.code}",
        f"/sessions/{session.code}/conditions",
        f"/sessions/{session.code}/result",
    )
    for path in pages:
        page = html_of(signed_in(aoi).get(path))
        assert "残業" not in page
        assert "緊張" not in page
    end(session)
    assert "残業" in html_of(signed_in(aoi).get(f"/sessions/{session.code}"))


# --- notes ---


def save(browser, session: Session, text: str, version: int):
    return browser.post(f"/sessions/{session.code}/note", {"text": text, "version": version})


def test_notes_are_saved_and_told_apart_by_their_version(session, aoi, signed_in):
    browser = signed_in(aoi)
    assert save(browser, session, "一行目\r\n二行目", 0).json() == {"text": "一行目\n二行目", "version": 1}
    stale = save(browser, session, "別の窓", 0)
    assert (stale.status_code, stale.json()) == (409, {"text": "一行目\n二行目", "version": 1})
    assert "一行目\n二行目" in html_of(browser.get(f"/sessions/{session.code}"))


@pytest.mark.parametrize("fields", [{}, {"text": "x"}, {"text": "x", "version": "-1"}, {"text": "x", "version": "²"}])
def test_a_save_that_can_not_be_understood_stores_nothing(session, aoi, signed_in, fields):
    assert signed_in(aoi).post(f"/sessions/{session.code}/note", fields).status_code == 422
    assert not Note.objects.exists()


def test_nobody_else_finds_the_notes_on_any_page(session, aoi, midori, jimu, signed_in):
    save(signed_in(aoi), session, "秘密のメモ", 0)
    for person in (midori, jimu):
        assert signed_in(person).get(f"/sessions/{session.code}/note").status_code == 404
    for path in (f"/sessions/{session.code}", "/", "/history"):
        assert "秘密のメモ" not in html_of(signed_in(midori).get(path))


# --- history and search ---


def test_one_finds_words_in_ones_own_talks_and_nobody_elses(aoi, midori, sumire, signed_in):
    played(aoi, midori, "こんにちは。", "上司とうまく話せません。", "100%ですか。", "ABCです。")
    for person in (aoi, midori):
        page = html_of(signed_in(person).post("/history", {"words": "上司"}))
        assert "<mark>上司</mark>とうまく話せません。" in page
    assert "<mark>" not in html_of(signed_in(sumire).post("/history", {"words": "上司"}))
    browser = signed_in(aoi)
    assert html_of(browser.post("/history", {"words": "%"})).count("<mark>") == 1
    assert "<mark>ABC</mark>" in html_of(browser.post("/history", {"words": "abc"}))
    assert "<mark>ABC</mark>" in html_of(browser.post("/history", {"words": "\0abc\0"})), "PostgreSQL takes no NUL"


def test_what_is_looked_for_and_found_is_shown_as_text(aoi, midori, signed_in):
    played(aoi, midori, "<script>alert(1)</script>")
    page = html_of(signed_in(aoi).post("/history", {"words": "<script>"}))
    assert "<mark>&lt;script&gt;</mark>alert(1)&lt;/script&gt;" in page
    assert page.count('value="&lt;script&gt;"') == 1


def test_the_list_takes_the_cursor_only_if_the_search_was_asked_for(aoi, midori, signed_in):
    played(aoi, midori)
    assert "autofocus" not in html_of(signed_in(aoi).get("/history"))
    assert "autofocus" in html_of(signed_in(aoi).get("/history?find=1"))


def test_nothing_is_searched_where_nothing_was_said(session, aoi, signed_in):
    assert 'role="search"' not in html_of(signed_in(aoi).get("/history"))
    talk(session, "こんにちは。")
    assert 'role="search"' in html_of(signed_in(aoi).get("/history"))
    assert "0件" not in html_of(signed_in(aoi).post("/history", {"words": "眠れない"}))


def test_a_found_message_leads_to_its_place(aoi, midori, signed_in):
    session = played(aoi, midori, "こんにちは。", "眠れません。")
    assert f'href="/sessions/{session.code}#n2"' in html_of(signed_in(aoi).post("/history", {"words": "眠れ"}))


def test_more_than_can_be_shown_is_said(aoi, midori, signed_in, monkeypatch):
    monkeypatch.setattr("kokorochat.web.roleplay.history.MOST_FOUND", 2)
    played(aoi, midori, "眠れない一", "眠れない二", "眠れない三")
    page = html_of(signed_in(aoi).post("/history", {"words": "眠れない"}))
    assert page.count("<mark>") == 2
    assert "2件を超える" in page


def test_history_and_search_ask_the_database_the_same_for_one_and_for_many(aoi, midori, signed_in):
    browser = signed_in(aoi)

    def queries() -> tuple[int, int]:
        counts = []
        for ask in (lambda: browser.get("/history"), lambda: browser.post("/history", {"words": "眠れ"})):
            with CaptureQueriesContext(connection) as captured:
                assert ask().status_code == 200
            counts.append(len(captured))
        return counts[0], counts[1]

    played(aoi, midori)
    one = queries()
    for _ in range(3):
        played(aoi, midori)
    assert queries() == one


def test_the_desk_leads_to_the_next_session(aoi, midori, signed_in):
    first = played(aoi, midori)
    following = a_session(aoi, midori)
    page = html_of(signed_in(aoi).get(f"/sessions/{first.code}"))
    assert f'<a class="button main" href="/sessions/{following.code}">' in page


def test_no_earlier_session_is_called_the_next(aoi, midori, signed_in):
    earlier = a_session(aoi, midori)
    Session.objects.filter(pk=earlier.pk).update(planned_start=timezone.now() - timedelta(days=1))
    ended = played(aoi, midori)
    page = html_of(signed_in(aoi).get(f"/sessions/{ended.code}"))
    assert f'<a class="button main" href="/sessions/{earlier.code}">' not in page
    assert "このあとに予定されたセッションはありません。" in page


def test_an_old_talk_leads_to_its_feedback_and_not_to_another_session(aoi, midori, signed_in):
    old = played(aoi, midori)
    following = a_session(aoi, midori)
    Session.objects.filter(pk=old.pk).update(ended_at=timezone.now() - timedelta(days=1))
    page = html_of(signed_in(aoi).get(f"/sessions/{old.code}"))
    assert f'<a class="button main" href="/sessions/{following.code}">' not in page
    assert '<a class="button main narrow-only" href="#part-feedback">' in page
    assert "このあとに予定されたセッション" not in page


def test_a_session_of_another_day_is_listed_at_the_desk_with_its_day(session, aoi, midori, signed_in):
    later = timezone.localtime() + timedelta(days=2)
    Session.objects.filter(pk=a_session(aoi, midori).pk).update(planned_start=later)
    page = html_of(signed_in(aoi).get(f"/sessions/{session.code}"))
    assert f'<span class="when">{moment(later)}</span>' in page
    assert f'<span class="when">{timezone.localtime(session.planned_start):%H:%M}</span>' in page


def test_one_is_told_ones_own_role_beside_the_partner(aoi, midori, signed_in):
    played(aoi, midori, "こんにちは。", "眠れません。")
    for person, said in ((aoi, "相談員役（相手：みどりさん）"), (midori, "相談者役（相手：あおいさん）")):
        assert said in html_of(signed_in(person).post("/history", {"words": "眠れ"}))


def test_the_desk_shows_the_clients_way_as_a_code_without_a_token(session, aoi, signed_in):
    page = html_of(signed_in(aoi).get(f"/sessions/{session.code}"))
    assert 'class="qr" src="data:image/svg+xml' in page
    assert f"http://testserver/sessions/{session.code}" in page
    assert "sign-in/" not in page


# --- after the play ---


@pytest.fixture
def ended(session) -> Session:
    talk(session, "こんにちは。")
    end(session)
    return session


@pytest.mark.parametrize("mood", ["calm", "moved", "", "nonsense"])
def test_a_mood_is_not_stored(ended, midori, signed_in, mood):
    assert signed_in(midori).post(f"/sessions/{ended.code}/debrief", {"mood": mood}).status_code == 200
    assert not Alert.objects.exists()


def test_a_wish_to_be_contacted_calls_the_administrators(ended, midori, signed_in):
    page = html_of(signed_in(midori).post(f"/sessions/{ended.code}/debrief", {"mood": "contact"}))
    assert Alert.objects.get().kind == Alert.Kind.CONTACT
    assert "0120-061-338" in page


def test_the_card_is_stronger_after_a_heavy_role(ended, midori, signed_in):
    light = html_of(signed_in(midori).get(f"/sessions/{ended.code}/debrief"))
    Session.objects.filter(pk=ended.pk).update(suicidal_thoughts="played")
    heavy = html_of(signed_in(midori).get(f"/sessions/{ended.code}/debrief"))
    assert "<details open>" in heavy
    assert "<details open>" not in light
    assert heavy.count("<li>") > light.count("<li>")


def test_a_page_that_was_open_all_the_time_learns_that_the_role_was_heavy_and_the_desk_does_not(
    session, aoi, midori, signed_in
):
    page = f"/sessions/{session.code}"

    def told(person, path):
        return "data-heavy" in html_of(signed_in(person).get(path, headers={"X-Part": "conditions"}))

    assert not told(midori, f"{page}/conditions")
    actions.set_conditions(session.pk, midori, actions.Conditions(suicidal_thoughts="played"))
    for path in (page, f"{page}/conditions"):
        assert told(midori, path)
        assert not told(aoi, path), "what the client has chosen is learnt in the talk"
    assert "heavy" not in html_of(signed_in(aoi).get(page))


def test_there_is_nothing_to_leave_before_the_end(session, midori, signed_in):
    assert signed_in(midori).get(f"/sessions/{session.code}/debrief").url == f"/sessions/{session.code}"


def test_the_platforms_own_help_lines_stand_until_administrators_keep_others(ended, midori, jimu, signed_in):
    assert "よりそいホットライン" in html_of(signed_in(midori).get(f"/sessions/{ended.code}/debrief"))
    actions.keep_help_lines(jimu, [HelpLine(japanese="協会の窓口", english="Our desk", contact="03-0000-0000")])
    page = html_of(signed_in(midori).get(f"/sessions/{ended.code}/debrief"))
    assert "協会の窓口" in page
    assert "よりそいホットライン" not in page
