"""How the domain's words and numbers appear on pages."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kokorochat.domain.feedback import Aspect, Check, Item
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.models import HelpLine

register = template.Library()

_MANY_MINUTES = timedelta(hours=3)
"""The longest session that can be arranged."""


@register.filter
def points(effect: float) -> str:
    """What a message adds to an item, always with its sign."""
    return f"{effect:+.2f}".replace("-", "−")


@register.filter
def wording(thing: Item | Check | Aspect | TopicClass | HelpLine | None) -> str:
    """The name of an item, check, aspect, topic or help line in the page's language."""
    if thing is None:
        return ""
    if get_language() == "ja":
        return thing.japanese
    return thing.value if isinstance(thing, Aspect | TopicClass) else thing.english


@register.filter
def moment(at: datetime) -> str:
    """Day and time; the year only if it is another."""
    at = timezone.localtime(at)
    return date_format(at, "MOMENT_FORMAT" if at.year == timezone.localtime().year else "DATETIME_FORMAT")


@register.filter
def hour(at: datetime) -> str:
    """The time alone of what was today, of anything else its day too."""
    at = timezone.localtime(at)
    return date_format(at, "TIME_FORMAT") if at.date() == timezone.localdate() else moment(at)


@register.filter
def passed(at: datetime) -> str:
    """How long ago something was."""
    return since(timezone.now() - at)


def since(time: timedelta) -> str:
    """How long ago something was; not 0 minutes."""
    return _("%(time)s ago") % {"time": lasting(time)} if time >= timedelta(minutes=1) else _("just now")


def lasting(time: timedelta) -> str:
    """Minutes as long as they tell something, then hours or days."""
    if time < _MANY_MINUTES:
        return _("%(n)d min") % {"n": time // timedelta(minutes=1)}
    return timesince(timezone.now() - time, depth=1)


@register.simple_tag
def gap() -> str:
    """What stands between two sentences that are translated apart: Japanese has no space there."""
    return "" if get_language() == "ja" else " "


@register.inclusion_tag("administration/_waiting.html", takes_context=True)
def waiting_alerts(context: Context) -> dict[str, Any]:
    """What waits for an administrator; on each of their pages."""
    person = context.get("user")
    return {"alerts": queries.waiting_alerts(person) if isinstance(person, Person) else []}
