"""What an administrator supervises: the sessions that run, and those that somebody should look at.

The second layer of questions beside queries.py: each asks who reads, and gives nothing to anyone but an administrator.
docs/supervision.md says what each kind means.
"""

from datetime import UTC, datetime, timedelta

from django.db import models
from django.db.models import Case, F, Max, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kokorochat.domain.feedback import STRAIGHT_LINED
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.feedback_queries import with_reminders
from kokorochat.web.roleplay.models import Alert, Event, Review, Session
from kokorochat.web.roleplay.queries import every_session

LATE = timedelta(hours=48)
"""Feedback that comes later is late: of the released ratings 95 % had come 47 hours after the last message."""
ABSENT = timedelta(minutes=30)
"""So long after its start a session to which one of the two has not come is a no-show."""
QUIET = timedelta(minutes=10)
"""Nothing has happened for so long: 135 of some 590,000 released gaps are longer."""

FORGOTTEN = timedelta(hours=2)
"""So long after its due end, and after the last sign of life, a session that nobody has ended is forgotten: of the
released ones the longest took 135 minutes."""

_NEVER = Value(datetime(1970, 1, 1, tzinfo=UTC), output_field=models.DateTimeField())


class Kind(models.TextChoices):
    """Why somebody should look at a session."""

    ALERT = "alert", _("alert open")
    LATE = "late", _("feedback late")
    ABSENT = "absent", _("no-show")
    SCREENED = "screened", _("screened out")
    STRAIGHT = "straight", _("straight-lined rating")


def running(administrator: Person) -> QuerySet[Session]:
    """The sessions that run: those that are stopped first, then by who has spoken last.

    Each with `stopped_by`, the role that has stopped it, and `helper`, the name of who looks after it.
    """
    stop = Event.objects.filter(session=OuterRef("pk"), kind=Event.Kind.STOP).order_by("-number")
    call = Alert.objects.filter(session=OuterRef("pk"), kind=Alert.Kind.STOP).order_by("-pk")
    begun = Q(started_at__isnull=False) | Q(stopped_at__isnull=False)
    return (
        every_session(administrator)
        .filter(begun, ended_at__isnull=True)
        .annotate(
            stopped_by=Subquery(stop.values("role")[:1]), helper=Subquery(call.values("handled_by__display_name")[:1])
        )
        .order_by(F("stopped_at").desc(nulls_last=True), "-last_at", "-pk")
    )


def is_forgotten(session: Session, now: datetime) -> bool:
    """Whether a session was left open: an administrator may end it then."""
    due = (session.started_at or session.planned_start) + timedelta(minutes=session.due_minutes)
    return session.ended_at is None and max(due, session.last_at or due) + FORGOTTEN <= now


def supervised(administrator: Person) -> QuerySet[Session]:
    """Every session with `alert_at`, `late_at` … for each Kind: since when it is so, None if not or if it was reviewed.

    `to_review_since` is the newest of them, or long ago; `waiting` are its open alerts; and what is known of reminders.
    """
    now = timezone.now()
    two_people = Q(counselor__is_program=False, client__is_program=False)
    came = Q(started_at__isnull=False, counselor_came_at__isnull=False, client_came_at__isnull=False)
    alarmed = Alert.objects.filter(session=OuterRef("pk"), handled_at__isnull=True).order_by().values("session")
    reviewed = Review.objects.filter(session=OuterRef("pk")).order_by().values("session")
    since = {
        # A call waits until it is handled, whatever was reviewed.
        Kind.ALERT: (Q(), F("alarmed_at")),
        Kind.LATE: (two_people & came & Q(ended_at__lte=now - LATE, feedback__isnull=True), F("ended_at") + LATE),
        Kind.ABSENT: (two_people & ~came & Q(planned_start__lte=now - ABSENT), F("planned_start") + ABSENT),
        Kind.SCREENED: (two_people & ~Q(screening__reasons=[]), F("screening__changed_at")),
        Kind.STRAIGHT: (two_people & Q(screening__alike__gte=STRAIGHT_LINED), F("screening__changed_at")),
    }
    columns = {}
    for kind, (holds, at) in since.items():
        unseen = Q() if kind is Kind.ALERT else Q(reviewed_until__isnull=True) | Q(reviewed_until__lt=at)
        column = at if kind is Kind.ALERT else Case(When(holds & unseen, then=at), output_field=models.DateTimeField())
        columns[f"{kind.value}_at"] = column
    return (
        with_reminders(every_session(administrator))
        .select_related("screening")
        .annotate(
            alarmed_at=Subquery(alarmed.annotate(at=Max("last_at")).values("at")),
            reviewed_until=Subquery(reviewed.annotate(at=Max("until")).values("at")),
        )
        .annotate(**columns)
        .annotate(to_review_since=Greatest(*(Coalesce(F(name), _NEVER) for name in columns)))
        .prefetch_related(
            Prefetch("alerts", Alert.objects.filter(handled_at__isnull=True).order_by("pk"), to_attr="waiting")
        )
    )


def to_review(administrator: Person, kind: Kind | None = None) -> QuerySet[Session]:
    """The sessions that somebody should look at, of one kind or of any; the newest cause first. As `supervised`."""
    found = supervised(administrator).filter(Q(to_review_since__gt=_NEVER))
    if kind is not None:
        found = found.filter(**{f"{kind.value}_at__isnull": False})
    return found.order_by(F("to_review_since").desc(), "-pk")


def kinds_of(session: Session) -> dict[Kind, datetime]:
    """{kind: since when} of what somebody should look at in a session that `supervised` has given."""
    found = {kind: getattr(session, f"{kind.value}_at") for kind in Kind}
    return {kind: at for kind, at in found.items() if at is not None}


def reviews(administrator: Person) -> QuerySet[Review]:
    """What was reviewed, by whom and with which note, the newest first; empty for anyone but an administrator."""
    found = Review.objects.select_related("session__counselor", "session__client", "by").order_by("-pk")
    return found if administrator.is_staff else found.none()
