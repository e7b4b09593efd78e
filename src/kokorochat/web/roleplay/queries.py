"""What a visitor may be shown: whoever reads a session for somebody gets it here, and is asked for whom."""

from collections.abc import Collection

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Event, Feedback, Session

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


def standings(session_ids: Collection[int]) -> dict[int, Session]:
    """{id: session} as they stand now, each with `has_feedback`; one query for each 500."""
    ids, found = sorted(session_ids), dict[int, Session]()
    given = Exists(Feedback.objects.filter(session=OuterRef("pk")))
    for first in range(0, len(ids), 500):
        some = Session.objects.filter(pk__in=ids[first : first + 500]).annotate(has_feedback=given)
        found.update({session.pk: session for session in some})
    return found
