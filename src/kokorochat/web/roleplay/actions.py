"""The one place where rows of a session change: in a transaction, under the session's lock.

`session_changed` is sent after the commit, so nobody is woken for something that is not stored.
"""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.feedback import CHECK_KEYS, ITEM_KEYS, TOTAL_RULE, feedback_faults, total_score
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Estimate, Event, Feedback, Session
from kokorochat.web.roleplay.signals import session_changed, session_settled

LONGEST_TEXT = 5000
"""Code points in one message; as LINE's limit. The longest released message has 686."""


_INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")


class RefusedError(Exception):
    """Something can't be done now. `code` is for programs, the message for the person who tried."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Conditions:
    """What was agreed before a session (paper §3.1); empty parts are left to the client."""

    topic: TopicClass | None = None
    topic_sub: str = ""
    client_state: str = ""


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
        )
        audit(by, "session.pair", f"session {session.pk}")
    return session


def say(session_id: int, person: Person, message_id: UUID, text: str) -> Event:
    """Store one message and give it the next number.

    A repeat of the same message gives the stored event again.

    Raises:
        RefusedError: a stranger, an unusable text, a used id with another text, or the session has ended.
    """
    fault = _text_fault(text)
    if fault:
        raise fault
    return _append(session_id, person, message_id, Event.Kind.UTTERANCE, text)


def end(session_id: int, person: Person, message_id: UUID) -> Event:
    """End the session; later messages are refused. Ending an ended session gives its end again."""
    try:
        return _append(session_id, person, message_id, Event.Kind.END, "")
    except RefusedError as refused:
        # Ended before, or both pressed the button at once: that end is this one's too.
        if refused.code != "ended":
            raise
        return Event.objects.get(session_id=session_id, kind=Event.Kind.END)


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


def _append(session_id: int, person: Person, message_id: UUID, kind: Event.Kind, text: str) -> Event:
    with transaction.atomic():
        session = Session.objects.select_for_update().filter(pk=session_id).first()
        role = session.role_of(person.pk) if session else None
        if session is None or role is None:
            raise RefusedError("not-found", _("This session does not exist, or it is not yours."))
        stored = Event.objects.filter(session=session, sender=person, message_id=message_id).first()
        if stored is not None:
            if stored.kind != kind or stored.text != text:
                raise RefusedError(
                    "id-in-use", _("This message id was used for another message. Send it as a new one.")
                )
            return stored
        if session.ended_at is not None:
            raise RefusedError(
                "ended", _("The session has ended. The message was not sent; copy it if you want to keep it.")
            )
        now = timezone.now()
        session.last_at = at = max(now, session.last_at or now)
        session.last_number += 1
        changed = ["last_at", "last_number"]
        if kind is Event.Kind.END:
            session.ended_at = at
            changed.append("ended_at")
            audit(person, "session.end", f"session {session.pk}")
        elif session.started_at is None:
            session.started_at = at
            changed.append("started_at")
        session.save(update_fields=changed)
        event = Event.objects.create(
            session=session,
            number=session.last_number,
            kind=kind,
            sender=person,
            role=role.value,
            message_id=message_id,
            text=text,
            at=at,
        )
        number = event.number
        transaction.on_commit(partial(session_changed.send, sender=Session, session_id=session.pk, number=number))
        if kind is Event.Kind.END:
            transaction.on_commit(partial(session_settled.send, sender=Session, session_id=session.pk))
    return event


def mark_seen(session_id: int, role: Role, number: int) -> None:
    """The screen of `role` has shown the talk up to `number`."""
    column = f"{role.value}_seen"
    changed = Session.objects.filter(pk=session_id, last_number__gte=number, **{f"{column}__lt": number}).update(
        **{column: number}
    )
    if changed:
        session_changed.send(sender=Session, session_id=session_id)


def give_feedback(
    session_id: int,
    person: Person,
    items: Mapping[str, int],
    checks: Collection[str],
    topic: tuple[TopicClass, str] | None = None,
) -> Feedback:
    """Store the client's feedback, once, with the total by the rule.

    Args:
        items: {key: 0..5} for all twenty.
        topic: what the talk was about, as the client says; used only if it was not agreed before.

    Raises:
        RefusedError: not the client of this session, not ended, already given, or values that can't be.
    """
    faults = feedback_faults(items, checks)
    if faults:
        key, what = next(iter(faults.items()))
        raise RefusedError("bad-feedback", f"{key} {what}")
    with transaction.atomic():
        session = Session.objects.select_for_update().filter(pk=session_id, client_id=person.pk).first()
        if session is None:
            raise RefusedError("not-found", _("This session does not exist, or it is not yours."))
        if session.ended_at is None:
            raise RefusedError("not-ended", _("The session has not ended yet. Feedback follows after its end."))
        if Feedback.objects.filter(session=session).exists():
            raise RefusedError("given", _("Feedback on this session was already sent. It is stored unchanged."))
        if topic is not None and not session.topic_main:
            session.topic_main, session.topic_sub = topic[0].value, topic[1]
            session.save(update_fields=["topic_main", "topic_sub"])
        feedback = Feedback.objects.create(
            session=session,
            items={key: items[key] for key in ITEM_KEYS},
            checks=[key for key in CHECK_KEYS if key in checks],
            total=total_score([items[key] for key in ITEM_KEYS], checks),
            rule=TOTAL_RULE,
            given_at=timezone.now(),
        )
        audit(person, "feedback.give", f"session {session.pk}")
        transaction.on_commit(partial(session_settled.send, sender=Session, session_id=session.pk))
        transaction.on_commit(partial(session_changed.send, sender=Session, session_id=session.pk))
    return feedback


def keep_estimate(session_id: int, items: Mapping[str, int], model: str) -> None:
    """Store a model's estimate beside a session; a newer one takes the place of an older."""
    Estimate.objects.update_or_create(session_id=session_id, defaults={"items": dict(items), "model": model})


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
        audit(None, "session.import", f"session {session.pk}")
        transaction.on_commit(partial(session_settled.send, sender=Session, session_id=session.pk))
    return session
