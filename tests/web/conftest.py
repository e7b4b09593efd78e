"""The cast, a session of theirs, and the server's time."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from cast import a_member, a_session, accept_consent
from kokorochat.web.accounts.actions import add_person
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Session


@pytest.fixture(autouse=True)
def _nobody_is_here_yet() -> None:
    """Presence is kept by a session's number, and numbers come back with each test; so do names and their tries."""
    for name in ("default", "brake", "brake-alone"):
        caches[name].clear()


@pytest.fixture
def aoi(db: None) -> Person:
    return a_member("aoi", "あおい")


@pytest.fixture
def midori(db: None) -> Person:
    return a_member("midori", "みどり")


@pytest.fixture
def sumire(db: None) -> Person:
    return a_member("sumire", "すみれ")


@pytest.fixture
def jimu(db: None) -> Person:
    person = add_person(None, "jimu", "事務局", administrator=True)
    accept_consent(person)
    return person


@pytest.fixture
def renshu(db: None) -> Person:
    return add_person(None, "renshu", "練習相手", program=True)


@pytest.fixture
def session(aoi: Person, midori: Person) -> Session:
    """Aoi counsels Midori; nothing is said yet."""
    return a_session(aoi, midori)


NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """The server's time; `clock(minutes)` sets it to so long after noon."""

    def to(minutes: float) -> None:
        monkeypatch.setattr(timezone, "now", lambda: NOON + timedelta(minutes=minutes))

    to(0)
    return to


@pytest.fixture
def signed_in():
    """A browser in which a person is signed in; with None, one in which nobody is."""

    def browser(person: Person | None = None, **options: object) -> Client:
        client = Client(**options)
        if person is not None:
            client.force_login(person)
        return client

    return browser
