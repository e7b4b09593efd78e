"""Who is to be told of a feedback, by which door, and what became of it.

Here stands only that somebody is told: the doors make the words and send them.
"""

from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kokorochat.web.accounts.actions import add_purpose_link, audit
from kokorochat.web.accounts.models import Person
from kokorochat.web.locks import hold
from kokorochat.web.roleplay import feedback_queries, reminding
from kokorochat.web.roleplay.models import Feedback, FeedbackNotice, Session

LINK_LIFETIME = timedelta(days=7)
"""Nearly all feedback comes within a week; each reminder brings a new link."""
Door, Kind, State = FeedbackNotice.Door, FeedbackNotice.Kind, FeedbackNotice.State


def tell_counselor(session: Session) -> None:
    """Feedback has come: the counselor is told by the doors that they have."""
    if not session.is_practice:
        _add(session, session.counselor, Kind.CAME, timezone.now())


def remind(now: datetime) -> bool:
    """Have everybody reminded who is due at that time, and the administrators told of what is late; whether any was.

    Two workers that look at once make one reminder: it is made under the session's lock.
    """
    reminded = [_remind(session_id, now) for session_id, _ in feedback_queries.reminders_due(now)]
    told = [_tell_administrators(session_id, now) for session_id in feedback_queries.not_told_of(now)]
    return any([*reminded, *told])


def _remind(session_id: int, now: datetime) -> bool:
    with transaction.atomic():
        session = _locked(session_id)
        due = feedback_queries.reminders_due(now, session_id)
        if session is None or not due:
            return False
        _add(session, session.client, Kind.REMINDER, now, step=due[0][1])
        audit(None, "feedback.remind", f"session {session_id}")
    return True


def _tell_administrators(session_id: int, now: datetime) -> bool:
    people = list(Person.objects.filter(is_staff=True, is_active=True, is_program=False).order_by("pk"))
    with transaction.atomic():
        session = _locked(session_id)
        if session is None or not people or session_id not in feedback_queries.not_told_of(now):
            return False
        for person in people:
            _add(session, person, Kind.LATE, now)
        audit(None, "feedback.late", f"session {session_id}")
    return True


def _locked(session_id: int) -> Session | None:
    """The session, locked until the transaction ends; None if somebody else is at it."""
    return hold(Session.objects.filter(pk=session_id), skip=True).select_related("client").first()


def _add(session: Session, person: Person, kind: FeedbackNotice.Kind, now: datetime, step: int = 0) -> None:
    FeedbackNotice.objects.create(session=session, person=person, kind=kind, step=step, made_at=now, due_at=now)


def make_feedback_link(session: Session, door: str) -> str:
    """The address, without the host, at which the client gives feedback on this session and can do nothing else."""
    purpose = f"{feedback_queries.LINK_PURPOSE}{session.pk}"
    token = add_purpose_link(session.client, purpose, LINK_LIFETIME, door)
    return reverse("feedback-by-link", args=[token])


def choose_doors(notice_id: int, doors: list[FeedbackNotice.Door]) -> list[FeedbackNotice]:
    """Give a notice without a door those by which it goes, one row for each; without any it is not sent.

    Returns:
        The rows, to be handed to their doors in the same transaction; empty if another worker has done it.
    """
    waiting = FeedbackNotice.objects.filter(state=State.WAITING, door=Door.NONE)
    notice = hold(waiting.filter(pk=notice_id), skip=True).first()
    if notice is None:
        return []
    if not doors:
        settle(notice.pk, State.DROPPED)
        return []
    notice.door = doors[0]
    notice.save(update_fields=["door"])
    return [notice, *(_by_another(notice, door) for door in doors[1:])]


def by_mail_instead(notice_id: int) -> None:
    """A door has surely not taken the notice, and the person has a mail address: it goes by mail, once."""
    notice = FeedbackNotice.objects.get(pk=notice_id)
    _by_another(notice, Door.MAIL)


def _by_another(notice: FeedbackNotice, door: FeedbackNotice.Door) -> FeedbackNotice:
    same = {"session_id": notice.session_id, "person_id": notice.person_id, "kind": notice.kind, "step": notice.step}
    times = {"made_at": notice.made_at, "due_at": timezone.now()}
    found, _ = FeedbackNotice.objects.get_or_create(**same, door=door, defaults=times)
    return found


def claim(door: FeedbackNotice.Door, now: datetime) -> FeedbackNotice | None:
    """The oldest notice that waits for a door, marked as tried: whoever dies now leaves it so, and none sends it again.

    Must be called outside a transaction: the mark is to stand before anything is sent.
    """
    due = FeedbackNotice.objects.filter(door=door, state=State.WAITING, due_at__lte=now)
    if not due.exists():
        return None  # looked up first, so that an idle worker takes no lock
    with transaction.atomic():
        notice = hold(due.order_by("due_at", "pk"), skip=True).first()
        if notice is not None:
            notice.state, notice.due_at, notice.tries = State.TRIED, now, notice.tries + 1
            notice.save(update_fields=["state", "due_at", "tries"])
    return notice


def settle(notice_id: int, state: FeedbackNotice.State) -> None:
    """What became of a notice, for good."""
    FeedbackNotice.objects.filter(pk=notice_id).update(state=state, settled_at=timezone.now())


def put_off(notice: FeedbackNotice, until: datetime, *, was_tried: bool) -> None:
    """It was surely not taken, or is not to be sent just now: it waits until then."""
    tries = notice.tries if was_tried else notice.tries - 1
    FeedbackNotice.objects.filter(pk=notice.pk).update(state=State.WAITING, due_at=until, tries=tries)


def settle_what_died(door: FeedbackNotice.Door, now: datetime, after: timedelta) -> None:
    """Notices whose sender has not come back for so long: it may have been sent, so it is not sent again."""
    lost = FeedbackNotice.objects.filter(door=door, state=State.TRIED, due_at__lt=now - after)
    if lost.exists():  # looked up first: on SQLite every change waits for everybody's
        lost.update(state=State.UNCERTAIN, settled_at=now)


class When(Enum):
    """Whether a notice is to be sent."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


def when(notice: FeedbackNotice, now: datetime) -> When:
    """Whether what a notice says holds, and may be said at this hour: much can have happened since it was made."""
    if notice.kind == Kind.CAME:
        return When.NOW
    if Feedback.objects.filter(session=notice.session_id).exists():
        return When.NEVER
    if notice.kind == Kind.LATE:
        return When.NOW
    mine = {"pk": notice.session_id}
    if not feedback_queries.owed(now).filter(**mine).exists():
        return When.NEVER
    may = reminding.is_day(now) and feedback_queries.may_be_reminded(now).filter(**mine).exists()
    return When.NOW if may else When.LATER
