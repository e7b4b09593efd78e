"""People, sessions and the export, for administrators."""

import io
import zipfile

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kokorochat.corpus.sources.kokorochat import DIALOGUE_FOLDER
from kokorochat.corpus.sources.published import encode
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.actions import add_person, make_sign_in_link
from kokorochat.web.accounts.forms import PersonForm
from kokorochat.web.accounts.guard import administrators_only, person_of
from kokorochat.web.accounts.models import Person
from kokorochat.web.accounts.second_factor import has_one
from kokorochat.web.accounts.second_factor_views import recently_confirmed
from kokorochat.web.export import audit_reads, export_dialogues, exportable
from kokorochat.web.roleplay import actions, feedback_queries, queries
from kokorochat.web.roleplay.forms import PairForm
from kokorochat.web.roleplay.visitors import address_for_others

ON_A_PAGE = 50


@administrators_only
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """All sessions with their state, newest first."""
    found = queries.all_sessions(person_of(request))
    state = request.GET.get("state", "")
    if state == "open":
        found = found.filter(ended_at__isnull=True)
    elif state == "due":
        found = found.filter(ended_at__isnull=False, feedback__isnull=True).exclude(client__is_program=True)
    elif state == "marked":
        found = found.filter(feedback__isnull=False).exclude(feedback__checks=[])
    elif state == "done":
        found = found.filter(feedback__isnull=False)
    found = feedback_queries.with_reminders(found)
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    count = exportable(queries.all_sessions(person_of(request))).count()
    return render(request, "administration/sessions.html", {"page": page, "state": state, "exportable": count})


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest) -> HttpResponse:
    """Pair two people for a session."""
    form = PairForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        session = actions.pair(
            person_of(request),
            data["counselor"],
            data["client"],
            start=data["start"],
            minutes=data["minutes"],
            conditions=form.conditions(),
        )
        messages.success(request, _("The session is arranged."))
        return redirect(f"{reverse('sessions')}?new={session.code}")
    status = 422 if request.method == "POST" else 200
    return render(request, "administration/pair.html", {"form": form}, status=status)


@administrators_only
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """All people."""
    found = Person.objects.annotate(accepted=Max("consents__text__version")).order_by("display_name", "pk")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "administration/people.html", {"page": page, "in_force": consent.in_force()})


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_person(request: HttpRequest) -> HttpResponse:
    """Add a person."""
    form = PersonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        person = add_person(
            person_of(request),
            data["username"],
            data["display_name"],
            administrator=data["is_staff"],
            password=data["password"] or None,
        )
        messages.success(request, _("%(name)s is added.") % {"name": person})
        return redirect("person", pk=person.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "administration/new_person.html", {"form": form}, status=status)


@administrators_only
@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person."""
    someone = get_object_or_404(Person, pk=pk)
    return render(request, "administration/person.html", _shown(someone))


def _shown(person: Person) -> dict[str, object]:
    """What a person's page shows."""
    return {"person": person, "has_factor": has_one(person), "consents": consent.consents(person)}


@administrators_only
@require_POST
def new_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a sign-in link and show it, this once."""
    someone = get_object_or_404(Person, pk=pk, is_active=True, is_program=False)
    token = make_sign_in_link(person_of(request), someone)
    link = address_for_others(reverse("sign-in-by-link", args=[token]))
    return render(request, "administration/person.html", _shown(someone) | {"link": link})


@administrators_only
@require_safe
@recently_confirmed("sessions")
def export(request: HttpRequest) -> HttpResponse:
    """All finished sessions in the published shape, as a ZIP."""
    administrator = person_of(request)
    found = queries.all_sessions(administrator)
    audit_reads(administrator, "corpus.export", found)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for dialogue in export_dialogues(found):
            archive.writestr(f"{DIALOGUE_FOLDER}/{dialogue.id}.json", encode(dialogue))
    name = f"kokorochat-{timezone.localtime():%Y%m%d-%H%M}.zip"
    return HttpResponse(
        packed.getvalue(),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
