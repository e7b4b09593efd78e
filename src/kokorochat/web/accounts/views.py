"""Signing in by a link, and signing out."""

from django.contrib.auth import login
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from kokorochat.web.accounts.actions import person_of_link
from kokorochat.web.accounts.models import Person
from kokorochat.web.accounts.signals import signed_out


def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in whoever holds the link.

    If somebody else is signed in in this browser, nobody is exchanged unasked: words would land under the wrong name.
    """
    person = person_of_link(token)
    if person is None:
        return render(request, "accounts/link_expired.html", status=404)
    other = request.user.pk if request.user.is_authenticated and request.user.pk != person.pk else None
    if other is not None and request.method != "POST":
        return render(request, "accounts/link_other_person.html", {"person": person})
    if other is not None:
        request.session.flush()
        signed_out.send(sender=Person, person_id=other)
    if request.user.pk != person.pk:
        login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    wish = request.GET.get("next", "")
    if wish.startswith("/") and url_has_allowed_host_and_scheme(wish, {request.get_host()}):
        return HttpResponseRedirect(wish)
    return redirect("home")


class SignOutView(LogoutView):
    """Sign out; open screens of the person close at once."""

    def post(self, request: HttpRequest, *arguments: object, **options: object) -> HttpResponse:
        """End the sign-in, then tell."""
        person_id = request.user.pk
        response = super().post(request, *arguments, **options)
        if person_id is not None:
            signed_out.send(sender=Person, person_id=person_id)
        return response
