"""A counselor's own way: the ratings of their sessions over time, for themself alone."""

from dataclasses import dataclass
from statistics import fmean
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kokorochat.domain.feedback import HIGHEST, HIGHEST_TOTAL, Aspect
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.background import aspect_mean, background
from kokorochat.web.roleplay.charts import WINDOW, Chart, Dot, chart
from kokorochat.web.roleplay.models import Session

MOST = 200
"""The newest rated sessions that are shown; the busiest counselor of KokoroChat had 144."""


@dataclass(frozen=True)
class Rated:
    """One session on the page.

    Attributes:
        estimate: the sum of a model's estimate; None without one.
        dot, hollow: where the total and the estimate stand in the large figure.
    """

    session: Session
    total: int
    marked: bool
    aspects: dict[Aspect, float]
    estimate: int | None
    dot: Dot | None = None
    hollow: Dot | None = None


@dataclass(frozen=True)
class Figure:
    """The small figure of one aspect: its mean over all sessions, and that of the newest ones."""

    aspect: Aspect
    chart: Chart
    mean: float
    newest: float


@login_required
@require_safe
def growth(request: HttpRequest) -> HttpResponse:
    """The figures and their numbers; the oldest session first in the figures, the newest first in the table."""
    return render(request, "roleplay/growth.html", _context(_rated(person_of(request))))


def _rated(person: Person) -> list[Rated]:
    """The sessions in which a person counseled somebody who has rated it, the oldest first. Practice does not count."""
    mine = queries.sessions_of(person).filter(counselor=person, feedback__isnull=False, client__is_program=False)
    found = []
    for session in reversed(mine[:MOST]):
        feedback, estimate = session.feedback, getattr(session, "estimate", None)
        aspects = {aspect: aspect_mean(feedback.items, aspect) for aspect in Aspect}
        guess = sum(estimate.items.values()) if estimate else None
        found.append(Rated(session, feedback.total, bool(feedback.checks), aspects, guess))
    return found


def _context(rated: list[Rated]) -> dict[str, Any]:
    platform = background()
    band = (platform.total.low, platform.total.high) if platform else None
    totals = chart([one.total for one in rated], HIGHEST_TOTAL, 4, band)
    guesses = chart([one.estimate for one in rated], HIGHEST_TOTAL, 4)
    shown = [
        Rated(one.session, one.total, one.marked, one.aspects, one.estimate, dot, hollow)
        for one, dot, hollow in zip(rated, totals.dots, guesses.dots, strict=True)
    ]
    figures = []
    for aspect in Aspect if rated else ():
        values = [one.aspects[aspect] for one in rated]
        middle = platform.aspects[aspect] if platform else None
        small = chart(values, HIGHEST, HIGHEST, (middle.low, middle.high) if middle else None)
        figures.append(Figure(aspect, small, fmean(values), fmean(values[-WINDOW:])))
    newest, before = rated[-WINDOW:], rated[:-WINDOW]
    return {
        "rated": shown,
        "table": shown[::-1],
        "totals": totals,
        "figures": figures,
        "background": platform,
        "mean": fmean(one.total for one in rated) if rated else None,
        "newest_mean": fmean(one.total for one in newest) if before else None,
        "before_mean": fmean(one.total for one in before) if before else None,
        "window": WINDOW,
        "has_estimates": any(one.estimate is not None for one in rated),
        "has_marks": any(one.marked for one in rated),
        "most": MOST if len(rated) == MOST else None,
        "scale": range(HIGHEST_TOTAL, -1, -HIGHEST_TOTAL // 4),
        "highest": HIGHEST,
        "aspects": list(Aspect),
    }
