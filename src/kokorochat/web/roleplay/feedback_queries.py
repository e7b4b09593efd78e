"""Feedback that is awaited: the client's draft, who may be reminded, and what administrators see of it."""

from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.actions import purpose_of_link
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import queries, reminding
from kokorochat.web.roleplay.models import Alert, Event, FeedbackDraft, FeedbackNotice, Session

Kind, State = FeedbackNotice.Kind, FeedbackNotice.State

LINK_PURPOSE = "feedback "
"""What a link opens by which a client gives feedback without a sign-in; the session's number follows."""
_TALKING = timedelta(hours=1)
"""A session in which nobody has said anything for so long keeps nobody from being reminded of another."""


def draft_of(person: Person, session: Session) -> FeedbackDraft:
    """The client's own draft, an empty one if there is none; nobody else is ever given one."""
    mine = session.role_of(person.pk) is Role.CLIENT
    found = FeedbackDraft.objects.filter(session=session).first() if mine else None
    return found or FeedbackDraft(session=session)


def session_of_link(token: str) -> Session | None:
    """The session on which a link lets its client give feedback; None if it lets nobody do that."""
    person, purpose = purpose_of_link(token) or (None, "")
    key = purpose.removeprefix(LINK_PURPOSE)
    if person is None or not purpose.startswith(LINK_PURPOSE):
        return None
    return queries.sessions_of(person).filter(pk=int(key), client=person).first()


def _awaited() -> QuerySet[Session]:
    """Sessions of two people that have ended without feedback. One in which nobody spoke awaits none."""
    return Session.objects.filter(
        ended_at__isnull=False,
        started_at__isnull=False,
        feedback__isnull=True,
        client__is_program=False,
        counselor__is_program=False,
    )


def feedback_awaited(administrator: Person) -> QuerySet[Session]:
    """What no feedback has come for, the longest awaited first; for an administrator, and empty for anyone else.

    Each session has what `with_reminders` adds.
    """
    found = with_reminders(_awaited()).select_related("counselor", "client").order_by("ended_at", "pk")
    return found if administrator.is_staff else found.none()


def with_reminders(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """The sessions, each with what is known of its reminders.

    `reminders`: how many the client was sent; None for none. `reminded_at`: when the newest was. `reminded_by`: its
    door; empty if none reaches the client. `was_stopped`: then the platform reminds nobody.
    `administrators_told_at`: when it was given over to them.
    """
    made = FeedbackNotice.objects.filter(session=OuterRef("pk"), kind=Kind.REMINDER).order_by()
    sent = made.filter(state__in=(State.SENT, State.UNCERTAIN)).values("session")
    told = FeedbackNotice.objects.filter(session=OuterRef("pk"), kind=Kind.LATE).order_by().values("session")
    return sessions.annotate(
        reminders=Subquery(sent.annotate(n=Count("step", distinct=True)).values("n")),
        reminded_at=Subquery(sent.annotate(at=Max("settled_at")).values("at")),
        reminded_by=Subquery(made.order_by("-step", "-pk").values("door")[:1]),
        was_stopped=_was_stopped(),
        administrators_told_at=Subquery(told.annotate(at=Max("made_at")).values("at")),
    )


def _was_stopped() -> Exists:
    return Exists(Event.objects.filter(session=OuterRef("pk"), kind=Event.Kind.STOP))


def owed(now: datetime) -> QuerySet[Session]:
    """Sessions whose client the platform asks for feedback, at some hour.

    Not after a stop: whoever had to leave a talk is not asked to rate it.
    """
    asked = _awaited().filter(ended_at__gt=now - reminding.OVER_AFTER, client__is_active=True)
    return asked.filter(~_was_stopped())


def may_be_reminded(now: datetime) -> QuerySet[Session]:
    """Those whose client may be asked now: not while an alert on it waits, nor in the middle of another talk."""
    waiting = Alert.objects.filter(session=OuterRef("pk"), handled_at__isnull=True)
    running = Session.objects.filter(started_at__isnull=False, ended_at__isnull=True, last_at__gt=now - _TALKING)
    here = running.filter(Q(client=OuterRef("client")) | Q(counselor=OuterRef("client")))
    return owed(now).filter(~Exists(waiting), ~Exists(here))


def reminders_due(now: datetime, session_id: int | None = None) -> list[tuple[int, int]]:
    """(session, step) of each reminder that is due, or of one session's alone."""
    mine = Q(feedback_notices__kind=Kind.REMINDER)
    ended = may_be_reminded(now).filter(ended_at__lte=now - reminding.AFTER[0])
    if session_id is not None:
        ended = ended.filter(pk=session_id)
    rows = ended.annotate(
        done=Max("feedback_notices__step", filter=mine), newest=Max("feedback_notices__made_at", filter=mine)
    )
    found = []
    for pk, at, done, newest in rows.order_by("ended_at", "pk").values_list("pk", "ended_at", "done", "newest"):
        assert at is not None
        step = reminding.step_due(at, now, done=done or 0, last_at=newest)
        if step == 1 and queries.is_heavy(Session.objects.get(pk=pk)):
            continue  # that day belongs to stepping out of the role
        if step is not None:
            found.append((pk, step))
    return found


def not_told_of(now: datetime) -> list[int]:
    """The sessions of whose missing feedback the administrators are to be told, and were not yet."""
    told = FeedbackNotice.objects.filter(session=OuterRef("pk"), kind=Kind.LATE)
    since = _awaited().filter(
        ended_at__lte=now - reminding.TELL_ADMINISTRATORS_AFTER, ended_at__gt=now - reminding.OVER_AFTER
    )
    return list(since.filter(~Exists(told)).order_by("ended_at", "pk").values_list("pk", flat=True))
