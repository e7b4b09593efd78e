"""Let a program take its turn in a session, in the role that it plays there.

Nothing is kept between turns: what to say follows from the stored talk, and the ids of its messages from their place.
So a restart, two open screens or a repeated call neither lose nor double an answer. That a model has failed is in the
talk too, as a message outside the role; from then on the program goes by what is written.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import groupby
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils import timezone

from kokorochat.domain.dialogue import Role
from kokorochat.llm.chat import ChatFault
from kokorochat.web.accounts.models import Person
from kokorochat.web.practice import replies
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Event, Feedback, Session

logger = logging.getLogger(__name__)

THREAD = ThreadPoolExecutor(1, thread_name_prefix="practice")
"""Where turns are taken. A model that searches thinks for up to a tenth of a second: the one thread in which messages
are stored must not wait for it, nor may many partners together take more than one core's time. What takes seconds has
threads of its own (`replies`)."""

LISTENS = timedelta(seconds=4)
"""How long it waits after the person's last message: another may follow."""
SECONDS_PER_CHARACTER = 0.08
LONGEST_WRITING = timedelta(seconds=5)
_UNUSABLE = ("empty", "not-text", "too-long")
"""Refusals for which a text is to blame; for any other the moment is."""


def take_turn(session_id: int) -> bool:
    """Say what is due, give feedback after the end, and tell whether the partner is just writing."""
    session = Session.objects.select_related("counselor", "client").get(pk=session_id)
    role = session.program_role
    if role is None:
        return False
    if session.ended_at is not None:
        _rate(session, role)
    if session.ended_at is not None or session.stopped_at is not None:
        return False
    messages = list(Event.objects.filter(session=session, kind=Event.Kind.UTTERANCE).order_by("number"))
    played = [event for event in messages if not event.aside]
    # A message that was taken back has no text any more.
    events = [event for event in played if event.text]
    if events:
        actions.mark_seen(session.pk, role, events[-1].number)
    waited = timezone.now() - (events[-1].at if events else session.created_at)
    if waited < LISTENS and events and events[-1].role != role.value:
        return False
    turn, answer = _due(session, role, played)
    if answer is None:
        return True
    stored = {event.message_id for event in messages}
    # Its first part that is not stored yet; after the last one it is the person's turn.
    part = next((part for part in range(len(answer)) if _message_id(session, turn, part) not in stored), None)
    if part is None:
        return False
    writing = min(LONGEST_WRITING, timedelta(seconds=SECONDS_PER_CHARACTER * len(answer[part])))
    pause = (LISTENS if part == 0 else timedelta()) + writing
    if waited < pause:
        return waited > pause - writing
    return _say(session, role, _message_id(session, turn, part), answer[part]) and part + 1 < len(answer)


def _due(session: Session, role: Role, played: Sequence[Event]) -> tuple[int, tuple[str, ...] | None]:
    """The number of the person's newest turn, and the whole answer to it, of which a part may be said already.

    None while an endpoint or a language model still thinks of the answer.

    Args:
        played: the messages of the play, those that were taken back too.
    """
    turns = [list(group) for _, group in groupby(played, key=lambda event: event.role)]
    # A turn that was taken back may have had its answer: its number stays its own, or the next turn would have none.
    heard = ["".join(event.text for event in turn) for turn in turns if turn[0].role != role.value]
    while heard and not heard[-1]:
        heard.pop()
    events = [event for event in played if event.text]
    if not heard:
        return 0, (replies.GREETING,) if role is Role.COUNSELOR else ()
    failed = any(event.message_id == _notice_id(session) for event in events)
    if failed or not replies.has_model(role):
        return len(heard), replies.written(session, role, heard)
    last = max(place for place, event in enumerate(events) if event.role != role.value)
    try:
        return len(heard), replies.modelled(session, role, events[: last + 1])
    except Exception as fault:
        # Only the kind is logged: the message may hold words of the talk.
        kind = fault.kind if isinstance(fault, ChatFault) else type(fault).__name__
        logger.error("session %d: the practice model failed: %s", session.pk, kind)
        _say(session, role, _notice_id(session), replies.NOTICE[role])
        return len(heard), ()


def _say(session: Session, role: Role, message_id: UUID, text: str) -> bool:
    """Say it, if the moment is still right, and tell whether it was."""
    try:
        actions.say(session.pk, _program(session, role), message_id, text)
    except actions.RefusedError as refused:
        # Another screen was faster, or the session has ended meanwhile.
        if refused.code not in _UNUSABLE:
            return False
        logger.error("session %d: the practice model said what can't be stored: %s", session.pk, refused.code)
        return _say(session, role, _notice_id(session), replies.NOTICE[role])
    return True


def _program(session: Session, role: Role) -> Person:
    return session.client if role is Role.CLIENT else session.counselor


def _message_id(session: Session, turn: int, part: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"practice:{session.code}:{turn}:{part}")


def _notice_id(session: Session) -> UUID:
    return uuid5(NAMESPACE_URL, f"practice:{session.code}:failed")


def _rate(session: Session, role: Role) -> None:
    """The script's own feedback, so that a visitor sees what a counselor sees; such sessions are never exported.

    A client that a model plays has no opinion of the counselor, so it gives none.
    """
    if role is not Role.CLIENT or replies.has_model(role) or Feedback.objects.filter(session=session).exists():
        return
    script = replies.script_of(session)
    if script.feedback is not None:
        actions.give_feedback(
            session.pk,
            session.client,
            script.feedback.by_key(),
            script.feedback.checks,
            (script.topic.main, script.topic.sub) if script.topic else None,
        )
