"""Giving the second factor, setting it up, and giving it up."""

from collections.abc import Callable
from functools import wraps

import segno
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kokorochat.web import brake
from kokorochat.web.accounts import second_factor, sign_in
from kokorochat.web.accounts.actions import sign_out_everywhere
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.accounts.models import Person
from kokorochat.web.accounts.views import BACKEND, own_page
from kokorochat.web.refusals import too_many_tries

_View = Callable[..., HttpResponse]
ONE_PERSON = brake.Limit("second factor, person", 10, 300)


def recently_confirmed(back: str = "") -> Callable[[_View], _View]:
    """Ask whoever has a second factor for it again if it was not given lately; then they come to the page `back`.

    Args:
        back: the name of a page without arguments; empty for the page itself, which must be one that is read.
    """

    def decorate(view: _View) -> _View:
        @wraps(view)
        def guarded(request: HttpRequest, *arguments: object, **options: object) -> HttpResponse:
            if sign_in.is_confirmed(request.session) or not second_factor.has_one(person_of(request)):
                return view(request, *arguments, **options)
            wish = reverse(back) if back else request.path
            return HttpResponseRedirect(f"{reverse('second-factor')}?{urlencode({'next': wish})}")

        return guarded

    return decorate


@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Take the code: to end a sign-in, or to confirm that it is still the same person at the screen."""
    first = sign_in.first_factor(request.session)
    person = first.person if first else request.user
    if not isinstance(person, Person):
        return redirect("sign-in")
    if not second_factor.has_one(person):
        return redirect("second-factor-set-up" if first else "home")
    wish = own_page(request, first.wish if first else request.GET.get("next", ""))
    context, status = {"signs_in": first is not None, "next": wish, "wrong": False}, 200
    if request.method == "POST":
        tries = brake.Counted(ONE_PERSON, str(person.pk))
        if wait := brake.take(tries):
            return too_many_tries(request, wait)
        if second_factor.check(person, request.POST.get("code", "")):
            brake.give_back(tries)
            if first:
                login(request, person, backend=BACKEND)
            else:
                messages.success(request, _("Confirmed. You will not be asked again for a quarter of an hour."))
            sign_in.note_confirmed(request.session)
            return HttpResponseRedirect(wish)
        context["wrong"], status = True, 422
    return render(request, "accounts/second_factor.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Scan, confirm by a code, and read the recovery codes once.

    Somebody who has one already gives it first: with a link alone nobody may replace it.
    """
    first = sign_in.first_factor(request.session)
    person = first.person if first else request.user
    if not isinstance(person, Person):
        return redirect("sign-in")
    if second_factor.has_one(person) and (first or not sign_in.is_confirmed(request.session)):
        return HttpResponseRedirect(f"{reverse('second-factor')}?{urlencode({'next': request.path})}")
    device = second_factor.begin(person)
    wrong = False
    if request.method == "POST":
        if wait := brake.take(brake.Counted(ONE_PERSON, str(person.pk))):
            return too_many_tries(request, wait)
        codes = second_factor.confirm(person, request.POST.get("code", ""))
        if codes is not None:
            # Whoever was signed in elsewhere has not given it.
            sign_out_everywhere(person, person)
            if first:
                login(request, person, backend=BACKEND)
            else:
                update_session_auth_hash(request, person)
            sign_in.note_confirmed(request.session)
            wish = first.wish if first else reverse("account")
            return render(request, "accounts/recovery_codes.html", {"codes": codes, "next": wish})
        wrong = True
    address = device.config_url
    context = {
        "picture": segno.make(address, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff"),
        "key": address.partition("secret=")[2].partition("&")[0],
        "must": second_factor.must_have_one(person),
        "signs_in": first is not None,
        "wrong": wrong,
    }
    return render(request, "accounts/second_factor_set_up.html", context, status=422 if wrong else 200)


@login_required
@require_POST
@recently_confirmed("account")
def give_up(request: HttpRequest) -> HttpResponse:
    """Go without, if one may."""
    person = request.user
    assert isinstance(person, Person)
    if second_factor.must_have_one(person):
        messages.error(request, _("Administrators need a second factor here. You can set up another app."))
    else:
        second_factor.remove(person, person)
        messages.success(request, _("The second factor is removed."))
    return redirect("account")
