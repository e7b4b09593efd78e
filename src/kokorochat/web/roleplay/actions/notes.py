"""The counselor's private notes."""

from django.db import transaction
from django.utils.translation import gettext as _

from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.locks import hold
from kokorochat.web.roleplay.actions.refused import RefusedError, not_found
from kokorochat.web.roleplay.models import Note, Session

LONGEST_NOTE = 20_000
"""Code points in the notes on one session."""


def keep_note(session_id: int, person: Person, text: str, version: int) -> Note:
    """Store the counselor's notes on a session in place of the version that they have read.

    A repeat of what is stored changes nothing, so it is safe after a lost answer.

    Raises:
        RefusedError: not the counselor, a text that is too long, or the notes were changed elsewhere since (`stale`).
    """
    if len(text) > LONGEST_NOTE or "\0" in text:
        raise RefusedError("bad-note", _("The notes can have 20,000 characters. Shorten them; nothing is lost yet."))
    with transaction.atomic():
        session = hold(Session.objects.filter(pk=session_id, counselor_id=person.pk)).first()
        if session is None:
            raise not_found()
        note = Note.objects.filter(session=session, author=person).first() or Note(session=session, author=person)
        if note.text == text:
            return note
        if note.version != version:
            raise RefusedError("stale", _("These notes were changed in another window."))
        if note.version == 0:
            audit(person, "note.begin", f"session {session.pk}")
        note.text = text
        note.version += 1
        note.save()
    return note
