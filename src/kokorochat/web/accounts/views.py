"""Signing in by a link or a password, and signing out."""

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from kokorochat.web import brake
from kokorochat.web.accounts import second_factor, sign_in
from kokorochat.web.accounts.actions import person_of_link
from kokorochat.web.accounts.models import Person
from kokorochat.web.accounts.signals import signed_out
from kokorochat.web.refusals import too_many_tries

BACKEND = "django.contrib.auth.backends.ModelBackend"
# Ten characters hold out against these for ages. The first stops a guesser without locking the person out elsewhere,
# the second one with many addresses; a class of trainees may share one address.
ONE_ACCOUNT_FROM_ONE_ADDRESS = brake.Limit("password, account and address", 5, 300)
ONE_ACCOUNT = brake.Limit("password, account", 50, 3600)
ONE_ADDRESS = brake.Limit("sign-in, address", 60, 300)


def own_page(request: HttpRequest, wish: str) -> str:
    """Where somebody wanted to go, if that is a page of ours; else home."""
    ours = wish.startswith("/") and url_has_allowed_host_and_scheme(wish, {request.get_host()})
    return wish if ours else reverse("home")


def enter(request: HttpRequest, person: Person, wish: str) -> HttpResponse:
    """Sign in whoever has given a link or a password, or ask for the second factor first."""
    if second_factor.has_one(person) or second_factor.must_have_one(person):
        sign_in.note_first_factor(request.session, person, wish)
        return redirect("second-factor")
    login(request, person, backend=BACKEND)
    return HttpResponseRedirect(wish)


def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Sign in whoever holds the link.

    If somebody else is signed in in this browser, nobody is exchanged unasked: words would land under the wrong name.
    """
    tries = brake.Counted(ONE_ADDRESS, brake.address_of(request))
    if wait := brake.take(tries):
        return too_many_tries(request, wait)
    person = person_of_link(token)
    if person is None:
        return render(request, "accounts/link_expired.html", status=404)
    brake.give_back(tries)
    other = request.user.pk if request.user.is_authenticated and request.user.pk != person.pk else None
    if other is not None and request.method != "POST":
        return render(request, "accounts/link_other_person.html", {"person": person})
    if other is not None:
        request.session.flush()
        signed_out.send(sender=Person, person_id=other)
    wish = own_page(request, request.GET.get("next", ""))
    return HttpResponseRedirect(wish) if request.user.pk == person.pk else enter(request, person, wish)


class SignInView(LoginView):
    """Sign in by a password."""

    template_name = "accounts/sign_in.html"

    def post(self, request: HttpRequest, *arguments: str, **options: Any) -> HttpResponse:
        """Compare name and password, unless that was tried too often."""
        name, address = request.POST.get("username", "").casefold(), brake.address_of(request)
        self.tries = (
            brake.Counted(ONE_ACCOUNT_FROM_ONE_ADDRESS, f"{address} {name}"),
            brake.Counted(ONE_ACCOUNT, name),
            brake.Counted(ONE_ADDRESS, address),
        )
        if wait := brake.take(*self.tries):
            return too_many_tries(request, wait)
        return super().post(request, *arguments, **options)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """They belong together."""
        brake.give_back(*self.tries)
        person = form.get_user()
        assert isinstance(person, Person)
        return enter(self.request, person, own_page(self.request, self.get_success_url()))


class SignOutView(LogoutView):
    """Sign out; open screens of the person close at once, and the browser forgets what the pages kept in it."""

    def post(self, request: HttpRequest, *arguments: object, **options: object) -> HttpResponse:
        """End the sign-in, then tell."""
        person_id = request.user.pk
        response = super().post(request, *arguments, **options)
        if person_id is not None:
            signed_out.send(sender=Person, person_id=person_id)
        response.headers["Clear-Site-Data"] = '"storage"'
        return response
