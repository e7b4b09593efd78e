"""The client's way to the talk on a phone."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from kokorochat.web.accounts.actions import make_sign_in_link
from kokorochat.web.accounts.guard import administrators_only, person_of
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.visitors import address_for_others, qr_code


@administrators_only
@require_POST
def phone_link(request: HttpRequest, code: str) -> HttpResponse:
    """Make the client's personal link into a session, and show it and its QR code, this once."""
    session = queries.all_sessions(person_of(request)).filter(code=code, ended_at__isnull=True).first()
    if session is None or session.client.is_program or not session.client.is_active:
        raise Http404
    token = make_sign_in_link(person_of(request), session.client)
    room = reverse("room", args=[session.code])
    link = address_for_others(f"{reverse('sign-in-by-link', args=[token])}?next={room}")
    return render(request, "administration/phone_link.html", {"session": session, "link": link, "qr": qr_code(link)})
