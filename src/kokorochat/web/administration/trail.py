"""The audit trail, for administrators to read."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kokorochat.web.accounts.guard import administrators_only
from kokorochat.web.accounts.models import AuditEntry, Person
from kokorochat.web.administration.views import ON_A_PAGE


@administrators_only
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """What was done by whom, newest first; narrowed by `person` (who did it) and `action`."""
    entries = AuditEntry.objects.select_related("by").order_by("-number")
    actions = list(entries.order_by("action").values_list("action", flat=True).distinct())
    actors = Person.objects.filter(pk__in=AuditEntry.objects.values("by")).order_by("display_name", "pk")
    person, action = request.GET.get("person", ""), request.GET.get("action", "")
    if person == "platform":
        entries = entries.filter(by=None)
    elif any(person == str(actor.pk) for actor in actors):
        entries = entries.filter(by=int(person))
    if action in actions:
        entries = entries.filter(action=action)
    page = Paginator(entries, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "actions": actions, "actors": actors, "person": person, "action": action}
    return render(request, "administration/trail.html", context)
