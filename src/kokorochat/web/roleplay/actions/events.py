"""How an event is stored: under the session's lock, once, with the next number. All that adds one goes through here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.locks import hold
from kokorochat.web.roleplay.actions.refused import RefusedError, not_found
from kokorochat.web.roleplay.models import SUPERVISOR, Event, Session
from kokorochat.web.roleplay.signals import session_changed

_CLOCK = ("last_at", "last_number", "started_at", "ended_at", "stopped_at", "stopped_for", "extended_minutes")
"""What an event may change of its session; what a screen has seen is written without the lock and stays untouched."""


@contextmanager
def locked(session_id: int, person: Person, *, supervised: bool = False) -> Iterator[tuple[Session, str]]:
    """The session, locked until the transaction ends, and the person's role in it.

    Args:
        supervised: let administrators in too, in the role of the supervisor.

    Raises:
        RefusedError: a stranger.
    """
    with transaction.atomic():
        session = hold(Session.objects.filter(pk=session_id)).first()
        if session is None:
            raise not_found()
        role = session.role_of(person.pk)
        if role is not None:
            yield session, role.value
        elif supervised and person.is_staff:
            yield session, SUPERVISOR
        else:
            raise not_found()


def stored(session: Session, person: Person, message_id: UUID, *kinds: Event.Kind, **content: Any) -> Event | None:
    """The event that was stored under this id before: a repeat is answered, not stored again.

    Args:
        kinds: what a repeat of it may be.
        content: the other columns that a repeat has in common with it.

    Raises:
        RefusedError: the id was used for something else.
    """
    event = Event.objects.filter(session=session, sender=person, message_id=message_id).first()
    if event is None:
        return None
    if event.kind not in kinds or any(getattr(event, name) != value for name, value in content.items()):
        raise RefusedError("id-in-use", _("This message id was used for another message. Send it as a new one."))
    return event


def append(
    session: Session,
    person: Person,
    role: str,
    message_id: UUID,
    kind: Event.Kind,
    *,
    happened_at: datetime | None = None,
    aside: bool = False,
    **content: Any,
) -> Event:
    """Store an event of a locked session as its newest; the caller's own changes of the clock are saved with it.

    Args:
        happened_at: when it happened, if it took its time to come here; it counts as far as times stay in order.
        aside: it is a message and no play, though the session is not stopped.
        content: the other columns.

    Raises:
        RefusedError: the session had ended before, and this is not something taken back.
    """
    if _is_over(session, happened_at) and kind is not Event.Kind.WITHDRAWN:
        if kind is Event.Kind.UTTERANCE:
            message = _("The session has ended. The message was not sent; copy it if you want to keep it.")
        else:
            message = _("The session has ended.")
        raise RefusedError("ended", message)
    now = timezone.now()
    at = min(happened_at or now, now)
    session.last_at = at = max(at, session.last_at or at)
    session.last_number += 1
    aside = kind is Event.Kind.UTTERANCE and (aside or is_stopped(session, happened_at))
    _advance(session, kind, at, aside)
    came = f"{role}_came_at"
    first = role != SUPERVISOR and getattr(session, came) is None
    if first:
        setattr(session, came, at)
    session.save(update_fields=(*_CLOCK, came) if first else _CLOCK)
    event = Event.objects.create(
        session=session,
        number=session.last_number,
        kind=kind,
        sender=person,
        role=role,
        message_id=message_id,
        aside=aside,
        at=at,
        **content,
    )
    if kind is not Event.Kind.UTTERANCE:
        audit(person, f"session.{kind.value}", f"session {session.pk}")
    number = event.number
    transaction.on_commit(partial(session_changed.send, sender=Session, session_id=session.pk, number=number))
    return event


def _is_over(session: Session, at: datetime | None) -> bool:
    """Whether the session had ended by that time; None: by now."""
    return session.ended_at is not None and (at is None or at > session.ended_at)


def is_stopped(session: Session, happened_at: datetime | None) -> bool:
    """Whether the session is stopped now, or was when something was said that comes late."""
    if session.stopped_at is not None or happened_at is None:
        return session.stopped_at is not None
    turns = Event.objects.filter(session=session, kind__in=(Event.Kind.STOP, Event.Kind.RESUME), at__lte=happened_at)
    newest = turns.order_by("number").last()
    return newest is not None and newest.kind == Event.Kind.STOP


def _advance(session: Session, kind: Event.Kind, at: datetime, aside: bool) -> None:
    """What an event at a time does to the session's clock."""
    waits = session.started_at is None and session.ended_at is None and not aside
    if kind is Event.Kind.UTTERANCE and waits:
        session.started_at = at
    elif kind is Event.Kind.STOP:
        session.stopped_at = at
    elif kind in (Event.Kind.RESUME, Event.Kind.END) and session.stopped_at is not None:
        if session.started_at is not None:
            session.stopped_for += at - session.stopped_at
        session.stopped_at = None
    if kind is Event.Kind.END:
        session.ended_at = at
