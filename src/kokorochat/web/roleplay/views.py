"""The pages of a session: both people's list, the desk, the phone page, and a feedback's result."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kokorochat.corpus.filters import FEWEST_UTTERANCES
from kokorochat.domain.dialogue import Role
from kokorochat.domain.feedback import CHECKS, HIGHEST, HIGHEST_TOTAL, ITEMS, LOWEST, Aspect
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.desk import conditions_context
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.visitors import address_of, qr_code, session_and_role
from kokorochat.web.roleplay.words import words_of_talk

LATELY = 20
"""Past sessions on the first page; the history has all."""


def rows_of(person: Person, sessions: Iterable[Session]) -> list[dict[str, Any]]:
    """What a list shows of each session to one of its people."""
    rows = []
    for session in sessions:
        role = session.role_of(person.pk)
        rows.append(
            {
                "session": session,
                "role": role.value if role else "",
                "partner": session.client if role is Role.COUNSELOR else session.counselor,
                "agreed": queries.conditions_of(session, role) if role else None,
                "feedback": getattr(session, "feedback", None),
                "has_result": _has_result(session),
                "due": role is Role.CLIENT and session.ended_at is not None and not hasattr(session, "feedback"),
            }
        )
    return rows


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One's sessions: what is open or due first, then what is done."""
    person = person_of(request)
    if person.is_staff and not queries.sessions_of(person).exists():
        return redirect("sessions")
    rows = rows_of(person, list(queries.sessions_of(person)[:200]))
    current = [row for row in rows if row["session"].ended_at is None or row["due"]]
    past = [row for row in rows if row not in current]
    return render(request, "roleplay/home.html", {"current": current[::-1], "past": past[:LATELY]})


@login_required
@require_safe
def room(request: HttpRequest, code: str) -> HttpResponse:
    """The talk: the desk for the counselor, the phone page for the client."""
    session, role = session_and_role(request, code)
    partner = session.client if role is Role.COUNSELOR else session.counselor
    context: dict[str, Any] = {
        "session": session,
        "role": role.value,
        "partner": partner,
        "script": {
            "code": session.code,
            "person": request.user.pk,
            "role": role.value,
            "zone": timezone.get_current_timezone_name(),
            "planned_start": session.planned_start.isoformat(),
            "practice": partner.is_program,
            "agreed": [session.conditions_version, session.started_at is not None, session.ended_at is not None],
            "heavy": session.is_heavy,
            "longest": actions.LONGEST_TEXT,
            "words": words_of_talk(partner.display_name),
        },
        "help_lines": queries.help_lines(),
        "extensions": actions.EXTENSIONS,
        **conditions_context(session, role),
        **_result(session),
    }
    if role is Role.CLIENT:
        return render(request, "roleplay/phone.html", context)
    address = address_of(request, request.path)
    context |= {
        "note": queries.note_of(person_of(request), session),
        "longest_note": actions.LONGEST_NOTE,
        "next": queries.next_session(person_of(request), session),
        "address": address,
        "qr": qr_code(address),
    }
    today = [
        row
        for row in rows_of(person_of(request), list(queries.sessions_of(person_of(request))[:30]))
        if timezone.localdate(row["session"].planned_start) == timezone.localdate() or row["session"].ended_at is None
    ]
    return render(request, "roleplay/desk.html", context | {"today": today[::-1]})


def _has_result(session: Session) -> bool:
    """Whether there is something to show: the feedback, or the estimate alone where no feedback comes."""
    return hasattr(session, "feedback") or (hasattr(session, "estimate") and not session.client_rates)


def _reasons(session: Session) -> dict[str, list[dict[str, Any]]]:
    """{key of an item: the messages that moved its estimate, each with its effect}; those taken back are left out."""
    stored = session.estimate.reasons if hasattr(session, "estimate") else {}
    messages = queries.messages_by_number(session, {number for some in stored.values() for number, _ in some})
    return {
        key: [{"message": messages[number], "effect": effect} for number, effect in some if number in messages]
        for key, some in stored.items()
    }


def _result(session: Session) -> dict[str, Any]:
    """The feedback as the counselor sees it, with the model's estimate beside it, or alone where no feedback comes."""
    feedback, estimate = getattr(session, "feedback", None), getattr(session, "estimate", None)
    has_result = _has_result(session)
    reasons = _reasons(session) if has_result else {}
    groups = []
    if has_result:
        for aspect in Aspect:
            rows = [
                {
                    "item": item,
                    "value": feedback.items[item.key] if feedback else None,
                    "estimate": estimate.items.get(item.key) if estimate else None,
                    "raised": [reason for reason in reasons.get(item.key, ()) if reason["effect"] > 0],
                    "lowered": [reason for reason in reasons.get(item.key, ()) if reason["effect"] < 0],
                }
                for item in ITEMS
                if item.aspect is aspect
            ]
            groups.append((aspect, rows))
    return {
        "feedback": feedback,
        "has_result": has_result,
        "has_reasons": any(reasons.values()),
        "estimate_due": bool(settings.SCORE_MODEL) and session.ended_at is None,
        "item_sum": sum(feedback.items.values()) if feedback else None,
        "feedback_checks": [check for check in CHECKS if feedback and check.key in feedback.checks],
        "estimate": estimate,
        "short_talk": session.last_number <= FEWEST_UTTERANCES,
        "estimate_total": sum(estimate.items.values()) if estimate else None,
        "groups": groups,
        "highest_total": HIGHEST_TOTAL,
        "points": range(LOWEST, HIGHEST + 1),
    }


@login_required
@require_safe
def result(request: HttpRequest, code: str) -> HttpResponse:
    """The client's feedback, for the counselor: a page, or the part of it that an open desk puts in."""
    session, role = session_and_role(request, code)
    if role is not Role.COUNSELOR:
        raise Http404
    part = request.headers.get("X-Part") == "result"
    template = "roleplay/_result.html" if part else "roleplay/result.html"
    return render(request, template, {"session": session, "partner": session.client, **_result(session)})
