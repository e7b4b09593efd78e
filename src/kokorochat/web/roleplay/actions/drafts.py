"""What the client has answered of the feedback form so far."""

import unicodedata
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kokorochat.domain.feedback import CHECK_KEYS, HIGHEST, ITEM_KEYS, LOWEST
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.locks import hold
from kokorochat.web.roleplay.actions.refused import RefusedError, not_found
from kokorochat.web.roleplay.models import Feedback, FeedbackDraft, Session

LONGEST_SUB_TOPIC = 100
KEPT_FOR = timedelta(days=90)
"""A draft that nobody has touched for so long goes; the latest feedback of KokoroChat came after 87 days."""

_POINTS = frozenset(str(point) for point in range(LOWEST, HIGHEST + 1))
_TOPICS = frozenset(topic.value for topic in TopicClass)


def is_answer(name: str, value: str) -> bool:
    """Whether the form has such a field, and it may have that value; an empty value takes the answer away."""
    if name in ITEM_KEYS:
        return not value or value in _POINTS
    if name in CHECK_KEYS:
        return value in ("", "on")
    if name == "topic_main":
        return not value or value in _TOPICS
    controls = any(unicodedata.category(character) in ("Cc", "Cs") for character in value)
    return name == "topic_sub" and len(value) <= LONGEST_SUB_TOPIC and not controls


def keep_draft(session_id: int, person: Person, changes: Mapping[str, str]) -> FeedbackDraft:
    """Store what has changed in the client's answers; what is not named stays, so two devices add to one draft.

    Args:
        changes: {name of a field: its new value}; an empty one takes the answer away.

    Raises:
        RefusedError: not the client of this session, not ended, feedback already given (`given`), or values that
            can't be (`bad-draft`); nothing is stored then.
    """
    if not all(is_answer(name, value) for name, value in changes.items()):
        raise RefusedError("bad-draft", "a field that the form does not have, or a value that it can't have")
    with transaction.atomic():
        session = held_for_feedback(session_id, person)
        if Feedback.objects.filter(session=session).exists():
            raise RefusedError("given", _("Feedback on this session was already sent. It is stored unchanged."))
        draft = FeedbackDraft.objects.filter(session=session).first() or FeedbackDraft(session=session)
        answers = {name: value for name, value in {**draft.answers, **changes}.items() if value}
        if answers == draft.answers:
            return draft
        if draft.version == 0:
            audit(person, "feedback.begin", f"session {session.pk}")
        draft.answers = answers
        draft.version += 1
        draft.save()
    return draft


def held_for_feedback(session_id: int, person: Person) -> Session:
    """The ended session of a client, locked until the transaction ends.

    Raises:
        RefusedError: not the client of this session, or not ended.
    """
    session = hold(Session.objects.filter(pk=session_id, client_id=person.pk)).first()
    if session is None:
        raise not_found()
    if session.ended_at is None:
        raise RefusedError("not-ended", _("The session has not ended yet. Feedback follows after its end."))
    return session


def drop_draft(session_id: int) -> None:
    """Nothing more is to come of this draft: the feedback is sent, or the session is withdrawn."""
    FeedbackDraft.objects.filter(session_id=session_id).delete()


def drop_forgotten_drafts() -> bool:
    """Drop the drafts that nobody has come back to; a duty of the worker."""
    FeedbackDraft.objects.filter(changed_at__lt=timezone.now() - KEPT_FOR).delete()
    return False
