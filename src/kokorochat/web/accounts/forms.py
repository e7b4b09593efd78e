"""What an administrator writes about a person."""

import unicodedata

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kokorochat.web.accounts.models import Person

EMPTY = _("This field is required.")
"""Django's own words for a field without any; named here so that the catalogue's Japanese takes the place of its."""


class PersonForm(forms.Form):
    """A new account."""

    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=60,
        validators=[ASCIIUsernameValidator()],
        help_text=_("Letters, digits and @ . + - _"),
    )
    display_name = forms.CharField(
        label=_("Name shown to the partner"), max_length=60, help_text=_("A nickname; no real names.")
    )
    password = forms.CharField(
        label=_("Password (may stay empty)"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Without one, the person signs in by a link that you pass on."),
    )
    is_staff = forms.BooleanField(label=_("Administrator"), required=False)

    def clean_username(self) -> str:
        """Not taken yet, in any case of letters."""
        username: str = self.cleaned_data["username"]
        if Person.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("This sign-in name is taken. Choose another."))
        return username

    def clean_display_name(self) -> str:
        """Made of visible characters."""
        name: str = self.cleaned_data["display_name"]
        if any(unicodedata.category(character) in ("Cc", "Cf") for character in name):
            raise ValidationError(_("The name holds an invisible character. Type it again."))
        return name

    def clean_password(self) -> str:
        """Empty, or long and uncommon enough."""
        password: str = self.cleaned_data["password"]
        if password:
            named = Person(
                username=self.cleaned_data.get("username", ""), display_name=self.cleaned_data.get("display_name", "")
            )
            validate_password(password, named)
        return password


class EmailForm(forms.Form):
    """One's own mail address."""

    email = forms.EmailField(label=_("Mail address"), required=False, max_length=254)
