"""Ending a session that its two people have left open."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kokorochat.web.accounts.guard import administrators_only, person_of
from kokorochat.web.administration.look import session_of
from kokorochat.web.roleplay import actions, supervision


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def end_session(request: HttpRequest, code: str) -> HttpResponse:
    """Say what it does; a POST ends it. Feedback is asked for as after any end."""
    session = session_of(request, code)
    if not supervision.is_forgotten(session, timezone.now()):
        if session.ended_at is None:
            messages.error(request, _("This session was not left open: its two people end it themselves."))
        return redirect("record", code=code)
    if request.method == "POST":
        actions.end(session.pk, person_of(request), uuid4())
        messages.success(request, _("The session is ended. Both people see it."))
        return redirect("record", code=code)
    return render(request, "administration/end_session.html", {"session": session})
