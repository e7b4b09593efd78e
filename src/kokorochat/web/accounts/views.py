"""Signing in by a link."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme

from kokorochat.web.accounts.actions import person_of_link


def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in whoever holds the link.

    If somebody else is signed in in this browser, nobody is exchanged unasked: words would land under the wrong name.
    """
    person = person_of_link(token)
    if person is None:
        return render(request, "accounts/link_expired.html", status=404)
    other = request.user.is_authenticated and request.user.pk != person.pk
    if other and request.method != "POST":
        return render(request, "accounts/link_other_person.html", {"person": person})
    if request.user.pk != person.pk:
        if other:
            request.session.flush()
        login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    wish = request.GET.get("next", "")
    return redirect(wish if url_has_allowed_host_and_scheme(wish, {request.get_host()}) else "home")
