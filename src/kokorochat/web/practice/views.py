"""The page on which somebody starts a practice session alone."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from kokorochat.domain.dialogue import Role
from kokorochat.learning.models import is_elsewhere, is_writing
from kokorochat.web.accounts.consent_views import asked_first
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.practice import starting
from kokorochat.web.practice.forms import PracticeForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def practise(request: HttpRequest) -> HttpResponse:
    """Say what practising alone is; a pressed button arranges the session and leads into it."""
    if consent_page := asked_first(request):
        return consent_page
    form = PracticeForm(request.POST if request.method == "POST" else None)
    role = next((role for role in starting.roles() if role.value == request.POST.get("role")), None)
    if role is not None and form.is_valid():
        return redirect("room", code=starting.start(person_of(request), role, form.conditions()).code)
    context = {
        "form": form,
        "client_role": Role.CLIENT in starting.roles(),
        "scripted": not settings.PRACTICE_CLIENT,
        "client_elsewhere": is_elsewhere(settings.PRACTICE_CLIENT),
        "client_writing": is_writing(settings.PRACTICE_CLIENT),
        "counselor_elsewhere": is_elsewhere(settings.PRACTICE_COUNSELOR),
        "counselor_writing": is_writing(settings.PRACTICE_COUNSELOR),
        "estimated": bool(settings.SCORE_MODEL),
    }
    return render(request, "practice/practise.html", context, status=422 if request.method == "POST" else 200)
