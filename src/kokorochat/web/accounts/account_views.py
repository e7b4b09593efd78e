"""One's own account: the password, and an end to all sign-ins."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kokorochat.web import brake
from kokorochat.web.accounts import consent, mail_address, second_factor
from kokorochat.web.accounts.actions import set_password, sign_out_everywhere
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.accounts.second_factor_views import recently_confirmed
from kokorochat.web.accounts.views import ONE_ACCOUNT
from kokorochat.web.refusals import too_many_tries


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """What can be changed."""
    person = person_of(request)
    factor = {"has_factor": second_factor.has_one(person), "must_have_factor": second_factor.must_have_one(person)}
    return render(
        request, "accounts/account.html", factor | mail_address.shown(person) | {"consents": consent.consents(person)}
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@recently_confirmed("password")
def password(request: HttpRequest) -> HttpResponse:
    """Set a password; whoever has one gives the old one. Other sign-ins end."""
    person = person_of(request)
    kind = PasswordChangeForm if person.has_usable_password() else SetPasswordForm
    form = kind(person, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        tries = brake.Counted(ONE_ACCOUNT, person.username.casefold())
        if wait := brake.take(tries):
            return too_many_tries(request, wait)
        if form.is_valid():
            brake.give_back(tries)
            set_password(person, form.cleaned_data["new_password1"])
            update_session_auth_hash(request, person)
            messages.success(request, _("The new password is set. You are signed out everywhere else."))
            return redirect("account")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/password.html", {"form": form}, status=status)


@login_required
@require_POST
def leave_everywhere(request: HttpRequest) -> HttpResponse:
    """Sign out in every browser, this one too."""
    sign_out_everywhere(person_of(request), person_of(request))
    request.session.flush()
    return redirect("sign-in")
