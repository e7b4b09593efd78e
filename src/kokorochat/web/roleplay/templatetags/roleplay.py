"""How the domain's words and numbers appear on pages."""

from django import template
from django.utils.translation import get_language

from kokorochat.domain.feedback import Aspect, Check, Item
from kokorochat.domain.topic import TopicClass

register = template.Library()


@register.filter
def wording(thing: Item | Check | Aspect | TopicClass | None) -> str:
    """The name of an item, check, aspect or topic in the page's language."""
    if thing is None:
        return ""
    if get_language() == "ja":
        return thing.japanese
    return thing.value if isinstance(thing, Aspect | TopicClass) else thing.english
