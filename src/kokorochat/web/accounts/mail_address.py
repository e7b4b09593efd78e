"""One's own mail address: used once whoever reads it has said so, for a notice may hold a link that opens something.

Until then it is shown as named and not confirmed: the link in the mail holds, signed, whose address it is to be. Once
the person has named another, or none, it ends: an address that was mistyped is a stranger's.
"""

import smtplib
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.core.mail import send_mail
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kokorochat.web import brake
from kokorochat.web.accounts.actions import keep_email, keep_named_email, name_email
from kokorochat.web.accounts.forms import EmailForm
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.accounts.models import Person
from kokorochat.web.refusals import too_many_tries

LIFETIME = timedelta(hours=24)
MAILS_OF_ONE = brake.Limit("mail address, account", 5, 3600)
"""Nobody is to fill a stranger's letter box."""
_SALT = "kokorochat.mail-address"


@login_required
@require_POST
def set_address(request: HttpRequest) -> HttpResponse:
    """Take the address away, or mail a link to a new one; `back=alerts` for the page on which an alert's is named.

    What is no address is shown again on a page of its own, to be mended there.
    """
    if not settings.MAILS:
        raise Http404
    person, form = person_of(request), EmailForm(request.POST)
    page = "alerts" if person.is_staff and request.POST.get("back") == "alerts" else "account"
    back = redirect(page)
    if not form.is_valid():
        form.fields["email"].widget.attrs["autofocus"] = True
        return render(request, "accounts/address.html", shown(person) | {"form": form, "back": page}, status=422)
    address = form.cleaned_data["email"]
    if address in ("", person.email):
        keep_email(person, address)
        messages.success(
            request, _("Your address stays as it is.") if address else _("Nothing is mailed to you any more.")
        )
        return back
    if wait := brake.take(brake.Counted(MAILS_OF_ONE, str(person.pk))):
        return too_many_tries(request, wait)
    link = settings.ORIGINS[0] + reverse("confirm-address", args=[token_of(person, address)])
    text = _(
        "Somebody, probably you, has named this address on KokoroChat as theirs. Open this link within a day to be "
        "told there of what concerns you:\n\n%(link)s\n\nIf it was not you, do nothing: nothing more is sent there."
    ) % {"link": link}
    try:
        send_mail(_("KokoroChat: is this your address?"), f"{text}\n", None, [address])
    except (smtplib.SMTPException, OSError):
        messages.error(request, _("The mail could not be sent. Nothing is changed; try again later."))
    else:
        name_email(person, address)
        messages.success(request, _("A mail is on its way to this address. Open the link in it, and it is stored."))
    return back


def shown(person: Person) -> dict[str, object]:
    """What a page shows of a person's address, and the form for another."""
    return {"mails": settings.MAILS, "form": EmailForm(initial={"email": person.email}), "person": person}


def token_of(person: Person, address: str) -> str:
    """What the link in the mail says: this person has named this address."""
    return signing.dumps([person.pk, address, person.sign_in_epoch], salt=_SALT)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever reads the address says that it is theirs. A look alone stores nothing: mail programs open links too."""
    try:
        pk, address, epoch = signing.loads(token, salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        return _ended(request)
    person = Person.objects.filter(pk=pk, is_active=True, is_program=False, sign_in_epoch=epoch).first()
    if person is None or address not in (person.email_named, person.email):
        return _ended(request)
    if request.method == "POST" and not keep_named_email(person, address):
        return _ended(request)
    context = {"person": person, "address": address, "by_link": True, "kept": request.method == "POST"}
    return render(request, "accounts/confirm_address.html", context)


def _ended(request: HttpRequest) -> HttpResponse:
    """A link that is too old, was cut short on its way, or was overtaken by a sign-out or another address."""
    return render(request, "accounts/address_link_ended.html", {"by_link": True}, status=404)
