"""Who may do what: every page answers each role by its rows in rights.py, and a page without a row fails."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from string import Formatter
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver

from cast import a_session, end, played, talk
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.actions import add_person, make_sign_in_link, name_email
from kokorochat.web.accounts.mail_address import token_of
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.actions.notices import make_feedback_link
from kokorochat.web.roleplay.models import Alert, Session
from rights import ALERTS, CSRF_EXEMPT, FORMS, LINKS, PATHS, PEOPLE, SESSIONS, VERSIONS, WHO, cells


@pytest.fixture(autouse=True)
def _every_door_is_open(settings) -> None:
    """So that the pages of LINE and mail are among the others."""
    settings.LINE_SECRET, settings.LINE_TOKEN, settings.MAILS = "a secret", "a token", True


@pytest.fixture
def cast(aoi, midori, sumire, jimu) -> dict[str, Person | None]:
    return {
        "nobody": None,
        "stranger": sumire,
        "counselor": aoi,
        "client": midori,
        "administrator": jimu,
        "locked": aoi,
    }


@pytest.fixture
def address(aoi, midori, jimu, renshu) -> Callable[[str, str], str]:
    """The path of a page, for an object in a state; the object is made with it."""
    name_email(aoi, "aoi@example.org")
    people = {"oneself": jimu.pk, "program": renshu.pk, "unknown": 999_999}

    def ended() -> Session:
        end(session := a_session(aoi, midori))
        return session

    sessions = {"open": lambda: a_session(aoi, midori), "ended": ended, "due": ended}

    def session(state: str) -> Session:
        make = sessions.get(state, lambda: Session.objects.get(code=played(aoi, midori).code))
        return make()

    makes = {
        "code": lambda state: "no-such-code" if state == "unknown" else session(state).code,
        "pk": lambda state: people.get(state, midori.pk),
        "alert": lambda state: (
            999_999 if state == "unknown" else actions.raise_alert(session("open").pk, Alert.Kind.STOP).pk
        ),
        "token": lambda state: make_sign_in_link(None, aoi) if state == "hers" else "no-such-link",
        "version": lambda state: 1 if state == "accepted" else 999_999,
        # A link that leads elsewhere is none to a form.
        "form": lambda state: (
            make_sign_in_link(None, aoi)
            if state == "unknown"
            else make_feedback_link(session(state), "mail").rpartition("/")[2]
        ),
        "address": lambda state: token_of(aoi, "aoi@example.org") if state == "hers" else "no-such-link",
    }

    def path(name: str, state: str) -> str:
        asked = [field for _, field, *_ in Formatter().parse(PATHS[name]) if field]
        return PATHS[name].format(**{field: makes[field](state) for field in asked})

    return path


def outcome(response: HttpResponse) -> str:
    if response.status_code == 302 and response["Location"].startswith("/sign-in"):
        return "in"
    return str(response.status_code)


def patterns() -> Iterator[URLPattern]:
    def within(found):
        for pattern in found:
            if isinstance(pattern, URLPattern):
                yield pattern
            else:
                yield from within(pattern.url_patterns)

    return within(get_resolver().url_patterns)


def test_every_page_has_its_rows():
    names = {pattern.name for pattern in patterns()}
    assert names == set(PATHS)
    assert {(name, method) for name, method, *_ in cells()} == {(n, m) for n in names for m in ("GET", "POST")}
    for name, path in PATHS.items():
        links = (*LINKS, "unknown")
        kinds = {"{code}": SESSIONS, "{pk}": PEOPLE, "{alert}": ALERTS, "{token}": links}
        kinds |= {"{address}": links, "{form}": FORMS, "{version}": VERSIONS}
        states = next((states for kind, states in kinds.items() if kind in path), ())
        due = set(states) if "{" in path else {"-"}
        for method in ("GET", "POST"):
            assert {state for n, m, state, _ in cells() if (n, m) == (name, method)} == due, name


@pytest.mark.parametrize("name", PATHS)
def test_a_page_answers_each_role_by_its_rows(name, cast, address, signed_in):
    for page, method, state, due in cells():
        if page != name:
            continue
        got = {}
        for who, person in cast.items():
            with transaction.atomic():  # what one does must not change what the next one finds
                caches["brake"].clear()
                browser = signed_in(person)
                if who == "locked":
                    Person.objects.filter(pk=person.pk).update(is_active=False)
                path = address(name, state)
                got[who] = outcome(browser.get(path) if method == "GET" else browser.post(path))
                if method == "GET":
                    assert outcome(browser.head(path)) == got[who]
                transaction.set_rollback(True)
        assert got == due, f"{method} {path} ({state})"


# Django's own page shows its form whatever the method.
@pytest.mark.parametrize("name", [name for name in PATHS if name not in ("sign-in", "sign-in-by-link")])
def test_no_page_knows_other_methods(name, cast, address, signed_in):
    path = address(name, "rated")
    for who in WHO:
        browser = signed_in(cast[who])
        for method in (browser.put, browser.patch, browser.delete):
            assert method(path).status_code in (302, 404, 405)


def test_the_exemptions_from_the_forms_token_are_those_of_the_list():
    exempt = {pattern.name for pattern in patterns() if getattr(pattern.callback, "csrf_exempt", False)}
    assert exempt == CSRF_EXEMPT


@pytest.mark.parametrize("name", [name for name in PATHS if name not in CSRF_EXEMPT])
def test_a_form_from_elsewhere_is_refused(name, cast, address, signed_in):
    path = address(name, "rated")
    for person in cast.values():
        response = signed_in(person, enforce_csrf_checks=True).post(path, {"language": "en"})
        assert response.status_code == 403
        assert "ページを開いてから時間がたちました" in response.content.decode()


@pytest.mark.parametrize("name", [name for name, path in PATHS.items() if "{code}" in path])
def test_a_strangers_session_looks_as_unknown_as_one_that_is_not(name, sumire, jimu, address, signed_in):
    chance = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|(?<=sessions/)[\w-]+')
    # An administrator's own pages know every session.
    for person in (sumire,) if PATHS[name].startswith("/administration") else (sumire, jimu):
        browser = signed_in(person)
        for method in (browser.get, browser.post):
            answers = [method(address(name, state)) for state in SESSIONS]
            assert len({(a.status_code, chance.sub("", a.content.decode())) for a in answers}) == 1


@pytest.mark.parametrize("name", PATHS)
def test_the_headers_forbid_what_no_page_needs(name, cast, address, signed_in):
    for person in cast.values():
        response = signed_in(person).get(address(name, "rated"))
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


# --- lists ---

LISTS = {
    "home": "counselor",
    "history": "counselor",
    "growth": "counselor",
    "sessions": "administrator",
    "people": "administrator",
    "consent-texts": "administrator",
    "supervision": "administrator",
    "to-review": "administrator",
    "reviewed": "administrator",
    "record": "administrator",
    "trail": "administrator",
    "alerts": "administrator",
}
"""Pages that show many things, and to whom."""


def one_of_each(counselor: Person, client: Person) -> None:
    """A session that runs and is stopped, with an alert; one that was rated; one that was reviewed, twice; a text."""
    running = a_session(counselor, client)
    talk(running, "こんにちは。")
    actions.stop(running.pk, client, uuid4())
    seen = Alert.objects.get(session=running).raised_at - timedelta(seconds=1)
    played(counselor, client, "はい。")
    office = Person.objects.get(is_staff=True)
    newest = consent.in_force()
    assert newest
    assert consent.publish(office, "本文", f"Text {newest.version + 1}", newest.version)
    for note in ("見ました。", "もう一度見ました。"):
        actions.review(running.pk, office, seen, note, ["late"])
        actions.raise_alert(running.pk, Alert.Kind.CONTACT)
    rated = Session.objects.filter(feedback__isnull=False).earliest("pk")
    actions.review(rated.pk, office, rated.planned_start, "見ました。")
    actions.raise_alert(rated.pk, Alert.Kind.CONTACT)


def test_thirty_rows_ask_no_more_of_the_database_than_one(cast, address, aoi, midori, signed_in):
    browsers = {who: signed_in(cast[who]) for who in set(LISTS.values())}
    paths = {name: address(name, "rated") for name in LISTS}

    def asked(name: str) -> int:
        browser = browsers[LISTS[name]]
        browser.get(paths[name])
        with CaptureQueriesContext(connection) as questions:
            assert browser.get(paths[name]).status_code == 200
        return len(questions)

    one_of_each(aoi, midori)
    with_one = {name: asked(name) for name in LISTS}
    for number in range(30):
        one_of_each(aoi, add_person(None, f"client-{number}", f"相談者{number}"))
    assert {name: asked(name) for name in LISTS} == with_one
    assert max(with_one.values()) <= 25


def test_every_page_that_shows_pages_of_rows_is_in_the_list_of_lists(cast, address, signed_in):
    """Whatever is given a paginator or a table with a row for each thing is a list."""
    found = set()
    for who in ("counselor", "client", "administrator"):
        browser = signed_in(cast[who])
        for name in PATHS:
            answer = browser.get(address(name, "rated"))
            if answer.status_code == 200 and 'class="stack"' in (answer.content.decode("utf-8", "replace")):
                found.add(name)
    assert found <= set(LISTS), "a list without a test of its queries"
