"""What the counselor is shown of a session: the client's feedback by aspect, and what stands beside it.

Beside each item stand, quieter, a model's estimate, the mean of the counselor's other sessions, and the middle half of
the platform.
"""

from dataclasses import dataclass
from statistics import fmean
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kokorochat.corpus.filters import FEWEST_UTTERANCES
from kokorochat.domain.dialogue import Role
from kokorochat.domain.feedback import CHECKS, HIGHEST, HIGHEST_TOTAL, ITEM_KEYS, ITEMS, LOWEST, Aspect, Item
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.background import Background, Middle, background
from kokorochat.web.roleplay.models import Feedback, Session
from kokorochat.web.roleplay.visitors import session_and_role

FEWEST_FOR_A_MEAN = 3
"""Other sessions of the counselor that have a rating; the mean of fewer says nothing."""


@dataclass(frozen=True)
class Row:
    """One item of a result.

    Attributes:
        value: what the client gave; estimate: what the model takes it for; own: the mean of the other sessions.
        middle: that of the platform.
        raised, lowered: messages that moved the estimate.
    """

    item: Item
    value: int | None
    estimate: int | None
    own: float | None
    middle: Middle | None
    raised: list[dict[str, Any]]
    lowered: list[dict[str, Any]]

    @property
    def places(self) -> dict[str, float]:
        """Where in the small figure of the item, 20 wide for each point, its marks stand."""
        marks = {"value": self.value, "estimate": self.estimate, "own": self.own}
        places = {name: round(_place(mark), 1) for name, mark in marks.items() if mark is not None}
        if self.middle is not None:
            places |= {
                "band": _place(self.middle.low) - 10,
                "band_width": 20 * (self.middle.high - self.middle.low + 1),
            }
        return places


def _place(point: float) -> float:
    return 10 + 20 * point


def has_result(session: Session) -> bool:
    """Whether there is something to show: the feedback, or the estimate alone where no feedback comes."""
    return hasattr(session, "feedback") or (hasattr(session, "estimate") and not session.client_rates)


def result_context(session: Session) -> dict[str, Any]:
    """The feedback as the counselor sees it, with the model's estimate beside it, or alone where no feedback comes."""
    feedback, estimate = getattr(session, "feedback", None), getattr(session, "estimate", None)
    shown = has_result(session)
    reasons = _reasons(session) if shown else {}
    compared = shown and feedback is not None and not session.is_practice
    others = _others(session) if compared else []
    platform = background() if compared else None
    return {
        "feedback": feedback,
        "has_result": shown,
        "has_reasons": any(reasons.values()),
        "estimate_due": bool(settings.SCORE_MODEL) and session.ended_at is None,
        "item_sum": sum(feedback.items.values()) if feedback else None,
        "feedback_checks": [check for check in CHECKS if feedback and check.key in feedback.checks],
        "estimate": estimate,
        "short_talk": session.last_number <= FEWEST_UTTERANCES,
        "estimate_total": sum(estimate.items.values()) if estimate else None,
        "groups": _groups(session, reasons, others, platform) if shown else [],
        "others": len(others),
        "background": platform,
        "highest_total": HIGHEST_TOTAL,
        "points": [_place(point) for point in range(LOWEST, HIGHEST + 1)],
    }


def _groups(
    session: Session,
    reasons: dict[str, list[dict[str, Any]]],
    others: list[dict[str, int]],
    platform: Background | None,
) -> list[tuple[Aspect, list[Row]]]:
    feedback, estimate = getattr(session, "feedback", None), getattr(session, "estimate", None)
    own = {key: fmean(items[key] for items in others) for key in ITEM_KEYS} if others else {}

    def row(item: Item) -> Row:
        moved = reasons.get(item.key, [])
        return Row(
            item=item,
            value=feedback.items[item.key] if feedback else None,
            estimate=estimate.items.get(item.key) if estimate else None,
            own=own.get(item.key),
            middle=platform.items[item.key] if platform else None,
            raised=[reason for reason in moved if reason["effect"] > 0],
            lowered=[reason for reason in moved if reason["effect"] < 0],
        )

    return [(aspect, [row(item) for item in ITEMS if item.aspect is aspect]) for aspect in Aspect]


def _others(session: Session) -> list[dict[str, int]]:
    """The items of the counselor's other sessions with people; empty if they are too few for a mean."""
    given = Feedback.objects.filter(session__counselor=session.counselor_id, session__client__is_program=False)
    found: list[dict[str, int]] = list(given.exclude(session=session).values_list("items", flat=True))
    return found if len(found) >= FEWEST_FOR_A_MEAN else []


def _reasons(session: Session) -> dict[str, list[dict[str, Any]]]:
    """{key of an item: the messages that moved its estimate, each with its effect}; those taken back are left out."""
    stored = session.estimate.reasons if hasattr(session, "estimate") else {}
    messages = queries.messages_by_number(session, {number for some in stored.values() for number, _ in some})
    return {
        key: [{"message": messages[number], "effect": effect} for number, effect in some if number in messages]
        for key, some in stored.items()
    }


@login_required
@require_safe
def result(request: HttpRequest, code: str) -> HttpResponse:
    """The client's feedback, for the counselor: a page, or the part of it that an open page puts in."""
    session, role = session_and_role(request, code)
    if role is not Role.COUNSELOR:
        raise Http404
    if "X-Part" not in request.headers:
        context = {"session": session, "partner": session.client, **result_context(session)}
        return render(request, "roleplay/result.html", context)
    if not has_result(session):
        return HttpResponse(status=204)
    return render(request, "roleplay/_result.html", {"session": session, **result_context(session)})
