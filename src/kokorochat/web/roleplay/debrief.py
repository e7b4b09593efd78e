"""Leaving the role after a session."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.visitors import session_and_role

MOODS = ("calm", "moved", "contact")


def mood_of(request: HttpRequest, person: Person, session: Session) -> str:
    """How the client is, as they say; empty if they don't. With the last of them an administrator is called."""
    mood = request.POST.get("mood", "")
    if mood == "contact":
        actions.ask_for_contact(session.pk, person)
    return mood if mood in MOODS else ""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def debrief(request: HttpRequest, code: str) -> HttpResponse:
    """The debrief card, for the client-role player. How one feels is not stored; a wish to be contacted is an alert."""
    session, role = session_and_role(request, code)
    if role is not Role.CLIENT:
        raise Http404
    if session.ended_at is None:
        return redirect("room", code=session.code)
    context = {
        "session": session,
        "partner": session.counselor,
        "heavy": queries.is_heavy(session),
        "mood": mood_of(request, person_of(request), session),
        "help_lines": queries.help_lines(),
        "due": not hasattr(session, "feedback"),
        "heading": True,
    }
    return render(request, "roleplay/debrief.html", context)
