"""What a visitor may be shown: whoever reads a session for somebody gets it here, and is asked for whom."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Alert, Event, Feedback, Session

_PARTS = ("counselor", "client", "feedback", "estimate")


def sessions_of(person: Person) -> QuerySet[Session]:
    """The sessions in which a person plays a role, newest first."""
    return (
        Session.objects.filter(Q(counselor=person) | Q(client=person))
        .select_related(*_PARTS)
        .order_by("-planned_start", "-pk")
    )


def session_of(person: Person, code: str) -> Session | None:
    """The session with that code if the person plays in it; None for a stranger, as for a code that is not."""
    return sessions_of(person).filter(code=code).first()


def all_sessions(administrator: Person) -> QuerySet[Session]:
    """Every session, newest first; for an administrator, and empty for anyone else."""
    utterances = Count("events", filter=Q(events__kind=Event.Kind.UTTERANCE))
    sessions = Session.objects.select_related(*_PARTS).annotate(utterances=utterances).order_by("-planned_start", "-pk")
    return sessions if administrator.is_staff else sessions.none()


def events_after(session_id: int, number: int) -> list[Event]:
    """The events of a session with a number greater than `number`, in order."""
    return list(Event.objects.filter(session_id=session_id, number__gt=number).order_by("number"))


@dataclass(frozen=True)
class Standing:
    """How a session stands now: what a screen is told besides the events."""

    session: Session
    has_feedback: bool
    stop: "Stop | None"


def standings(session_ids: Collection[int]) -> dict[int, Standing]:
    """{id: how it stands}; one query for each 500, and a few for each that is stopped."""
    ids, found = sorted(session_ids), dict[int, Standing]()
    given = Exists(Feedback.objects.filter(session=OuterRef("pk")))
    for first in range(0, len(ids), 500):
        for session in Session.objects.filter(pk__in=ids[first : first + 500]).annotate(has_feedback=given):
            found[session.pk] = Standing(session, session.has_feedback, stop_of(session))
    return found


def newest_event(session: Session, *kinds: Event.Kind) -> Event | None:
    """The newest event of these kinds."""
    return Event.objects.filter(session=session, kind__in=kinds).order_by("number").last()


@dataclass(frozen=True)
class Stop:
    """A stop that lasts.

    Attributes:
        by: the role that has stopped the session.
        ready: the roles that are ready to go on.
        helper: the name of the administrator who looks after it; None as long as nobody does.
    """

    at: datetime
    by: str
    ready: tuple[str, ...]
    helper: str | None


def stop_of(session: Session) -> Stop | None:
    """The stop in which a session is now, None if it goes on."""
    stopped = newest_event(session, Event.Kind.STOP) if session.stopped_at else None
    if stopped is None:
        return None
    calls = Alert.objects.filter(session=session, kind=Alert.Kind.STOP, raised_at__gte=stopped.at)
    call = calls.select_related("handled_by").order_by("pk").last()
    helper = call.handled_by.display_name if call and call.handled_by else None
    return Stop(stopped.at, stopped.role, tuple(event.role for event in ready_to_go_on(session)), helper)


def ready_to_go_on(session: Session) -> list[Event]:
    """Who has said since the last stop that they are ready to go on; empty if the session is not stopped."""
    stopped = newest_event(session, Event.Kind.STOP) if session.stopped_at else None
    ready = Event.objects.filter(session=session, kind=Event.Kind.READY)
    return list(ready.filter(number__gt=stopped.number).order_by("number")) if stopped else []


def alerts(administrator: Person) -> QuerySet[Alert]:
    """Every alert, newest first; for an administrator, and empty for anyone else."""
    found = Alert.objects.select_related("session__counselor", "session__client", "handled_by").order_by("-pk")
    return found if administrator.is_staff else found.none()
