"""The consent text: read, changed by publishing a new version, and by how many it was accepted."""

import unicodedata
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from kokorochat.web.accounts import consent
from kokorochat.web.accounts.guard import administrators_only, person_of
from kokorochat.web.accounts.models import ConsentText


class ConsentTextForm(forms.Form):
    """A new version, in both languages."""

    japanese = forms.CharField(
        label=gettext_lazy("In Japanese"), max_length=consent.LONGEST, widget=forms.Textarea({"lang": "ja", "rows": 16})
    )
    english = forms.CharField(
        label=gettext_lazy("In English"), max_length=consent.LONGEST, widget=forms.Textarea({"lang": "en", "rows": 16})
    )
    follows = forms.IntegerField(min_value=0, max_value=2**31 - 2, widget=forms.HiddenInput)

    def clean_japanese(self) -> str:
        """As `plain_text`."""
        return plain_text(self.cleaned_data["japanese"])

    def clean_english(self) -> str:
        """As `plain_text`."""
        return plain_text(self.cleaned_data["english"])

    def clean(self) -> dict[str, Any]:
        """Another text than the one in force: nobody is asked again for nothing."""
        data = super().clean() or self.cleaned_data
        text = consent.in_force()
        if text and (data.get("japanese"), data.get("english")) == (text.japanese.strip(), text.english.strip()):
            raise ValidationError(_("Nothing is changed, so there is nothing to publish."))
        return data


def plain_text(words: str) -> str:
    """Words and line ends alone.

    Raises:
        ValidationError: another control character, or half of a character.
    """
    words = words.replace("\r\n", "\n").strip()
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in words):
        raise ValidationError(_("The text holds an invisible character. Type that place again."))
    return words


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def consent_text(request: HttpRequest) -> HttpResponse:
    """Read the text in force, publish a new one, and see all versions."""
    text = consent.in_force()
    initial = {"japanese": text.japanese, "english": text.english, "follows": text.version} if text else {"follows": 0}
    form = ConsentTextForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = consent.publish(person_of(request), data["japanese"], data["english"], data["follows"])
        if made is not None:
            messages.success(
                request,
                _("Version %(n)d is in force. Everybody is asked before their next session.") % {"n": made.version},
            )
            return redirect("consent-texts")
        form.data = request.POST.copy()  # it can be sent again, knowingly
        newest = consent.in_force()
        form.data["follows"] = str(newest.version if newest else 0)
        form.add_error(None, _("Another version was published meanwhile. Look at it, and bring your changes into it."))
    found = ConsentText.objects.select_related("published_by").annotate(accepted=Count("consents"))
    context = {"form": form, "texts": found.order_by("-version"), "text": text}
    status = 422 if request.method == "POST" else 200
    return render(request, "administration/consent_text.html", context, status=status)
