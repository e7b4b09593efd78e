"""What two people say to each other, and the end of it."""

import unicodedata
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from kokorochat.domain.crisis import denies_play, names_crisis
from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.actions.alerts import raise_alert
from kokorochat.web.roleplay.actions.events import append, locked, stored
from kokorochat.web.roleplay.actions.refused import RefusedError, not_found
from kokorochat.web.roleplay.actions.screening import screen
from kokorochat.web.roleplay.models import Alert, Event, Session
from kokorochat.web.roleplay.signals import session_changed, session_settled

LONGEST_TEXT = 5000
"""Code points in one message; as LINE's limit. The longest released message has 686."""


_INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")


def say(
    session_id: int,
    person: Person,
    message_id: UUID,
    text: str,
    *,
    form: Event.Form = Event.Form.TEXT,
    said_at: datetime | None = None,
    aside: bool = False,
) -> Event:
    """Store one message and give it the next number.

    A repeat of the same message gives the stored event again. While the session is stopped, a message is stored too,
    as talk outside the role: nobody may be left without words just then. What was said before the end and comes after
    it stands behind the end: words are not lost because somebody was quicker with a button.

    Args:
        said_at: when it was said, if another service has brought it; None: just now.
        aside: it is no play, as the word by which somebody leaves it.

    Raises:
        RefusedError: a stranger, an unusable text, a used id with another text, or the session had ended by then.
    """
    fault = _text_fault(text)
    if fault:
        raise fault
    with locked(session_id, person) as (session, role):
        known = stored(session, person, message_id, Event.Kind.UTTERANCE, text=text)
        if known is not None:
            return known
        event = append(
            session,
            person,
            role,
            message_id,
            Event.Kind.UTTERANCE,
            happened_at=said_at,
            aside=aside,
            text=text,
            form=form,
        )
        if names_crisis(text) and (event.out_of_role or denies_play(text)):
            # Words can't tell play from truth: a person looks, quietly.
            raise_alert(session.pk, Alert.Kind.HINT, event.number)
        if session.ended_at is not None:
            screen(session)
    return event


def withdraw(session_id: int, person: Person, message_id: UUID) -> Event:
    """Take one's message back: its text is removed for good, its number stays, and an event `withdrawn` tells of it.

    It can be taken back after the end too, but not out of what was exported before. A repeat gives the stored event.

    Raises:
        RefusedError: a stranger, or there is no such message of theirs.
    """
    with locked(session_id, person) as (session, role):
        said = Event.objects.filter(
            session=session, sender=person, message_id=message_id, kind=Event.Kind.UTTERANCE
        ).first()
        if said is None:
            raise not_found()
        known = Event.objects.filter(session=session, kind=Event.Kind.WITHDRAWN, about=said.number).first()
        if known is not None:
            return known
        said.text = ""
        said.save(update_fields=["text"])
        screen(session)
        return append(session, person, role, uuid4(), Event.Kind.WITHDRAWN, about=said.number)


def end(session_id: int, person: Person, message_id: UUID) -> Event:
    """End the session; later messages are refused. Ending an ended session gives its end again.

    An administrator may end it too: the two may have left a stopped session.

    Raises:
        RefusedError: a stranger, or a used id.
    """
    with locked(session_id, person, supervised=True) as (session, role):
        known = stored(session, person, message_id, Event.Kind.END)
        if known is None and session.ended_at is not None:
            # Ended before, or both pressed the button at once: that end is this one's too.
            known = Event.objects.get(session=session, kind=Event.Kind.END)
        if known is not None:
            return known
        event = append(session, person, role, message_id, Event.Kind.END)
        transaction.on_commit(partial(session_settled.send, sender=Session, session_id=session.pk))
    return event


def _text_fault(text: str) -> RefusedError | None:
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        return RefusedError(
            "not-text", _("The message holds a character that can't be stored. Remove it and send again.")
        )
    if all(unicodedata.category(character) in _INVISIBLE for character in text):
        return RefusedError("empty", _("The message is empty. Write something first."))
    if len(text) > LONGEST_TEXT:
        return RefusedError(
            "too-long",
            _("The message has %(length)d characters; %(most)d are possible. Send it in parts.")
            % {"length": len(text), "most": LONGEST_TEXT},
        )
    return None


def mark_seen(session_id: int, role: Role, number: int) -> None:
    """The screen of `role` has shown the talk up to `number`."""
    column = f"{role.value}_seen"
    changed = Session.objects.filter(pk=session_id, last_number__gte=number, **{f"{column}__lt": number}).update(
        **{column: number}
    )
    if changed:
        session_changed.send(sender=Session, session_id=session_id)
