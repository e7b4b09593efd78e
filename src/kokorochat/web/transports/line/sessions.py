"""Which session a client's words belong to: on LINE all that a person ever says to us stands in one thread."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Session

OPENS_BEFORE = timedelta(minutes=15)
"""How long before its agreed start a session takes messages: pairs meet early and settle first."""
STAYS_OPEN = timedelta(hours=6)
"""A session that nobody has ended takes no more messages so long after its newest one, or its agreed start."""


def open_sessions(at: datetime) -> QuerySet[Session]:
    """The sessions that take a message at that time, whoever plays in them."""
    fresh = Q(planned_start__gt=at - STAYS_OPEN) | Q(last_at__gt=at - STAYS_OPEN)
    begun = Q(planned_start__lte=at + OPENS_BEFORE) | Q(started_at__isnull=False)
    return Session.objects.filter(fresh, begun, ended_at__isnull=True)


def open_session(client: Person, at: datetime) -> Session | None:
    """The session to which a client's message of that time belongs: of several, the one that was active last."""
    mine = open_sessions(at).filter(client=client)
    return max(mine, key=lambda session: (session.last_at or session.planned_start, session.pk), default=None)
