"""Which session a client's words belong to: on LINE all that a person ever says to us stands in one thread.

No event of LINE's names a session, and nothing tells the lines of two counselors apart. So one session at a time goes
over LINE for one person: another waits until that has ended, or until nobody has said anything in it for a while, and
takes its place with a notice that says so.
"""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line.models import Relay

OPENS_BEFORE = timedelta(minutes=15)
"""How long before its agreed start a session takes messages: pairs meet early and settle first."""
STAYS_OPEN = timedelta(hours=6)
"""A session that nobody has ended takes no more messages so long after its newest one, or its agreed start."""
GIVES_WAY_AFTER = timedelta(minutes=30)
"""A session in which nobody has said anything for so long leaves LINE to the person's next one."""


def open_sessions(at: datetime) -> QuerySet[Session]:
    """The sessions of two people that take a message of that time, whoever plays in them."""
    fresh = Q(planned_start__gt=at - STAYS_OPEN) | Q(last_at__gt=at - STAYS_OPEN)
    begun = Q(planned_start__lte=at + OPENS_BEFORE) | Q(started_at__isnull=False)
    going = Q(ended_at__isnull=True) | Q(ended_at__gte=at)
    return Session.objects.filter(fresh, begun, going, counselor__is_program=False, client__is_program=False)


def session_of_message(client: Person, at: datetime) -> Session | None:
    """The session to which a client's message of that time belongs, though it may have ended meanwhile.

    It is the one of which the client was told last that it is open. Before anything was told, as just after an account
    is linked, it is the one that was active last.
    """
    mine = open_sessions(at).filter(client=client)
    told = Relay.objects.filter(session__client=client, opened_at__lte=at).order_by("opened_at", "pk").last()
    if told is not None and mine.filter(pk=told.session_id).exists():
        return told.session
    untold = mine.filter(Q(line_relay__isnull=True) | Q(line_relay__opened_at__gt=at))
    return max(untold, key=lambda session: (session.last_at or session.planned_start, session.pk), default=None)


def holder_of_line(client: Person, now: datetime) -> Relay | None:
    """The relay of the session that goes over LINE for the client at this time and has not given way."""
    relays = Relay.objects.filter(session__in=open_sessions(now), session__client=client, session__ended_at=None)
    alive = now - GIVES_WAY_AFTER
    lively = Q(session__last_at__gt=alive) | Q(session__planned_start__gt=alive) | Q(opened_at__gt=alive)
    return relays.exclude(moved=Relay.Moved.ANOTHER).filter(lively).order_by("pk").last()
