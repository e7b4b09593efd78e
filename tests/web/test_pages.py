"""Every page: who may see it, by which method, and what its headers forbid."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver

from cast import WORK, a_session, end, played, rate, rating, talk
from kokorochat.domain.feedback import ITEM_KEYS, ITEMS
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Event, Feedback, Session

WHO = ("nobody", "sumire", "aoi", "midori", "jimu")
SIGN_IN = "→ sign-in"

# For nobody, the stranger, the counselor, the client and the administrator, after the feedback.
PAGES = {
    "home": ("/", (SIGN_IN, 200, 200, 200, "→ sessions")),
    "sign-in": ("/sign-in", (200, 200, 200, 200, 200)),
    "sign-in-by-link": ("/sign-in/no-such-link", (404, 404, 404, 404, 404)),
    "sign-out": ("/sign-out", (405, 405, 405, 405, 405)),
    "room": ("/sessions/{code}", (SIGN_IN, 404, 200, 200, 404)),
    "feedback": ("/sessions/{code}/feedback", (SIGN_IN, 404, 404, 200, 404)),
    "result": ("/sessions/{code}/result", (SIGN_IN, 404, 200, 404, 404)),
    "sessions": ("/administration/sessions", (SIGN_IN, 404, 404, 404, 200)),
    "pair": ("/administration/sessions/new", (SIGN_IN, 404, 404, 404, 200)),
    "people": ("/administration/people", (SIGN_IN, 404, 404, 404, 200)),
    "new-person": ("/administration/people/new", (SIGN_IN, 404, 404, 404, 200)),
    "person": ("/administration/people/{pk}", (SIGN_IN, 404, 404, 404, 200)),
    "new-link": ("/administration/people/{pk}/link", (SIGN_IN, 404, 404, 404, 405)),
    "export": ("/administration/export.zip", (SIGN_IN, 404, 404, 404, 200)),
    "set_language": ("/language/setlang/", (302, 302, 302, 302, 302)),
    "health": ("/health", (200, 200, 200, 200, 200)),
}
# What a POST of an empty form answers, where it differs from GET.
POSTED = {
    "home": (SIGN_IN, 405, 405, 405, 405),
    "sign-in-by-link": (404, 404, 404, 404, 404),
    "sign-out": ("→ sign-in",) * 5,
    "room": (SIGN_IN, 405, 405, 405, 405),
    "feedback": (SIGN_IN, 404, 404, 409, 404),
    "result": (SIGN_IN, 405, 405, 405, 405),
    "sessions": (SIGN_IN, 404, 404, 404, 405),
    "pair": (SIGN_IN, 404, 404, 404, 422),
    "people": (SIGN_IN, 404, 404, 404, 405),
    "new-person": (SIGN_IN, 404, 404, 404, 422),
    "person": (SIGN_IN, 404, 404, 404, 405),
    "new-link": (SIGN_IN, 404, 404, 404, 200),
    "export": (SIGN_IN, 404, 404, 404, 405),
    "health": (405,) * 5,
}


@pytest.fixture
def cast(aoi, midori, sumire, jimu):
    return {"nobody": None, "sumire": sumire, "aoi": aoi, "midori": midori, "jimu": jimu}


@pytest.fixture
def rated(aoi, midori) -> Session:
    return played(aoi, midori)


def address(name: str, session: Session) -> str:
    return PAGES[name][0].format(code=session.code, pk=session.client_id)


def outcome(response) -> object:
    if response.status_code == 302 and "/sign-in" in response.url:
        return SIGN_IN
    if response.status_code == 302 and response.url.startswith("/administration/sessions"):
        return "→ sessions"
    return response.status_code


def test_no_page_is_missing_from_these_lists():
    def names(patterns):
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                yield pattern.name
            else:
                yield from names(pattern.url_patterns)

    assert set(names(get_resolver().url_patterns)) == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_for_those_whom_it_concerns(name, cast, rated, signed_in):
    for method in ("get", "head"):
        answers = [outcome(getattr(signed_in(cast[who]), method)(address(name, rated))) for who in WHO]
        assert dict(zip(WHO, answers, strict=True)) == dict(zip(WHO, PAGES[name][1], strict=True))


@pytest.mark.parametrize("name", POSTED)
def test_a_form_is_taken_from_those_whom_it_concerns(name, cast, rated, signed_in):
    before = Event.objects.count(), Session.objects.count(), Feedback.objects.get().items
    answers = [outcome(signed_in(cast[who]).post(address(name, rated))) for who in WHO]
    assert dict(zip(WHO, answers, strict=True)) == dict(zip(WHO, POSTED[name], strict=True))
    assert (Event.objects.count(), Session.objects.count(), Feedback.objects.get().items) == before


@pytest.mark.parametrize(
    "name", [name for name in PAGES if name != "sign-in"]
)  # Django's own page shows its form whatever the method
def test_no_page_knows_other_methods(name, jimu, aoi, midori, rated, signed_in):
    for browser in map(signed_in, (jimu, aoi, midori)):
        for method in (browser.put, browser.patch, browser.delete):
            assert method(address(name, rated)).status_code in (302, 404, 405)


@pytest.mark.parametrize("name", PAGES)
def test_a_form_from_elsewhere_is_refused(name, cast, rated, signed_in):
    for person in cast.values():
        response = signed_in(person, enforce_csrf_checks=True).post(address(name, rated), {"language": "en"})
        assert response.status_code == 403
        assert "ページを開いてから時間がたちました" in response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_the_headers_forbid_what_no_page_needs(name, cast, rated, signed_in):
    for person in cast.values():
        response = signed_in(person).get(address(name, rated))
        policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].strip("; ").split(";"))
        assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert "unsafe" not in response["Content-Security-Policy"]
        assert "no-store" in response["Cache-Control"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Referrer-Policy"] == "same-origin"
        if response["Content-Type"].startswith("text/html") and response.content:
            html = response.content.decode()
            assert re.findall(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", html) == []
            assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:|https?://(?!testserver)", html) == []
            assert '<html lang="ja">' in html


def test_a_strangers_code_looks_as_unknown_as_one_that_is_not(sumire, rated, signed_in):
    browser = signed_in(sumire)
    strange, missing = (browser.get(f"/sessions/{code}").content.decode() for code in (rated.code, "no-such-code"))
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')
    assert token.sub("", strange.replace(rated.code, "")) == token.sub("", missing.replace("no-such-code", ""))


def test_signing_in_leads_back_to_the_page_that_was_wanted(rated, signed_in):
    assert signed_in().get(f"/sessions/{rated.code}").url == f"/sign-in?next=/sessions/{rated.code}"


# --- the desk and the phone ---


def test_the_counselor_has_a_desk_and_the_client_a_phone_page(session, aoi, midori, signed_in):
    assert 'class="room desk"' in signed_in(aoi).get(f"/sessions/{session.code}").content.decode()
    phone = signed_in(midori).get(f"/sessions/{session.code}").content.decode()
    assert 'class="room phone"' in phone
    assert "<textarea" in phone


def test_the_clients_page_never_shows_the_result(aoi, midori, signed_in):
    session = played(aoi, midori)
    phone = signed_in(midori).get(f"/sessions/{session.code}").content.decode()
    assert 'class="result"' not in phone
    assert 'class="result"' in signed_in(aoi).get(f"/sessions/{session.code}").content.decode()


def test_an_open_desk_gets_the_result_as_a_part(aoi, midori, signed_in):
    session = played(aoi, midori)
    part = signed_in(aoi).get(f"/sessions/{session.code}/result", headers={"X-Part": "result"}).content.decode()
    assert "<html" not in part
    assert f"<strong>{session.feedback.total}</strong>" in part
    assert all(item.japanese in part for item in ITEMS)


def test_home_names_what_is_due_first(aoi, midori, signed_in):
    played(aoi, midori)
    due = a_session(aoi, midori)
    talk(due, "こんにちは。")
    end(due)
    page = signed_in(midori).get("/").content.decode()
    assert f'href="/sessions/{due.code}/feedback">フィードバックを送る' in page
    assert page.count('/feedback">') == 1


def test_names_and_conditions_are_shown_as_text(aoi, midori, signed_in):
    midori.display_name = "<b>みどり</b>"
    midori.save()
    conditions = actions.Conditions(WORK[0], "<i>残業</i>", "</script><script>alert(1)</script>")
    session = a_session(aoi, midori, conditions=conditions)
    for path in ("/", f"/sessions/{session.code}"):
        page = signed_in(aoi).get(path).content.decode()
        assert "<b>みどり" not in page
        assert "<i>残業" not in page
        assert "<script>alert" not in page


@pytest.mark.parametrize("path", ["/", "/administration/sessions", "/administration/people"])
def test_longer_lists_ask_no_more_of_the_database(path, aoi, midori, jimu, signed_in):
    browser = signed_in(jimu if path.startswith("/administration") else aoi)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(path).status_code == 200
        return len(captured)

    played(aoi, midori)
    one = queries()
    for _ in range(3):
        played(aoi, midori)
        a_session(aoi, midori)
    assert queries() == one


# --- the feedback form ---


@pytest.fixture
def ended(session) -> Session:
    talk(session, "こんにちは。", "はい。")
    end(session)
    return session


def form(**others: object) -> dict[str, object]:
    """A complete form, as a browser sends it."""
    return {**rating(), "topic_main": WORK[0].value, "topic_sub": WORK[1], **others}


def test_a_complete_form_is_stored_with_its_total(ended, midori, signed_in):
    response = signed_in(midori).post(f"/sessions/{ended.code}/feedback", form(unwilling_to_continue="on"), follow=True)
    feedback = Feedback.objects.get(session=ended)
    assert (feedback.items, feedback.checks, feedback.total) == (rating(), ["unwilling_to_continue"], 40)
    assert Session.objects.get(pk=ended.pk).topic_sub == WORK[1]
    assert "ありがとうございました" in response.content.decode()


@pytest.mark.parametrize(
    "value",
    ["6", "-1", "3.5", "3.0", "three", "", " ", "3 4", "True", "²", "5\0", None],
)
def test_a_value_that_is_no_point_of_the_scale_is_refused_by_name(value, ended, midori, signed_in):
    sent = form()
    if value is None:
        del sent["felt_respected"]
    else:
        sent["felt_respected"] = value
    response = signed_in(midori).post(f"/sessions/{ended.code}/feedback", sent)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"felt_respected"}
    assert not Feedback.objects.exists()
    assert not Session.objects.get(pk=ended.pk).topic_main


def test_what_was_chosen_stays_on_a_refused_form(ended, midori, signed_in):
    response = signed_in(midori).post(f"/sessions/{ended.code}/feedback", form(felt_respected="6", topic_sub="残業"))
    html = response.content.decode()
    assert html.count(" checked") == 19
    assert 'value="残業"' in html


def test_a_key_that_nobody_asked_for_is_not_stored(ended, midori, signed_in):
    signed_in(midori).post(f"/sessions/{ended.code}/feedback", form(charm="5", total="100", boring="on"))
    feedback = Feedback.objects.get(session=ended)
    assert (set(feedback.items), feedback.checks, feedback.total) == (set(rating()), [], 80)


@pytest.mark.parametrize(
    "topic", [{"topic_main": ""}, {"topic_main": "Weather"}, {"topic_sub": "　"}, {"topic_sub": "あ" * 101}]
)
def test_the_topic_is_asked_if_none_was_agreed(topic, ended, midori, signed_in):
    response = signed_in(midori).post(f"/sessions/{ended.code}/feedback", form(**topic))
    assert response.status_code == 422
    assert not Feedback.objects.exists()


def test_an_agreed_topic_is_neither_asked_nor_changed(aoi, midori, signed_in):
    session = a_session(aoi, midori, conditions=actions.Conditions(*WORK))
    end(session)
    page = signed_in(midori).get(f"/sessions/{session.code}/feedback")
    assert "topic_main" not in page.content.decode()
    signed_in(midori).post(f"/sessions/{session.code}/feedback", form(topic_main="Others", topic_sub="別の話"))
    assert Session.objects.get(pk=session.pk).topic_sub == WORK[1]
    assert Feedback.objects.filter(session=session).exists()


def test_a_second_feedback_is_refused_and_the_first_stays(ended, midori, signed_in):
    first = rate(ended, value=5)
    response = signed_in(midori).post(f"/sessions/{ended.code}/feedback", form(**rating(0)))
    assert response.status_code == 409
    assert "最初の内容のまま" in response.content.decode()
    stored = Feedback.objects.get(session=ended)
    assert (stored.items, stored.total, stored.given_at) == (first.items, 100, first.given_at)


def test_feedback_before_the_end_is_not_taken(session, midori, signed_in):
    actions.say(session.pk, midori, uuid4(), "まだ途中です")
    response = signed_in(midori).post(f"/sessions/{session.code}/feedback", form())
    assert response.status_code == 409
    assert not Feedback.objects.exists()


# --- the language ---


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, "en", "ja"),
        (None, None, "ja"),
        ("en", "ja", "en"),
        ("ja", "en", "ja"),
        ("xx", "en", "ja"),
        ("../en", None, "ja"),
    ],
)
def test_the_language_is_japanese_unless_the_switch_says_otherwise(cookie, accepted, language, db, signed_in):
    browser = signed_in()
    if cookie:
        browser.cookies["django_language"] = cookie
    response = browser.get("/sign-in", headers={"Accept-Language": accepted} if accepted else {})
    assert response["Content-Language"] == language
    assert f'<html lang="{language}">' in response.content.decode()


def test_the_switch_is_remembered_and_returns_to_the_page(aoi, session, signed_in):
    browser = signed_in(aoi)
    response = browser.post("/language/setlang/", {"language": "en", "next": f"/sessions/{session.code}"})
    assert response.url == f"/sessions/{session.code}"
    assert '<html lang="en">' in browser.get("/").content.decode()
    away = browser.post("/language/setlang/", {"language": "en", "next": "https://evil.example/"})
    assert "evil" not in away.url


@pytest.mark.parametrize(("language", "title"), [("ja", "ページが見つかりません"), ("en", "Not found")])
def test_an_unknown_page_says_so_in_the_chosen_language(language, title, db, signed_in):
    browser = signed_in()
    browser.cookies["django_language"] = language
    response = browser.get("/no-such-page")
    assert response.status_code == 404
    assert title in response.content.decode()


def test_a_fault_of_ours_is_told_without_its_inside(aoi, signed_in, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("秘密の言葉")

    monkeypatch.setattr("kokorochat.web.roleplay.queries.sessions_of", broken)
    browser = signed_in(aoi)
    browser.raise_request_exception = False
    response = browser.get("/")
    assert response.status_code == 500
    assert "エラーが起きました" in response.content.decode()
    assert "秘密の言葉" not in response.content.decode()


@pytest.mark.parametrize(
    "change",
    [
        {"harmful_due_to_ignorance": "0"},
        {"unwilling_to_continue": ["on", "on"]},
        {"felt_respected": ["5", "0"]},
    ],
    ids=["a check that is neither", "a check twice", "an item twice"],
)
def test_what_can_be_read_in_two_ways_is_not_stored(change, ended, midori, signed_in):
    answers = dict.fromkeys(ITEM_KEYS, "4") | {"topic_main": "School Issues", "topic_sub": "発表"}
    response = signed_in(midori).post(f"/sessions/{ended.code}/feedback", answers | change)
    assert response.status_code == 422
    assert not Feedback.objects.filter(session=ended).exists()
