"""How the counselor's words reach a client who is not at the phone page, as the door there tells it."""

from django.db import transaction

from kokorochat.web.locks import hold
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.signals import session_changed


def note_door(session_id: int, door: str) -> None:
    """The client takes part by this door besides the phone page, or no longer does."""
    if Session.objects.filter(pk=session_id).exclude(client_door=door).update(client_door=door):
        _tell(session_id)


def note_accepted(session_id: int, number: int) -> None:
    """The door has taken the counselor's message."""
    if Session.objects.filter(pk=session_id, client_accepted__lt=number).update(client_accepted=number):
        _tell(session_id)


def note_uncertain(session_id: int, number: int) -> None:
    """The counselor's message may not have arrived, and sending it again by itself could double it."""
    with transaction.atomic():
        session = hold(Session.objects.filter(pk=session_id)).get()
        if number in session.client_uncertain:
            return
        session.client_uncertain = [*session.client_uncertain, number]
        session.save(update_fields=["client_uncertain"])
        _tell(session_id)


def _tell(session_id: int) -> None:
    transaction.on_commit(lambda: session_changed.send(sender=Session, session_id=session_id))
