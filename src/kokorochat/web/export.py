"""The one bridge from the platform's rows to dialogues."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count, groupby

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.feedback import CHECK_KEYS, ITEM_KEYS, Feedback
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.web.accounts.actions import audit
from kokorochat.web.accounts.models import AuditEntry, Person
from kokorochat.web.roleplay.models import Event, Session

_SESSIONS_IN_A_ROW = 10
"""Runs of session numbers in one audit row; each is at most 15 characters."""


def exportable(sessions: QuerySet[Session]) -> QuerySet[Session]:
    """Those that become dialogues: ended, with feedback, both roles played by people; in the order of feedback."""
    return (
        sessions.filter(ended_at__isnull=False, feedback__isnull=False, started_at__isnull=False)
        .exclude(counselor__is_program=True)
        .exclude(client__is_program=True)
        .select_related("feedback")
        .order_by("feedback__pk")
    )


def audit_reads(by: Person | None, action: str, sessions: QuerySet[Session]) -> None:
    """Record which talks an export reads, each by its number: as many rows as the numbers need."""
    runs = list(_runs(sorted(exportable(sessions).values_list("pk", flat=True)))) or ["none"]
    with transaction.atomic():
        for first in range(0, len(runs), _SESSIONS_IN_A_ROW):
            audit(by, action, "sessions " + " ".join(runs[first : first + _SESSIONS_IN_A_ROW]))


def _runs(numbers: Iterable[int]) -> Iterator[str]:
    """Rising numbers as runs: 1, 2, 3, 7 as `1-3` and `7`."""
    places = count()
    for _, group in groupby(numbers, key=lambda number: number - next(places)):
        run = list(group)
        yield f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}"


def exports_that_read(session: Session) -> list[int]:
    """The numbers of the audit rows of the exports that have read a session's talk."""
    rows = AuditEntry.objects.filter(action__startswith="corpus.export").values_list("number", "subject")
    return [number for number, subject in rows if _names(subject, session.pk)]


def _names(subject: str, number: int) -> bool:
    """Whether a row that `audit_reads` has written names a session."""
    runs = (run.split("-") for run in subject.split()[1:] if run != "none")
    return any(int(run[0]) <= number <= int(run[-1]) for run in runs)


def export_dialogues(sessions: QuerySet[Session]) -> Iterator[Dialogue]:
    """Each exportable session as a dialogue, texts unchanged, times in the platform's zone without its mark.

    The id of a dialogue is that of its feedback, as in the release.
    """
    for session in exportable(sessions).iterator(chunk_size=100):
        yield dialogue_of(session)


def played(session: Session) -> QuerySet[Event]:
    """The messages that become the utterances of the session's dialogue, in their order."""
    messages = Event.objects.filter(session=session, kind=Event.Kind.UTTERANCE, aside=False)
    return messages.exclude(text="").order_by("number")


def dialogue_of(session: Session) -> Dialogue:
    """One session's talk, without what was taken back or said in a stop, and, if it was given, its feedback."""
    feedback = getattr(session, "feedback", None)
    return Dialogue(
        id=str(feedback.pk if feedback else session.pk),
        utterances=tuple(Utterance(Role(event.role), _wall_time(event.at), event.text) for event in played(session)),
        counselor=str(session.counselor_id),
        client=str(session.client_id),
        topic=Topic(session.topic or TopicClass.OTHERS, session.topic_sub),
        feedback=Feedback(
            items=tuple(feedback.items[key] for key in ITEM_KEYS),
            checks=frozenset(key for key in CHECK_KEYS if key in feedback.checks),
            total=feedback.total,
            given_at=_wall_time(feedback.given_at).replace(second=0),
        )
        if feedback
        else None,
    )


def _wall_time(at: datetime) -> datetime:
    return timezone.localtime(at).replace(tzinfo=None, microsecond=0)
