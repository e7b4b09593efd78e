"""The soft clock: it never ends a session, but the counselor can give it more time or begin its close."""

from uuid import UUID

from django.utils.translation import gettext as _

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.actions.events import append, locked, stored
from kokorochat.web.roleplay.actions.refused import RefusedError
from kokorochat.web.roleplay.models import Event
from kokorochat.web.roleplay.queries import newest_event

EXTENSIONS = (5, 10, 15)
"""Minutes by which a session may be extended at a time."""
LONGEST_MINUTES = 180
"""Longest session that can be arranged or extended to; the longest released one took 135."""


def extend(session_id: int, person: Person, message_id: UUID, minutes: int) -> Event:
    """Give the session more time; both see it.

    Raises:
        RefusedError: not the counselor, minutes that can't be given, a used id, or the session has ended.
    """
    if minutes not in EXTENSIONS:
        raise RefusedError("bad-minutes", _("A session is extended by 5, 10 or 15 minutes."))
    with locked(session_id, person) as (session, role):
        _counselor_only(role)
        known = stored(session, person, message_id, Event.Kind.EXTEND, minutes=minutes)
        if known is not None:
            return known
        if session.due_minutes + minutes > LONGEST_MINUTES:
            raise RefusedError("too-long", _("A session can be extended to 180 minutes at most."))
        session.extended_minutes += minutes
        return append(session, person, role, message_id, Event.Kind.EXTEND, minutes=minutes)


def wrap_up(session_id: int, person: Person, message_id: UUID) -> Event:
    """Tell both that the talk is coming to its end; it goes on until somebody ends it.

    Said already and not extended since, it is the same again.

    Raises:
        RefusedError: not the counselor, a used id, or the session has ended.
    """
    with locked(session_id, person) as (session, role):
        _counselor_only(role)
        known = stored(session, person, message_id, Event.Kind.WRAP_UP)
        if known is not None:
            return known
        newest = newest_event(session, Event.Kind.WRAP_UP, Event.Kind.EXTEND)
        if newest is not None and newest.kind == Event.Kind.WRAP_UP and session.ended_at is None:
            return newest
        return append(session, person, role, message_id, Event.Kind.WRAP_UP)


def _counselor_only(role: str) -> None:
    if role != Role.COUNSELOR.value:
        raise RefusedError("not-counselor", _("The counselor keeps the time."))
