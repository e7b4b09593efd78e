"""How all counselors of the platform are rated, told so that nobody can be picked out of it.

Shown is the middle half alone, never an end of it, and only once there are enough people: see `FEWEST_…`. It is made
anew once an hour, so that a look before and one after a feedback don't tell what that feedback said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.cache import cache

from kokorochat.domain.feedback import ITEM_KEYS, ITEMS, Aspect
from kokorochat.web.roleplay.models import Feedback

FEWEST_COUNSELORS, FEWEST_CLIENTS, FEWEST_SESSIONS = 10, 10, 50
"""With fewer nothing is shown: of three people two can reckon out the third."""
MOST_OF_ONE = 10
"""The newest sessions of each counselor that count, so that the busiest one is not the background."""
_KEPT_FOR = 3600
_KEY = "feedback-background"

Row = tuple[int, int, dict[str, int], int]
"""Counselor, client, items and total of one feedback."""


@dataclass(frozen=True)
class Middle:
    """The middle half of some values: a quarter lies below `low`, a quarter above `high`."""

    low: float
    high: float


@dataclass(frozen=True)
class Background:
    """The middle half of all ratings, by item (0 to 5), by aspect (mean of its items) and of the total (0 to 100)."""

    sessions: int
    counselors: int
    items: dict[str, Middle]
    aspects: dict[Aspect, Middle]
    total: Middle


def background() -> Background | None:
    """The platform's background; None where too few have been rated, or have rated, to show one."""
    found: Background | None = cache.get(_KEY)
    if found is None:
        found = background_of(rows())
        if found is not None:
            cache.set(_KEY, found, _KEPT_FOR)
    return found


def rows() -> list[Row]:
    """Every feedback that one person gave another, the newest first."""
    given = Feedback.objects.filter(session__counselor__is_program=False, session__client__is_program=False)
    return list(
        given.order_by("-given_at", "-pk").values_list("session__counselor", "session__client", "items", "total")
    )


def background_of(rows: Sequence[Row]) -> Background | None:
    """The background that these ratings, the newest first, make."""
    counted: dict[int, int] = {}
    used = []
    for row in rows:
        counted[row[0]] = counted.get(row[0], 0) + 1
        if counted[row[0]] <= MOST_OF_ONE:
            used.append(row)
    clients = {client for _, client, _, _ in used}
    if len(used) < FEWEST_SESSIONS or len(counted) < FEWEST_COUNSELORS or len(clients) < FEWEST_CLIENTS:
        return None
    return Background(
        sessions=len(used),
        counselors=len(counted),
        items={key: _middle([items[key] for _, _, items, _ in used]) for key in ITEM_KEYS},
        aspects={
            aspect: _middle([aspect_mean(items, aspect) for _, _, items, _ in used], digits=1) for aspect in Aspect
        },
        total=_middle([total for *_, total in used]),
    )


def aspect_mean(items: dict[str, int], aspect: Aspect) -> float:
    """The mean of a rating's items of one aspect."""
    values = [items[item.key] for item in ITEMS if item.aspect is aspect]
    return sum(values) / len(values)


def _middle(values: Sequence[float], digits: int = 0) -> Middle:
    """The quartiles by rank: values that were given, no points in between."""
    ordered = sorted(values)
    low, high = ordered[len(ordered) // 4], ordered[-1 - len(ordered) // 4]
    return Middle(round(low, digits), round(high, digits))
