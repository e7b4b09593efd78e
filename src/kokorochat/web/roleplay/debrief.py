"""Leaving the role after a session."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.visitors import session_and_role

MOODS = ("calm", "moved", "contact")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def debrief(request: HttpRequest, code: str) -> HttpResponse:
    """The debrief card, for the client-role player. How one feels is not stored; a wish to be contacted is an alert."""
    session, role = session_and_role(request, code)
    if role is not Role.CLIENT:
        raise Http404
    if session.ended_at is None:
        return redirect("room", code=session.code)
    mood = request.POST.get("mood", "")
    if mood == "contact":
        actions.ask_for_contact(session.pk, person_of(request))
    context = {
        "session": session,
        "partner": session.counselor,
        "mood": mood if mood in MOODS else "",
        "help_lines": queries.help_lines(),
        "due": not hasattr(session, "feedback"),
        "heading": True,
    }
    return render(request, "roleplay/debrief.html", context)
