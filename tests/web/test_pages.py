"""What the pages show, and what their forms take. Who may see which stands in test_permissions.py."""

import re
from uuid import uuid4

import pytest

from cast import WORK, a_session, end, played, rate, rating, talk
from kokorochat.domain.feedback import ITEM_KEYS, ITEMS
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Feedback, Session


def test_signing_in_leads_back_to_the_page_that_was_wanted(session, signed_in):
    assert signed_in().get(f"/sessions/{session.code}").url == f"/sign-in?next=/sessions/{session.code}"


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
    assert f'href="/sessions/{due.code}/feedback">フィードバックを書く' in page
    assert page.count('/feedback">') == 1


def test_home_says_to_each_whose_the_topic_is(aoi, midori, signed_in):
    a_session(aoi, midori, conditions=actions.Conditions())
    assert "テーマは相談者役にまかされています" in signed_in(aoi).get("/").content.decode()
    assert "テーマはあなたにまかされています" in signed_in(midori).get("/").content.decode()


def test_administrators_begin_with_all_sessions_and_find_their_own_by_name(jimu, signed_in):
    hers = signed_in(jimu)
    assert hers.get("/").url == "/administration/sessions"
    page = hers.get("/?own").content.decode()
    assert 'href="/?own" aria-current="page">自分のセッション' in page
    assert "一人で練習する" in page


def test_a_stopped_session_is_not_shown_as_running(session, aoi, midori, jimu, signed_in):
    talk(session, "こんにちは。")
    for state in ("進行中", "中断中"):
        for person, path in ((aoi, "/"), (midori, "/"), (jimu, "/administration/sessions")):
            assert f">{state}</span>" in signed_in(person).get(path).content.decode()
        if state == "進行中":
            actions.stop(session.pk, midori, uuid4())


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


@pytest.mark.parametrize(
    ("who", "path"),
    [("aoi", "/"), ("aoi", "/history"), ("aoi", "/growth"), ("jimu", "/administration/supervision/review")],
)
def test_the_bar_tells_where_one_is(who, path, request, signed_in):
    page = signed_in(request.getfixturevalue(who)).get(path).content.decode()
    bar = page[page.index("<nav") : page.index("</nav>")]
    assert re.findall(r'href="([^"]*)" aria-current="page"', bar) == [path.removesuffix("/review")]


def test_a_form_that_lacks_something_says_what_to_do(jimu, signed_in):
    page = signed_in(jimu).post("/administration/sessions/new", {}).content.decode()
    assert page.count("選んでください。") == 2
    assert "入力してください。" in page
    assert "必須" not in page


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


def test_each_check_tells_what_it_does_to_the_total(ended, midori, signed_in):
    page = signed_in(midori).get(f"/sessions/{ended.code}/feedback").content.decode()
    assert [page.count(f'data-effect="{effect}"') for effect in ("zero", "half")] == [2, 1]


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
