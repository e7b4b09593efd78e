"""Let the scripted client take its turn in a session.

Nothing is kept between turns: what to say follows from the stored talk, and the ids of its messages from their place.
So a restart, two open screens or a repeated call neither lose nor double an answer.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from itertools import groupby
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils import timezone

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.web.practice.script import client_answer
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Event, Feedback, Session

LISTENS = timedelta(seconds=4)
"""How long it waits after the counselor's last message: another may follow."""
SECONDS_PER_CHARACTER = 0.08
LONGEST_WRITING = timedelta(seconds=5)


@cache
def _scripts() -> tuple[Dialogue, ...]:
    return tuple(d for d in read_corpus(DEMO_CORPUS) if d.feedback is not None and not d.feedback.checks)


def script_of(session: Session) -> Dialogue:
    """The role-play that is followed: one on the session's topic if there is one, by turns."""
    fitting = [d for d in _scripts() if d.topic and d.topic.main is session.topic] or list(_scripts())
    return fitting[session.pk % len(fitting)]


def take_turn(session_id: int) -> bool:
    """Say what is due, give feedback after the end, and tell whether the partner is just writing."""
    session = Session.objects.select_related("client").get(pk=session_id)
    if not session.client.is_program:
        return False
    if session.ended_at is not None:
        _rate(session)
        return False
    played = Event.objects.filter(session=session, kind=Event.Kind.UTTERANCE, aside=False).exclude(text="")
    events = list(played.order_by("number"))
    if session.stopped_at is not None or not events:
        return False
    turns = [(role, list(group)) for role, group in groupby(events, key=lambda event: event.role)]
    said = ["".join(event.text for event in group) for role, group in turns if role == Role.COUNSELOR.value]
    if not said:
        return False
    actions.mark_seen(session.pk, Role.CLIENT, events[-1].number)
    answer = client_answer(script_of(session), said, len(said) - 1)
    role, newest = turns[-1]
    spoken = _spoken(session, len(said), answer)
    if role == Role.CLIENT.value and spoken == len(answer):
        return False
    waited = timezone.now() - newest[-1].at
    writing = min(LONGEST_WRITING, timedelta(seconds=SECONDS_PER_CHARACTER * len(answer[spoken])))
    pause = (LISTENS if spoken == 0 else timedelta()) + writing
    if waited < pause:
        return waited > pause - writing
    actions.say(session.pk, session.client, _message_id(session, len(said), spoken), answer[spoken])
    return spoken + 1 < len(answer)


def _message_id(session: Session, turn: int, part: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"practice:{session.code}:{turn}:{part}")


def _spoken(session: Session, turn: int, answer: Sequence[str]) -> int:
    """How many messages of its current answer are stored already."""
    ids = [_message_id(session, turn, part) for part in range(len(answer))]
    return Event.objects.filter(session=session, sender=session.client, message_id__in=ids).count()


def _rate(session: Session) -> None:
    """The script's own feedback, so that a visitor sees what a counselor sees; such sessions are never exported."""
    feedback = script_of(session).feedback
    if feedback is None or Feedback.objects.filter(session=session).exists():
        return
    topic = script_of(session).topic
    actions.give_feedback(
        session.pk,
        session.client,
        feedback.by_key(),
        feedback.checks,
        (topic.main, topic.sub) if topic else None,
    )
