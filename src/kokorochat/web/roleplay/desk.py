"""What stands beside a talk: the conditions, for both, and the counselor's private notes."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.forms import conditions_form
from kokorochat.web.roleplay.models import Note, Session
from kokorochat.web.roleplay.visitors import session_and_role


def conditions_context(session: Session, role: Role) -> dict[str, Any]:
    """What the conditions' part of a page needs."""
    shown = queries.conditions_of(session, role)
    return {
        "session": session,
        "role": role.value,
        "agreed": shown,
        "thoughts": Session.SuicidalThoughts(shown.suicidal_thoughts).label if shown.suicidal_thoughts else "",
        "conditions_form": conditions_form(session, role),
        # What the client has chosen their partner learns in the talk, and not from a page's source.
        "heavy": role is Role.CLIENT and queries.is_heavy(session),
    }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def conditions(request: HttpRequest, code: str) -> HttpResponse:
    """Set the conditions; or the part that an open page puts in when they have changed."""
    session, role = session_and_role(request, code)
    context = conditions_context(session, role)
    if request.method != "POST":
        template = "_conditions" if "X-Part" in request.headers else "conditions"
        return render(request, f"roleplay/{template}.html", context)
    form = conditions_form(session, role, request.POST)
    if form is not None and not form.is_valid():
        return render(request, "roleplay/conditions.html", context | {"conditions_form": form}, status=422)
    try:
        if form is None:
            raise actions.RefusedError("started", "")
        actions.set_conditions(session.pk, person_of(request), form.conditions())
    except actions.RefusedError as refused:
        if str(refused):
            messages.error(request, str(refused))
    return redirect("room", code=session.code)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, code: str) -> HttpResponse:
    """The counselor's notes and their version, read or saved; for the client the page does not exist."""
    session, role = session_and_role(request, code)
    if role is not Role.COUNSELOR:
        raise Http404
    person = person_of(request)
    if request.method != "POST":
        return _note(queries.note_of(person, session))
    text, version = request.POST.get("text"), request.POST.get("version", "")
    if text is None or not (version.isascii() and version.isdecimal() and len(version) < 10):
        return JsonResponse({"code": "bad-note"}, status=422)
    try:
        # Forms send line ends as CRLF; what was typed has LF.
        kept = actions.keep_note(session.pk, person, text.replace("\r\n", "\n"), int(version))
    except actions.RefusedError as refused:
        if refused.code != "stale":
            return JsonResponse({"code": refused.code, "message": str(refused)}, status=422)
        return _note(queries.note_of(person, session), status=409)
    return _note(kept)


def _note(note: Note, status: int = 200) -> JsonResponse:
    return JsonResponse({"text": note.text, "version": note.version}, status=status)
