"""How the counselor's words reach a client who is not at the phone page, as the door there tells it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.locks import hold
from kokorochat.web.roleplay.actions.events import locked
from kokorochat.web.roleplay.actions.refused import RefusedError, not_found
from kokorochat.web.roleplay.models import Event, Session
from kokorochat.web.roleplay.signals import session_changed, wished_again


def note_door(session_id: int, door: str) -> None:
    """The client takes part by this door besides the phone page, or no longer does."""
    if Session.objects.filter(pk=session_id).exclude(client_door=door).update(client_door=door):
        _tell(session_id)


def note_accepted(session_id: int, number: int) -> None:
    """The door has taken the counselor's message."""
    with transaction.atomic():
        session = hold(Session.objects.filter(pk=session_id)).get()
        accepted = max(session.client_accepted, number)
        if accepted != session.client_accepted or number in session.client_uncertain:
            session.client_accepted = accepted
            _save_without(session, number)


def note_uncertain(session_id: int, number: int) -> None:
    """The counselor's message may not have arrived, and sending it again by itself could double it."""
    with transaction.atomic():
        session = hold(Session.objects.filter(pk=session_id)).get()
        if number in session.client_uncertain:
            return
        session.client_uncertain = [*session.client_uncertain, number]
        session.save(update_fields=["client_uncertain"])
        _tell(session_id)


def send_again(session_id: int, person: Person, number: int) -> Event:
    """The counselor wishes that a message of theirs that may not have arrived is sent again; gives the message.

    It stays uncertain until the door has taken it. One that is not uncertain, or no longer, is left as it is, so a
    repeat does nothing.

    Raises:
        RefusedError: not the counselor, not a message of theirs, or the session has ended.
    """
    with _of_counselor(session_id, person, number) as (session, event):
        if number in session.client_uncertain:
            wished_again.send(sender=Session, session_id=session.pk, number=number)
            audit(person, "session.send-again", f"session {session.pk}")
    return event


def let_be(session_id: int, person: Person, number: int) -> Event:
    """The counselor takes a message of theirs that may not have arrived as it is: it counts as handed over.

    Raises:
        RefusedError: as `send_again`.
    """
    with _of_counselor(session_id, person, number) as (session, event):
        if number in session.client_uncertain:
            _save_without(session, number)
            audit(person, "session.let-be", f"session {session.pk}")
    return event


@contextmanager
def _of_counselor(session_id: int, person: Person, number: int) -> Iterator[tuple[Session, Event]]:
    with locked(session_id, person) as (session, role):
        if role != Role.COUNSELOR.value:
            raise RefusedError("not-counselor", _("The counselor decides this about their own messages."))
        mine = Event.objects.filter(session=session, number=number, sender=person, kind=Event.Kind.UTTERANCE).first()
        if mine is None:
            raise not_found()
        if session.ended_at is not None:
            raise RefusedError("ended", _("The session has ended."))
        yield session, mine


def _save_without(session: Session, number: int) -> None:
    session.client_uncertain = [other for other in session.client_uncertain if other != number]
    session.save(update_fields=["client_accepted", "client_uncertain"])
    _tell(session.pk)


def _tell(session_id: int) -> None:
    transaction.on_commit(lambda: session_changed.send(sender=Session, session_id=session_id))
