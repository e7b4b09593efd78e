"""The pages of the LINE door: a person's link, and the administrator's look at what goes over it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kokorochat.web.accounts import consent
from kokorochat.web.accounts.consent_views import asked_first
from kokorochat.web.accounts.guard import administrators_only, person_of
from kokorochat.web.transports.line import linking, quota
from kokorochat.web.transports.line.door import behind_the_door
from kokorochat.web.transports.line.models import Account


@behind_the_door
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    """Whether one's LINE account is linked; a POST makes a code and shows it, this once."""
    person = person_of(request)
    if request.method == "POST" and (consent_page := asked_first(request)):
        return consent_page
    account = Account.objects.filter(person=person).first()
    code = linking.make_code(person) if request.method == "POST" else ""
    minutes = int(linking.LIFETIME.total_seconds() // 60)
    context = {"account": account, "code": code, "minutes": minutes, "consent_due": consent.due(person)}
    return render(request, "line/link.html", context)


@behind_the_door
@login_required
@require_POST
def unlink(request: HttpRequest) -> HttpResponse:
    """Take the link away."""
    linking.unlink(person_of(request))
    messages.success(request, _("LINE is unlinked. Nothing more is sent to this LINE account."))
    return redirect("line")


@behind_the_door
@administrators_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """What has gone over LINE this month, what is left of the quota, and what needs an administrator."""
    return render(request, "line/overview.html", quota.overview(timezone.now()))
