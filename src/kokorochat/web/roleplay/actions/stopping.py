"""Stepping out of the role in earnest: the clock halts, both are told, an administrator is called at once.

Who goes on is decided by both. The one who has stopped must not be drawn back into the play by the other, and the other
may have been hurt too; so each says it, or an administrator who has spoken with them says it for both.
"""

import unicodedata
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext as _

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.actions.alerts import handle_alert, raise_alert
from kokorochat.web.roleplay.actions.events import append, locked, stored
from kokorochat.web.roleplay.actions.refused import RefusedError
from kokorochat.web.roleplay.actions.talk import end, say
from kokorochat.web.roleplay.models import SUPERVISOR, Alert, Event, Session
from kokorochat.web.roleplay.queries import call_of_stop, newest_event, ready_to_go_on

STOP_WORDS = frozenset({"役を離れます", "役を降ります", "役をおります", "中断", "中断します", "ストップ", "stop"})
"""A message that is one of these, and nothing else, stops the session: for doors that have no button."""

GO_ON_WORDS = frozenset({"再開します", "go on"})
"""A message that is one of these, and nothing else, says after a stop that one is ready to go on."""

_AROUND = '（）()「」“”"。．.！!、, 　\n'


def is_stop_word(text: str) -> bool:
    """Whether a message is a stop word, in any width or case, with or without brackets or a full stop."""
    return _bare(text) in STOP_WORDS


def is_go_on_word(text: str) -> bool:
    """Whether a message is a word to go on, in any dress as `is_stop_word`."""
    return _bare(text) in GO_ON_WORDS


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip(_AROUND).lower()


def stop(session_id: int, person: Person, message_id: UUID) -> Event:
    """Halt the session and call an administrator. Stopping a stopped session gives its stop again.

    Raises:
        RefusedError: a stranger, a used id, or the session has ended.
    """
    with locked(session_id, person) as (session, role):
        known = stored(session, person, message_id, Event.Kind.STOP)
        if known is None and session.stopped_at is not None:
            known = newest_event(session, Event.Kind.STOP)
        if known is not None:
            return known
        event = append(session, person, role, message_id, Event.Kind.STOP)
        raise_alert(session.pk, Alert.Kind.STOP, event.number)
    return event


def say_stop_word(session_id: int, person: Person, message_id: UUID, text: str) -> Event:
    """Store a message that is a stop word, outside the role, and halt the session: both or neither. Gives the message.

    Raises:
        RefusedError: as `say` does.
    """
    with transaction.atomic():
        said = say(session_id, person, message_id, text, aside=True)
        stop(session_id, person, uuid5(message_id, "stop"))
    return said


def resume(session_id: int, person: Person, message_id: UUID) -> Event:
    """Say that one is ready to go on (an event `ready`); when both are, or for an administrator, it goes on (`resume`).

    Saying it twice, or after it goes on again, gives the event that is stored.

    Raises:
        RefusedError: a stranger, a used id, the session was never stopped, or it has ended.
    """
    with locked(session_id, person, supervised=True) as (session, role):
        known = stored(session, person, message_id, Event.Kind.READY, Event.Kind.RESUME)
        if known is not None:
            return known
        if session.stopped_at is None and session.ended_at is None:
            resumed = newest_event(session, Event.Kind.RESUME)
            if resumed is None:
                raise RefusedError("not-stopped", _("The session is not stopped."))
            return resumed
        ready = {event.role: event for event in ready_to_go_on(session)}
        if role in ready:
            return ready[role]
        together = role == SUPERVISOR or session.is_practice or Role(role).partner.value in ready
        return append(session, person, role, message_id, Event.Kind.RESUME if together else Event.Kind.READY)


def lift_stop(alert_id: int, by: Person, message_id: UUID, *, ends: bool) -> Event:
    """An administrator takes up the call of a stop and lets the session go on, or ends it.

    The page may be an old one: a stop that came since is another's call, and a talk that goes on again is nobody's to
    end. Done already, it is the same event again.

    Raises:
        RefusedError: not an administrator, no such alert, or the session is not in the stop that it calls to.
    """
    with transaction.atomic():
        alert = handle_alert(alert_id, by)
        session = Session.objects.get(pk=alert.session_id)
        changes = session.ended_at is None and (ends or session.stopped_at is not None)
        if changes and call_of_stop(session) != alert:
            raise RefusedError(
                "another-stop", _("This stop is over; nothing was changed. Look at the list for how it stands now.")
            )
        return (end if ends else resume)(session.pk, by, message_id)
