"""Where the administrators are called to, and what they did about it."""

from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kokorochat.web.accounts.guard import administrators_only, person_of
from kokorochat.web.accounts.mail_address import shown
from kokorochat.web.roleplay import actions, queries

ON_A_PAGE = 50


@administrators_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All alerts: those that wait, the stops that somebody looks after, and what was handled, by whom and when."""
    administrator = person_of(request)
    handled = Paginator(queries.alerts_done(administrator), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "alerts": queries.waiting_alerts(administrator),
        "looked_after": queries.alerts_looked_after(administrator),
        "page": handled,
        **shown(administrator),
    }
    return render(request, "administration/alerts.html", context)


@administrators_only
@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The part of an administrator's page that tells what waits; fetched again every few seconds."""
    if "X-Part" not in request.headers:
        return redirect("alerts")
    part = "_alert_cards" if request.headers["X-Part"] == "alert-cards" else "_waiting"
    return render(request, f"administration/{part}.html", {"alerts": queries.waiting_alerts(person_of(request))})


@administrators_only
@require_POST
def handle(request: HttpRequest, pk: int) -> HttpResponse:
    """Take care of an alert; the two people see who does."""
    try:
        alert = actions.handle_alert(pk, person_of(request))
    except actions.RefusedError:
        raise Http404 from None
    if alert.handled_by == request.user:
        messages.success(request, _("You look after it. Both people see your name."))
    else:
        messages.success(request, _("%(name)s already looks after it.") % {"name": alert.handled_by})
    return redirect("record", code=alert.session.code) if request.POST.get("back") == "record" else redirect("alerts")


@administrators_only
@require_POST
def lift(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Let a stopped session go on, or end it, once it was spoken about."""
    alert = queries.alerts(person_of(request)).filter(pk=pk).first()
    if alert is None or step not in ("resume", "end"):
        raise Http404
    try:
        actions.lift_stop(pk, person_of(request), uuid4(), ends=step == "end")
    except actions.RefusedError as refused:
        messages.error(request, str(refused))
    return redirect("alerts")
