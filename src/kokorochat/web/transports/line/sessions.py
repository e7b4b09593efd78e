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

LEAVES_AFTER = timedelta(minutes=1)
"""So long after its end a session keeps LINE from the person's next one: a last word may be on its way when the
counselor presses the button, and it must not reach another."""
PARTING = timedelta(minutes=10)
"""So long after an end what is written is taken for a last word to the one who has gone."""


def open_sessions(at: datetime) -> QuerySet[Session]:
    """The sessions of two people that take a message of that time, whoever plays in them."""
    fresh = Q(planned_start__gt=at - STAYS_OPEN) | Q(last_at__gt=at - STAYS_OPEN)
    begun = Q(planned_start__lte=at + OPENS_BEFORE) | Q(started_at__isnull=False)
    going = Q(ended_at__isnull=True) | Q(ended_at__gte=at)
    return Session.objects.filter(fresh, begun, going, counselor__is_program=False, client__is_program=False)


def session_of_message(client: Person, at: datetime) -> Session | None:
    """The session to which a client's message of that time belongs, though it may have ended meanwhile.

    It is the one of which the client was told last that it is open. Where none of these was open, as just after an
    account is linked, it is the one that was active last; but what comes soon after an end was said to somebody who has
    gone, and is nobody else's.
    """
    mine = open_sessions(at).filter(client=client)
    relays = Relay.objects.filter(session__client=client, opened_at__lte=at)
    later = Relay.objects.filter(session__client=client, opened_at__gt=at).exists()
    holding = relays if later else relays.exclude(moved=Relay.Moved.ANOTHER)
    told = holding.filter(session__in=mine).order_by("opened_at", "pk").last()
    if told is not None:
        return told.session
    if relays.filter(session__ended_at__lt=at, session__ended_at__gt=at - PARTING).exists():
        return None
    untold = mine.filter(Q(line_relay__isnull=True) | Q(line_relay__opened_at__gt=at))
    return max(untold, key=lambda session: (session.last_at or session.planned_start, session.pk), default=None)


def holder_of_line(client: Person, now: datetime) -> Relay | None:
    """The relay of the session that goes over LINE for the client, or did a moment ago, and has not given way."""
    mine = Relay.objects.filter(session__client=client).exclude(moved=Relay.Moved.ANOTHER)
    leaving = mine.filter(session__ended_at__gt=now - LEAVES_AFTER)
    if (relay := leaving.order_by("pk").last()) is not None:
        return relay
    relays = mine.filter(session__in=open_sessions(now), session__ended_at=None)
    alive = now - GIVES_WAY_AFTER
    lively = Q(session__last_at__gt=alive) | Q(session__planned_start__gt=alive) | Q(opened_at__gt=alive)
    return relays.filter(lively).order_by("pk").last()
