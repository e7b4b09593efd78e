"""Reading what one agrees to, and accepting it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kokorochat.web.accounts import consent
from kokorochat.web.accounts.guard import person_of
from kokorochat.web.accounts.models import ConsentText
from kokorochat.web.accounts.views import own_page


@dataclass
class Part:
    """A paragraph of a text as a page shows it.

    Attributes:
        kind: `heading`, `list` or `words`; lines: one for each point of a list, else the paragraph's own lines.
    """

    kind: str
    lines: list[str] = field(default_factory=list)


def asked_first(request: HttpRequest, began_at: datetime | None = None) -> HttpResponse | None:
    """The way to the consent page for somebody who has to accept it first; from there they come back here.

    Args:
        began_at: when the session began that they want to enter; None if it has not, or it is about none.
    """
    if consent.due(person_of(request), began_at) is None:
        return None
    return HttpResponseRedirect(f"{reverse('consent')}?{urlencode({'next': request.get_full_path()})}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest) -> HttpResponse:
    """The text in force, and what of it one has accepted; a POST accepts the version that was read."""
    person, wish = person_of(request), own_page(request, request.GET.get("next", ""))
    text = consent.in_force()
    if text is None:
        raise Http404
    status = 200
    if request.method == "POST":
        version = request.POST.get("version", "")
        if version.isascii() and version.isdecimal() and len(version) < 10 and consent.accept(person, int(version)):
            messages.success(request, _("Thank you. You can read what you accepted under “Account” at any time."))
            return redirect(wish)
        messages.error(request, _("The text has changed meanwhile. Nothing is stored; please read it again."))
        status = 409
    context = {
        "text": text,
        "parts": parts_of(text),
        "due": not consent.has_accepted(person, text.version),
        "consents": consent.consents(person),
        "wish": wish,
    }
    return render(request, "accounts/consent.html", context, status=status)


@login_required
@require_safe
def accepted(request: HttpRequest, version: int) -> HttpResponse:
    """A text that one has accepted, as it was; administrators read every one."""
    person = person_of(request)
    text = ConsentText.objects.filter(version=version).first()
    mine = consent.consents(person).filter(text__version=version).first()
    if text is None or (mine is None and not person.is_staff):
        raise Http404
    return render(request, "accounts/consent_text.html", {"text": text, "parts": parts_of(text), "consent": mine})


def parts_of(text: ConsentText) -> list[Part]:
    """The text in the page's language: `# ` begins a heading, `- ` a point of a list, an empty line a paragraph."""
    return list(_parts(text.japanese if get_language() == "ja" else text.english))


def _parts(words: str) -> Iterator[Part]:
    part = Part("words")
    for line in [*words.splitlines(), ""]:
        line = line.strip()
        kind = {"# ": "heading", "- ": "list"}.get(line[:2], "words")
        if part.lines and (not line or kind != part.kind or kind == "heading"):
            yield part
            part = Part(kind)
        if line:
            part.kind = kind
            part.lines.append(line if kind == "words" else line[2:].strip())
