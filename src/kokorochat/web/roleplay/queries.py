"""What a visitor may be shown: whoever reads a session for somebody gets it here, and is asked for whom."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Count, F, Model, Q, QuerySet

from kokorochat.domain.crisis import names_crisis
from kokorochat.domain.dialogue import Role
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.models import Person
from kokorochat.web.accounts.queries import in_questions
from kokorochat.web.roleplay.models import Alert, Estimate, Event, Feedback, HelpLine, Note, Session

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


def every_session(administrator: Person) -> QuerySet[Session]:
    """Every session; for an administrator, and empty for anyone else."""
    sessions = Session.objects.select_related(*_PARTS)
    return sessions if administrator.is_staff else sessions.none()


def all_sessions(administrator: Person) -> QuerySet[Session]:
    """Every session with the number of its `utterances`, newest first; as `every_session`."""
    utterances = Count("events", filter=Q(events__kind=Event.Kind.UTTERANCE) & ~Q(events__text=""))
    return every_session(administrator).annotate(utterances=utterances).order_by("-planned_start", "-pk")


def events_after(session_id: int, number: int) -> list[Event]:
    """The events of a session with a number greater than `number`, in order."""
    return list(Event.objects.filter(session_id=session_id, number__gt=number).order_by("number"))


def messages_said(session: Session) -> int:
    """How many messages stand in a talk; what was taken back is none."""
    return Event.objects.filter(session=session, kind=Event.Kind.UTTERANCE).exclude(text="").count()


def messages_by_number(session: Session, numbers: Collection[int]) -> dict[int, Event]:
    """{number: message} of those that are still to be read."""
    found = Event.objects.filter(session=session, kind=Event.Kind.UTTERANCE, number__in=numbers)
    return {event.number: event for event in found}


@dataclass(frozen=True)
class Standing:
    """How a session stands now: what a screen is told besides the events.

    Attributes:
        has_result: whether the counselor has something to look at: the feedback, or the estimate where none will come.
    """

    session: Session
    has_feedback: bool
    has_result: bool
    stop: "Stop | None"


def standings(session_ids: Collection[int]) -> dict[int, Standing]:
    """{id: how it stands}; one query for each 500, two more where some have ended, a few for each that is stopped."""
    found: dict[int, Standing] = {}
    for ids in in_questions(session_ids):
        sessions = Session.objects.in_bulk(ids)
        ended = [pk for pk, session in sessions.items() if session.ended_at]
        given = _sessions_of(Feedback.objects.all(), ended)
        # A client that a model plays gives no feedback: then the estimate stands alone (`Session.client_rates`).
        alone = Estimate.objects.filter(session__client__is_program=True)
        result = given | (_sessions_of(alone, ended) if settings.PRACTICE_CLIENT else set())
        for pk, session in sessions.items():
            found[pk] = Standing(session, pk in given, pk in result, stop_of(session))
    return found


def _sessions_of(rows: QuerySet[Model], session_ids: Collection[int]) -> set[int]:
    """Those of the sessions that have such a row."""
    return set(rows.filter(session__in=session_ids).values_list("session", flat=True)) if session_ids else set()


def search_talks(person: Person, words: str) -> QuerySet[Event]:
    """Messages of a person's own sessions that hold the words, the newest session first, each talk in its order."""
    return (
        Event.objects.filter(Q(session__counselor=person) | Q(session__client=person), kind=Event.Kind.UTTERANCE)
        .filter(text__icontains=words)
        .select_related(*(f"session__{part}" for part in _PARTS))
        .order_by("-session__planned_start", "-session_id", "number")
    )


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
    call = call_of_stop(session)
    helper = call.handled_by.display_name if call and call.handled_by else None
    return Stop(stopped.at, stopped.role, tuple(event.role for event in _ready_since(stopped)), helper)


def call_of_stop(session: Session) -> Alert | None:
    """The call for an administrator by the stop in which a session is now; None if it goes on."""
    if session.stopped_at is None:
        return None
    # A call that still waited when it was stopped again is called for once more: it is about this stop, too.
    calls = Alert.objects.filter(session=session, kind=Alert.Kind.STOP, last_at__gte=session.stopped_at)
    return calls.select_related("handled_by").order_by("pk").last()


def ready_to_go_on(session: Session) -> list[Event]:
    """Who has said since the last stop that they are ready to go on; empty if the session is not stopped."""
    stopped = newest_event(session, Event.Kind.STOP) if session.stopped_at else None
    return _ready_since(stopped) if stopped else []


def _ready_since(stopped: Event) -> list[Event]:
    ready = Event.objects.filter(session=stopped.session_id, kind=Event.Kind.READY, number__gt=stopped.number)
    return list(ready.order_by("number"))


def alerts(administrator: Person) -> QuerySet[Alert]:
    """Every alert, newest first; for an administrator, and empty for anyone else."""
    found = Alert.objects.select_related("session__counselor", "session__client", "handled_by").order_by("-pk")
    return found if administrator.is_staff else found.none()


def waiting_alerts(administrator: Person) -> QuerySet[Alert]:
    """Those that nobody has taken up, the oldest first; as `alerts`."""
    return alerts(administrator).filter(handled_at__isnull=True).order_by("raised_at", "pk")


def alerts_looked_after(administrator: Person) -> QuerySet[Alert]:
    """The stops that somebody has taken up and that still hold, the oldest first; as `alerts`."""
    held = alerts(administrator).filter(kind=Alert.Kind.STOP, last_at__gte=F("session__stopped_at"))
    return held.filter(handled_at__isnull=False).order_by("raised_at", "pk")


def alerts_done(administrator: Person) -> QuerySet[Alert]:
    """Those that were taken up and ask for nothing any more; as `alerts`."""
    held = alerts_looked_after(administrator).order_by().values("pk")
    return alerts(administrator).filter(handled_at__isnull=False).exclude(pk__in=held)


@dataclass(frozen=True)
class Shown:
    """The conditions as one role is shown them; empty parts are left to the client.

    Attributes:
        topic_open, state_open: whether this role may still set that part.
        topic_of_client, state_of_client: whether the client has decided it.
    """

    topic: TopicClass | None
    topic_sub: str
    client_state: str
    suicidal_thoughts: str
    topic_open: bool
    state_open: bool
    topic_of_client: bool
    state_of_client: bool


def conditions_of(session: Session, role: Role) -> Shown:
    """What was agreed.

    What the client has decided the counselor learns in the talk, as with any client; after the end it is shown.
    """
    client = Role.CLIENT.value
    before = session.started_at is None and session.ended_at is None
    told = role is Role.CLIENT or session.ended_at is not None
    topic = told or session.topic_by != client
    state = told or session.state_by != client
    held = session.client_state or session.suicidal_thoughts
    mine = role is Role.COUNSELOR
    return Shown(
        topic=session.topic if topic else None,
        topic_sub=session.topic_sub if topic else "",
        client_state=session.client_state if state else "",
        suicidal_thoughts=session.suicidal_thoughts if state else "",
        topic_open=before and (mine or not session.topic_main or session.topic_by == client),
        state_open=before and (mine or not held or session.state_by == client),
        topic_of_client=topic and session.topic_by == client,
        state_of_client=state and session.state_by == client,
    )


def is_heavy(session: Session) -> bool:
    """Whether a session may weigh on whoever plays its client; it is for that person alone to be told.

    By what was agreed or they have chosen, in a field, in words of their own or in the play; because it was stopped;
    or because somebody spoke of a crisis outside the role.
    """
    chosen = f"{session.topic_sub}\n{session.client_state}"
    if session.suicidal_thoughts == Session.SuicidalThoughts.PLAYED or names_crisis(chosen):
        return True
    events = Event.objects.filter(session=session)
    if events.filter(kind=Event.Kind.STOP).exists():
        return True
    if Alert.objects.filter(session=session, kind=Alert.Kind.HINT).exists():
        return True
    said = events.filter(kind=Event.Kind.UTTERANCE, role=Role.CLIENT.value).values_list("text", flat=True)
    return any(names_crisis(text) for text in said)


def note_of(person: Person, session: Session) -> Note:
    """One's own notes on a session; empty ones if there are none yet. Nobody else's are ever given."""
    found = Note.objects.filter(session=session, author=person).first()
    return found or Note(session=session, author=person)


def next_session(person: Person, session: Session) -> Session | None:
    """The person's next session that has not ended, after this one."""
    waiting = (
        sessions_of(person)
        .filter(ended_at__isnull=True, planned_start__gte=session.planned_start)
        .exclude(pk=session.pk)
    )
    return waiting.order_by("planned_start", "pk").first()


DEFAULT_HELP_LINES = (
    HelpLine(position=1, japanese="#いのちSOS", english="#Inochi SOS (Japanese)", contact="0120-061-338"),
    HelpLine(position=2, japanese="よりそいホットライン", english="Yorisoi Hotline", contact="0120-279-338"),
    HelpLine(position=3, japanese="いのちの電話", english="Inochi no Denwa (Japanese)", contact="0120-783-556"),
)
"""For a platform whose administrators have kept no list of their own: a debrief never stands without one."""


def help_lines() -> list[HelpLine]:
    """Where somebody finds help, in order."""
    return list(HelpLine.objects.order_by("position")) or list(DEFAULT_HELP_LINES)
