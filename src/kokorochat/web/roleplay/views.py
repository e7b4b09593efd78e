"""The pages of a session: both people's list, the desk and the phone page."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.consent_views import asked_first
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.desk import conditions_context
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.result import has_result, result_context
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
                "has_result": has_result(session),
                "due": role is Role.CLIENT and session.ended_at is not None and not hasattr(session, "feedback"),
            }
        )
    return rows


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """One's sessions: what is open or due first, then what is done.

    Administrators without any begin with all sessions, unless they ask for their own by name.
    """
    person = person_of(request)
    if person.is_staff and "own" not in request.GET and not queries.sessions_of(person).exists():
        return redirect("sessions")
    rows = rows_of(person, list(queries.sessions_of(person)[:200]))
    current = [row for row in rows if row["session"].ended_at is None or row["due"]]
    past = [row for row in rows if row not in current]
    context = {"current": current[::-1], "past": past[:LATELY], "consent_due": consent.due(person)}
    return render(request, "roleplay/home.html", context)


@login_required
@require_safe
def room(request: HttpRequest, code: str) -> HttpResponse:
    """The talk: the desk for the counselor, the phone page for the client."""
    session, role = session_and_role(request, code)
    if consent_page := asked_first(request, session.started_at):
        return consent_page
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
            "longest": actions.LONGEST_TEXT,
            "words": words_of_talk(partner.display_name),
        },
        "help_lines": queries.help_lines(),
        "extensions": actions.EXTENSIONS,
        **conditions_context(session, role),
    }
    if role is Role.CLIENT:
        return render(request, "roleplay/phone.html", context | {"feedback": getattr(session, "feedback", None)})
    address = address_of(request, request.path)
    context |= result_context(session) | {
        "note": queries.note_of(person_of(request), session),
        "longest_note": actions.LONGEST_NOTE,
        "next": queries.next_session(person_of(request), session),
        # Whoever reads an old talk is not on the way from it into another.
        "goes_on": session.ended_at is None or timezone.localdate(session.ended_at) == timezone.localdate(),
        "address": address,
        "qr": qr_code(address),
    }
    today = [
        row
        for row in rows_of(person_of(request), list(queries.sessions_of(person_of(request))[:30]))
        if timezone.localdate(row["session"].planned_start) == timezone.localdate() or row["session"].ended_at is None
    ]
    return render(request, "roleplay/desk.html", context | {"today": today[::-1]})
