"""How the domain's words and numbers appear on pages."""

from typing import Any

from django import template
from django.template import Context
from django.utils.translation import get_language

from kokorochat.domain.feedback import Aspect, Check, Item
from kokorochat.domain.topic import TopicClass
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.models import HelpLine

register = template.Library()


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


@register.inclusion_tag("administration/_waiting.html", takes_context=True)
def waiting_alerts(context: Context) -> dict[str, Any]:
    """What waits for an administrator; on each of their pages."""
    person = context.get("user")
    return {"alerts": queries.waiting_alerts(person) if isinstance(person, Person) else []}
