"""The list of help lines that stands on every debrief card."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from kokorochat.web.accounts.guard import administrators_only, person_of
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.models import HelpLine

FREE_ROWS = 2


class HelpLineForm(forms.Form):
    """One line; empty it to take it from the list."""

    japanese = forms.CharField(label=gettext_lazy("Name in Japanese"), max_length=80)
    english = forms.CharField(label=gettext_lazy("Name in English"), max_length=80)
    contact = forms.CharField(label=gettext_lazy("Number or address"), max_length=200)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        # An emptied line is left out and not a fault, whether it was there before or not.
        super().__init__(*arguments, **options | {"empty_permitted": True, "use_required_attribute": False})

    def has_changed(self) -> bool:
        """Whether anything stands in the line."""
        return any(self[name].value() for name in self.fields)


HelpLines = forms.formset_factory(HelpLineForm, extra=FREE_ROWS, max_num=12, absolute_max=12)


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def help_lines(request: HttpRequest) -> HttpResponse:
    """Read and change the list; emptied altogether it is the platform's own again."""
    lines = [{name: getattr(line, name) for name in HelpLineForm.base_fields} for line in queries.help_lines()]
    forms_ = HelpLines(request.POST if request.method == "POST" else None, initial=lines)
    if request.method == "POST" and forms_.is_valid():
        kept = [HelpLine(**form.cleaned_data) for form in forms_ if form.cleaned_data.get("contact")]
        actions.keep_help_lines(person_of(request), kept)
        messages.success(request, _("The help lines are stored."))
        return redirect("help-lines")
    status = 422 if request.method == "POST" else 200
    return render(request, "administration/help_lines.html", {"forms": forms_}, status=status)
