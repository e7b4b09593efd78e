"""The audit trail, for administrators to read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kokorochat.web.accounts.guard import administrators_only
from kokorochat.web.accounts.models import AuditEntry, Person
from kokorochat.web.administration.deeds import name_of
from kokorochat.web.administration.views import ON_A_PAGE
from kokorochat.web.roleplay.models import Alert, Session

_SUBJECT = re.compile(r"(session|alert|person) (\d+)")


@dataclass(frozen=True)
class Row:
    """A row of the trail as it is shown.

    Attributes:
        address: of the session's record or the person's page that the row is about; empty if it is about neither.
    """

    entry: AuditEntry
    deed: str
    subject: str
    address: str


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
    choices = sorted(((name_of(one), one) for one in actions), key=lambda choice: choice[0])
    context = {"page": page, "rows": rows_of(list(page)), "choices": choices, "actors": actors}
    return render(request, "administration/trail.html", context | {"person": person, "action": action})


def rows_of(entries: Sequence[AuditEntry]) -> list[Row]:
    """Each entry in words, with the way to what it is about. Three queries."""
    about: dict[str, set[int]] = {"session": set(), "alert": set(), "person": set()}
    for entry in entries:
        if match := _SUBJECT.fullmatch(entry.subject):
            about[match[1]].add(int(match[2]))
    alerts = dict(Alert.objects.filter(pk__in=about["alert"]).values_list("pk", "session_id"))
    codes = dict(Session.objects.filter(pk__in=about["session"] | {*alerts.values()}).values_list("pk", "code"))
    people = Person.objects.in_bulk(about["person"])

    def row(entry: AuditEntry) -> Row:
        match = _SUBJECT.fullmatch(entry.subject)
        kind, number = (match[1], int(match[2])) if match else ("", 0)
        subject, address = entry.subject, ""
        if kind == "person" and number in people:
            subject, address = str(people[number]), reverse("person", args=[number])
        elif kind in ("session", "alert"):
            session = number if kind == "session" else alerts.get(number, 0)
            if session in codes:
                subject, address = _("session %(n)d") % {"n": session}, reverse("record", args=[codes[session]])
        return Row(entry, name_of(entry.action), subject, address)

    return [row(entry) for entry in entries]
