"""How long a sign-in lasts, and whether it still does: one law for pages and sockets.

A sign-in ends with the person's password, role or epoch (`Person.get_session_auth_hash`), with a lock, after so long
without use, and after so long altogether.
"""

import contextlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY, logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kokorochat.web.accounts.models import Person

_BEGAN, _USED, _CONFIRMED = "sign_in_began", "sign_in_used", "sign_in_confirmed"
_FIRST = "first_factor"
FIRST_FACTOR_HOLDS = timedelta(minutes=10)
"""Time to take the phone out, or to install the app."""
CONFIRMATION_HOLDS = timedelta(minutes=15)
_USES_IN_AN_IDLE_TIME = 20
"""A use is written down this often within the idle time, not with each request."""


@receiver(user_logged_in)
def _begin(request: HttpRequest, **_: Any) -> None:
    request.session[_BEGAN] = request.session[_USED] = timezone.now().timestamp()


def holds(session: Mapping[str, Any], person: Person) -> bool:
    """Whether what a stored session says still signs this person in."""
    given, due = str(session.get(HASH_SESSION_KEY, "")), person.get_session_auth_hash()
    theirs = session.get(SESSION_KEY) == str(person.pk) and hmac.compare_digest(given, due)
    return theirs and person.is_active and _in_time(session)


def person_of(session: SessionBase) -> Person | None:
    """Whom a stored session still signs in."""
    person = Person.objects.filter(pk=session.get(SESSION_KEY, 0)).first()
    return person if person and holds(dict(session.items()), person) else None


def note_use(session: SessionBase) -> bool:
    """Remember that the person has just done something, and tell whether that has to be stored."""
    now = timezone.now().timestamp()
    due = now - float(session.get(_USED, 0)) > settings.SIGN_IN_IDLE.total_seconds() / _USES_IN_AN_IDLE_TIME
    if due:
        session[_USED] = now
    return due


def store_use(session: SessionBase) -> None:
    """As `note_use`, for a session that no answer to a request will store."""
    if note_use(session):
        with contextlib.suppress(UpdateError):  # signed out meanwhile: a use must not bring it back
            session.save()


@dataclass(frozen=True)
class FirstFactor:
    """Somebody has given a link or a password, and not yet the second factor. This opens no page but that for it."""

    person: Person
    wish: str


def note_first_factor(session: SessionBase, person: Person, wish: str) -> None:
    """Remember who it is and where they want to go."""
    session[_FIRST] = [person.pk, person.get_session_auth_hash(), wish, timezone.now().timestamp()]


def first_factor(session: SessionBase) -> FirstFactor | None:
    """Whose second factor is awaited; None if it is nobody's, or was too long ago."""
    pk, standing, wish, at = session.get(_FIRST, (None, "", "", 0))
    person = Person.objects.filter(pk=pk, is_active=True).first()
    late = timezone.now().timestamp() - at > FIRST_FACTOR_HOLDS.total_seconds()
    if person is None or late or not hmac.compare_digest(standing, person.get_session_auth_hash()):
        return None
    return FirstFactor(person, wish)


def note_confirmed(session: SessionBase) -> None:
    """The second factor was just given."""
    session.pop(_FIRST, None)
    session[_CONFIRMED] = timezone.now().timestamp()


def is_confirmed(session: SessionBase) -> bool:
    """Whether the second factor was given lately."""
    return timezone.now().timestamp() - float(session.get(_CONFIRMED, 0)) < CONFIRMATION_HOLDS.total_seconds()


def _in_time(session: Mapping[str, Any] | SessionBase) -> bool:
    now = timezone.now()

    def within(mark: str, limit: timedelta) -> bool:
        return now.timestamp() - float(session.get(mark, 0)) < limit.total_seconds()

    return within(_BEGAN, settings.SIGN_IN_LONGEST) and within(_USED, settings.SIGN_IN_IDLE)


class SignInLimitsMiddleware:
    """Ends a sign-in that is over its time, before any page sees it."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, as to nobody if the time is over."""
        if SESSION_KEY in request.session:
            if _in_time(request.session):
                # What an open page asks for by itself is no use: an unattended screen must not stay signed in.
                if "X-Part" not in request.headers:
                    note_use(request.session)
            else:
                logout(request)
        return self.get_response(request)
