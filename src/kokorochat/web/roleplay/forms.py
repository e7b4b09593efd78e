"""The feedback form (paper, Figure 8), the form that pairs two people, and that of the conditions."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kokorochat.domain.dialogue import Role
from kokorochat.domain.feedback import CHECK_KEYS, CHECKS, HIGHEST, ITEMS, LOWEST, Aspect
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.actions import LONGEST_MINUTES, Conditions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.queries import conditions_of
from kokorochat.web.roleplay.templatetags.roleplay import wording

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


class Choice(forms.TypedChoiceField):
    """One of the six points; nothing is chosen beforehand."""

    def __init__(self, **options: Any) -> None:
        points = [(str(point), str(point)) for point in range(LOWEST, HIGHEST + 1)]
        super().__init__(choices=points, coerce=int, widget=forms.RadioSelect, **options)


def topic_choices(first: str) -> list[tuple[str, str]]:
    """The topics for a form, after a first line that chooses none."""
    return [("", first), *((topic.value, wording(topic)) for topic in TopicClass)]


class TopicForm(forms.Form):
    """What the talk was about, asked of the client if it was not agreed before."""

    topic_main = forms.ChoiceField(label=_("Topic of this talk"), error_messages={"required": _("Please choose.")})
    topic_sub = forms.CharField(
        label=_("In a few words"), max_length=100, help_text=_("For example: quarrel with a friend. No names.")
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields["topic_main"].choices = topic_choices(str(_("Please choose")))  # type: ignore[attr-defined]

    def topic(self) -> tuple[TopicClass, str]:
        """The topic that was given."""
        return TopicClass(self.cleaned_data["topic_main"]), self.cleaned_data["topic_sub"]


class FeedbackForm(forms.Form):
    """Twenty items and three checks, one field for each, under their keys."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        required = {
            "required": _("Please choose a number."),
            "invalid_choice": _("Choose a whole number from 0 to 5."),
        }
        for item in ITEMS:
            self.fields[item.key] = Choice(label=wording(item), error_messages=required)
        for check in CHECKS:
            self.fields[check.key] = forms.BooleanField(label=wording(check), required=False)

    def clean(self) -> dict[str, Any]:
        """Each field once, and a check either set as the form sets it or absent: nothing is guessed."""
        cleaned = super().clean() or {}
        data = self.data
        for key in self.fields:
            values = data.getlist(key) if isinstance(data, QueryDict) else [data[key]] if key in data else []
            if len(values) > 1:
                self.add_error(key, _("This was sent twice. Choose once."))
            elif key in CHECK_KEYS and values not in ([], ["on"]):
                self.add_error(key, _("A check is either marked or not."))
        return cleaned

    def cards(self) -> Iterator[tuple[Aspect, list[forms.BoundField]]]:
        """The fields of the items, by aspect."""
        for aspect in Aspect:
            yield aspect, [self[item.key] for item in ITEMS if item.aspect is aspect]

    def check_fields(self) -> "list[tuple[forms.BoundField, StrPromise, str]]":
        """The fields of the checks, each with what to think of, and its `Check.effect` on the total."""
        return [(self[check.key], _MEANINGS[check.key], check.effect) for check in CHECKS]

    def items(self) -> dict[str, int]:
        """{key: value} of the twenty."""
        return {item.key: self.cleaned_data[item.key] for item in ITEMS}

    def checks(self) -> set[str]:
        """The keys of the checks that are set."""
        return {check.key for check in CHECKS if self.cleaned_data[check.key]}


_MEANINGS = {
    "harmful_due_to_ignorance": _(
        "Something was said from a lack of understanding or without care that could wound somebody in this situation. "
        "The total becomes 0."
    ),
    "other_potentially_unethical": _(
        "Something like a diagnosis, advice on medicine, a claim without reason, or a sexual remark. "
        "The total becomes 0."
    ),
    "unwilling_to_continue": _("I would not want to go on talking with this counselor. The total is halved."),
}


FARTHEST = timedelta(days=730)
"""How far from now a session may be arranged; a year mistyped should be told."""


class _WhoField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        """Two people may share a nickname: the sign-in name tells them apart."""
        return f"{obj.display_name} ({obj.username})"


class ConditionsForm(forms.Form):
    """What is agreed before a talk; what stays empty is left to the client."""

    topic_main = forms.ChoiceField(label=_("Topic"), required=False)
    topic_sub = forms.CharField(label=_("Topic in a few words"), max_length=200, required=False)
    suicidal_thoughts = forms.ChoiceField(label=_("Suicidal thoughts"), required=False)
    client_state = forms.CharField(
        label=_("The client's state"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example tense, or slow to open up. Empty: the client decides."),
    )

    def __init__(self, *arguments: Any, left: Any = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        left = left or _("Left to the client")
        self.fields["topic_main"].choices = topic_choices(str(left))  # type: ignore[attr-defined]
        thoughts = [("", str(left)), *Session.SuicidalThoughts.choices]
        self.fields["suicidal_thoughts"].choices = thoughts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A description of the topic only beside a topic, and the other way round."""
        cleaned = super().clean() or {}
        if bool(cleaned.get("topic_main")) != bool(cleaned.get("topic_sub")):
            missing = "topic_sub" if cleaned.get("topic_main") else "topic_main"
            self.add_error(missing, _("Give both the topic and a few words on it, or neither."))
        return cleaned

    def conditions(self) -> Conditions:
        """What is agreed."""
        data = self.cleaned_data
        topic = TopicClass(data["topic_main"]) if data.get("topic_main") else None
        return Conditions(
            topic, data.get("topic_sub", ""), data.get("client_state", ""), data.get("suicidal_thoughts", "")
        )


def conditions_form(session: Session, role: Role, data: QueryDict | None = None) -> ConditionsForm | None:
    """The form for what a role may still set, filled with what it is shown; None if that is nothing."""
    shown = conditions_of(session, role)
    if not (shown.topic_open or shown.state_open):
        return None
    initial = {
        "topic_main": shown.topic.value if shown.topic else "",
        "topic_sub": shown.topic_sub,
        "suicidal_thoughts": shown.suicidal_thoughts,
        "client_state": shown.client_state,
    }
    left = _("Still open") if role is Role.CLIENT else None
    form = ConditionsForm(data, initial=initial, left=left, auto_id="conditions_%s")
    if role is Role.CLIENT:
        form.fields["client_state"].help_text = _(
            "For yourself. Your partner learns it in the talk, as with any client."
        )
    closed = [] if shown.topic_open else ["topic_main", "topic_sub"]
    closed += [] if shown.state_open else ["suicidal_thoughts", "client_state"]
    for name in closed:
        del form.fields[name]
    return form


class PairForm(ConditionsForm):
    """Two people, a time and what is agreed."""

    field_order = ("counselor", "client", "start", "minutes")

    counselor = _WhoField(
        label=pgettext_lazy("role", "Counselor"),
        queryset=Person.objects.none(),
        error_messages={"required": _("Please choose.")},
    )
    client = _WhoField(
        label=pgettext_lazy("role", "Client"),
        queryset=Person.objects.none(),
        error_messages={"required": _("Please choose.")},
    )
    start = forms.DateTimeField(
        label=_("Agreed start"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    minutes = forms.IntegerField(label=_("Planned minutes"), min_value=10, max_value=LONGEST_MINUTES, initial=60)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        people = Person.objects.filter(is_active=True).order_by("display_name")
        for role in ("counselor", "client"):
            self.fields[role].empty_label = _("Please choose")  # type: ignore[attr-defined]
        self.fields["counselor"].queryset = people.filter(is_program=False)  # type: ignore[attr-defined]
        self.fields["client"].queryset = people  # type: ignore[attr-defined]
        self.fields["start"].initial = timezone.localtime().replace(second=0, microsecond=0)

    def clean(self) -> dict[str, Any]:
        """Two different people, and a time that can be meant."""
        cleaned = super().clean() or {}
        start = cleaned.get("start")
        if start and abs(start - timezone.now()) > FARTHEST:
            self.add_error("start", _("The start lies years away. Check the date."))
        if cleaned.get("counselor") and cleaned.get("counselor") == cleaned.get("client"):
            self.add_error("client", _("One person can't play both roles. Choose two people."))
        return cleaned
