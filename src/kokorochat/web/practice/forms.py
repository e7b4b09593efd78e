"""What somebody chooses who practises alone."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kokorochat.domain.topic import TopicClass
from kokorochat.web.roleplay.actions import Conditions
from kokorochat.web.roleplay.forms import topic_choices


class PracticeForm(forms.Form):
    """The topic; the role is the button that is pressed."""

    topic_main = forms.ChoiceField(label=_("Topic"), required=False)
    topic_sub = forms.CharField(
        label=_("Topic in a few words"),
        max_length=100,
        required=False,
        help_text=_("For example: quarrel with a friend. No names."),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["topic_main"].choices = topic_choices(str(_("Left open")))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """No description of a topic without the topic."""
        cleaned = super().clean() or {}
        if cleaned.get("topic_sub") and not cleaned.get("topic_main"):
            self.add_error("topic_main", _("Choose the topic that these words belong to, or leave both open."))
        return cleaned

    def conditions(self) -> Conditions:
        """What is agreed."""
        data = self.cleaned_data
        topic = TopicClass(data["topic_main"]) if data["topic_main"] else None
        return Conditions(topic, data["topic_sub"])
