"""Sessions are arranged here, and past ones are kept."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.feedback import CHECK_KEYS, TOTAL_RULE
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.actions.events import locked
from kokorochat.web.roleplay.actions.refused import RefusedError
from kokorochat.web.roleplay.actions.screening import screen
from kokorochat.web.roleplay.models import Event, Feedback, Session
from kokorochat.web.roleplay.signals import session_changed, session_settled


@dataclass(frozen=True)
class Conditions:
    """What was agreed before a session (paper §3.1); empty parts are left to the client."""

    topic: TopicClass | None = None
    topic_sub: str = ""
    client_state: str = ""
    suicidal_thoughts: str = ""

    @property
    def topic_is_given(self) -> bool:
        """Whether the topic is not left to the client."""
        return self.topic is not None

    @property
    def state_is_given(self) -> bool:
        """Whether the client's state is not left to the client."""
        return bool(self.client_state or self.suicidal_thoughts)


def pair(
    by: Person | None,
    counselor: Person,
    client: Person,
    *,
    start: datetime,
    minutes: int = 60,
    conditions: Conditions | None = None,
) -> Session:
    """A new session of two people."""
    conditions = conditions or Conditions()
    if counselor.pk == client.pk:
        raise RefusedError("same-person", _("One person can't play both roles. Choose two people."))
    with transaction.atomic():
        session = Session.objects.create(
            counselor=counselor,
            client=client,
            planned_start=start,
            planned_minutes=minutes,
            topic_main=conditions.topic.value if conditions.topic else "",
            topic_sub=conditions.topic_sub,
            client_state=conditions.client_state,
            suicidal_thoughts=conditions.suicidal_thoughts,
        )
        audit(by, "session.pair", f"session {session.pk}")
    return session


def set_conditions(session_id: int, person: Person, conditions: Conditions) -> Session:
    """Agree on the conditions before the first message (paper §3.1).

    The counselor sets both parts, or leaves them to the client; the client decides what is left. What a client has
    decided stays until the counselor sets that part.

    Raises:
        RefusedError: a stranger, or the talk has begun.
    """
    with locked(session_id, person) as (session, role):
        if session.started_at is not None or session.ended_at is not None:
            raise RefusedError("started", _("The talk has begun; what was agreed before it stays."))
        if _decides(role, session.topic_main, session.topic_by, conditions.topic_is_given):
            session.topic_main = conditions.topic.value if conditions.topic else ""
            session.topic_sub = conditions.topic_sub
            session.topic_by = role if conditions.topic_is_given else ""
        held = session.client_state or session.suicidal_thoughts
        if _decides(role, held, session.state_by, conditions.state_is_given):
            session.client_state = conditions.client_state
            session.suicidal_thoughts = conditions.suicidal_thoughts
            session.state_by = role if conditions.state_is_given else ""
        session.conditions_version += 1
        session.save(update_fields=_CONDITIONS)
        audit(person, "session.conditions", f"session {session.pk}")
        transaction.on_commit(partial(session_changed.send, sender=Session, session_id=session.pk))
    return session


_CONDITIONS = (
    *("topic_main", "topic_sub", "topic_by"),
    *("client_state", "suicidal_thoughts", "state_by", "conditions_version"),
)


def _decides(role: str, held: str, by: str, given: bool) -> bool:
    """Whether what a role sends is taken for a part of the conditions that `by` has set to `held` before."""
    if role == Role.CLIENT.value:
        return not held or by == Role.CLIENT.value
    return given or by != Role.CLIENT.value


def keep_past_session(dialogue: Dialogue, counselor: Person, client: Person) -> Session:
    """Store a finished dialogue, with its times and feedback, as a session that has taken place.

    Raises:
        RefusedError: the dialogue has no times or no feedback.
    """
    feedback, topic = dialogue.feedback, dialogue.topic
    times = [timezone.make_aware(u.time) for u in dialogue.utterances if u.time is not None]
    if feedback is None or feedback.given_at is None or len(times) != len(dialogue.utterances):
        raise RefusedError("incomplete", f"dialogue {dialogue.id} lacks times or feedback")
    with transaction.atomic():
        session = Session.objects.create(
            counselor=counselor,
            client=client,
            planned_start=times[0],
            topic_main=topic.main.value if topic else "",
            topic_sub=topic.sub if topic else "",
            started_at=times[0],
            counselor_came_at=times[0],
            client_came_at=times[0],
            ended_at=times[-1],
            last_at=times[-1],
            last_number=len(times) + 1,
        )
        said = [
            Event(
                session=session,
                number=number,
                kind=Event.Kind.UTTERANCE,
                sender=counselor if utterance.role is Role.COUNSELOR else client,
                role=utterance.role.value,
                message_id=uuid4(),
                text=utterance.text,
                at=at,
            )
            for number, (utterance, at) in enumerate(zip(dialogue.utterances, times, strict=True), start=1)
        ]
        ending = Event(
            session=session,
            number=len(times) + 1,
            kind=Event.Kind.END,
            sender=counselor,
            role=Role.COUNSELOR.value,
            message_id=uuid4(),
            at=times[-1],
        )
        Event.objects.bulk_create([*said, ending])
        Feedback.objects.create(
            session=session,
            items=feedback.by_key(),
            checks=[key for key in CHECK_KEYS if key in feedback.checks],
            total=feedback.total,
            rule=TOTAL_RULE,
            given_at=timezone.make_aware(feedback.given_at),
        )
        screen(session)
        audit(None, "session.import", f"session {session.pk}")
        transaction.on_commit(partial(session_settled.send, sender=Session, session_id=session.pk))
    return session
