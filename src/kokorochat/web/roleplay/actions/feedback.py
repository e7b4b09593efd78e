"""The client's feedback and a model's estimate beside it."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kokorochat.domain.feedback import CHECK_KEYS, ITEM_KEYS, TOTAL_RULE, feedback_faults, total_score
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.actions.drafts import drop_draft, held_for_feedback
from kokorochat.web.roleplay.actions.notices import tell_counselor
from kokorochat.web.roleplay.actions.refused import RefusedError
from kokorochat.web.roleplay.actions.screening import screen
from kokorochat.web.roleplay.models import Estimate, Feedback, Session
from kokorochat.web.roleplay.signals import session_changed, session_settled


def give_feedback(
    session_id: int,
    person: Person,
    items: Mapping[str, int],
    checks: Collection[str],
    topic: tuple[TopicClass, str] | None = None,
) -> Feedback:
    """Store the client's feedback, once, with the total by the rule, and have the counselor told.

    A repeat of what is stored gives it again: a form that was sent twice is no second feedback.

    Args:
        items: {key: 0..5} for all twenty.
        topic: what the talk was about, as the client says; used only if it was not agreed before.

    Raises:
        RefusedError: not the client of this session, not ended, another one was given, or values that can't be.
    """
    faults = feedback_faults(items, checks)
    if faults:
        key, what = next(iter(faults.items()))
        raise RefusedError("bad-feedback", f"{key} {what}")
    with transaction.atomic():
        session = held_for_feedback(session_id, person)
        values = {key: items[key] for key in ITEM_KEYS}
        marks = [key for key in CHECK_KEYS if key in checks]
        given = Feedback.objects.filter(session=session).first()
        if given is not None and (given.items, given.checks) == (values, marks):
            return given
        if given is not None:
            raise RefusedError("given", _("Feedback on this session was already sent. It is stored unchanged."))
        if topic is not None and not session.topic_main:
            session.topic_main, session.topic_sub = topic[0].value, topic[1]
            session.save(update_fields=["topic_main", "topic_sub"])
        feedback = Feedback.objects.create(
            session=session,
            items=values,
            checks=marks,
            total=total_score([items[key] for key in ITEM_KEYS], checks),
            rule=TOTAL_RULE,
            given_at=timezone.now(),
        )
        drop_draft(session.pk)
        tell_counselor(session)
        screen(session)
        audit(person, "feedback.give", f"session {session.pk}")
        transaction.on_commit(partial(session_settled.send, sender=Session, session_id=session.pk))
        transaction.on_commit(partial(session_changed.send, sender=Session, session_id=session.pk))
    return feedback


def keep_estimate(
    session_id: int,
    items: Mapping[str, int],
    model: str,
    reasons: Mapping[str, Sequence[tuple[int, float]]] | None = None,
) -> None:
    """Store a model's estimate beside a session; a newer one takes the place of an older.

    Args:
        reasons: {key: (number of a message, effect in points) for those that moved the item, the strongest first}.
    """
    kept = {"items": dict(items), "model": model, "reasons": dict(reasons or {})}
    Estimate.objects.update_or_create(session_id=session_id, defaults=kept)
    transaction.on_commit(partial(session_changed.send, sender=Session, session_id=session_id))
