"""What an administrator does to an account: end its sign-ins, lock it, change its role, forget its second factor."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kokorochat.web.accounts import second_factor
from kokorochat.web.accounts.actions import set_active, set_administrator, sign_out_everywhere
from kokorochat.web.accounts.guard import administrators_only, person_of
from kokorochat.web.accounts.models import Person


def _of_another(deed: Callable[[Person, Person, HttpRequest], str]) -> Callable[..., HttpResponse]:
    """A POST that does something to somebody else and says what has become of it."""

    @administrators_only
    @require_POST
    @wraps(deed)
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        by, person = person_of(request), get_object_or_404(Person, pk=pk, is_program=False)
        if person.pk == by.pk:
            messages.error(request, _("For your own account use the page “Account”, or ask another administrator."))
        else:
            messages.success(request, deed(by, person, request) % {"name": person})
        return redirect("person", pk=pk)

    return view


@_of_another
def sign_out(by: Person, person: Person, request: HttpRequest) -> str:
    """End all sign-ins and the sign-in link."""
    sign_out_everywhere(by, person)
    return _("%(name)s is signed out everywhere.")


@_of_another
def lock(by: Person, person: Person, request: HttpRequest) -> str:
    """Lock the account, or with `active=1` let the person in again."""
    active = request.POST.get("active") == "1"
    set_active(by, person, active)
    return _("%(name)s can sign in again, by a new link.") if active else _("%(name)s is locked and signed out.")


@_of_another
def change_role(by: Person, person: Person, request: HttpRequest) -> str:
    """Make the person a member, or with `administrator=1` an administrator."""
    administrator = request.POST.get("administrator") == "1"
    set_administrator(by, person, administrator)
    return _("%(name)s is an administrator now.") if administrator else _("%(name)s is a member now.")


@_of_another
def reset_factor(by: Person, person: Person, request: HttpRequest) -> str:
    """Forget the second factor of somebody who has lost the phone and the recovery codes."""
    second_factor.remove(by, person)
    sign_out_everywhere(by, person)
    return _("The second factor of %(name)s is removed. Give them a new link when you are sure who asks.")
