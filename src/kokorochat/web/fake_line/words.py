"""The phone view's page in both languages; the Japanese stands in the platform's catalogue, read without Django."""

import gettext
import html
import json
from functools import cache
from pathlib import Path
from string import Template

LANGUAGES = ("ja", "en")

_HERE = Path(__file__).parent
_CATALOGUE = _HERE.parent / "locale" / "ja" / "LC_MESSAGES" / "django.mo"


@cache
def page(language: str) -> str:
    """The page of a language."""
    words = {name: html.escape(word) for name, word in _words(language).items()}
    other = next(known for known in LANGUAGES if known != language)
    # A `<` would end the element that holds the words.
    spoken = json.dumps(_spoken(language), ensure_ascii=False).replace("<", "\\u003c")
    return Template((_HERE / "static" / "phone.html").read_text(encoding="utf-8")).substitute(
        words, language=language, other=other, spoken=spoken
    )


def _translations(language: str) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    with _CATALOGUE.open("rb") as file:
        return gettext.GNUTranslations(file)


def _words(language: str) -> dict[str, str]:
    """What stands in the page."""
    _ = _translations(language).gettext
    return {
        "title": _("LINE simulation"),
        "explanation": _("For development: nothing here reaches the real LINE."),
        "other_language": {"ja": "English", "en": "日本語"}[language],
        "views": _("Views"),
        "people": _("Simulated people"),
        "phone": _("Phone"),
        "disturbances": _("Faults"),
        "name": _("Name"),
        "add": _("Add"),
        "new_person": _("New person"),
        "account": _("Official account"),
        "webhook": _("Webhook"),
        "pushed": _("Pushed this month"),
        "message": _("Message"),
        "send": _("Send"),
        "sticker": _("Sticker"),
        "image": _("Image"),
        "thread": _("Messages on this phone"),
        "nobody": _("Add a person, and their phone appears here."),
        "calls": _("Calls of the platform"),
        "share": _("Share in percent"),
        "error": _("500, nothing done"),
        "error_after": _("500 after acceptance"),
        "timeout_after": _("No answer after acceptance"),
        "conflict": _("409 on a push"),
        "rate": _("429, nothing done"),
        "slow": _("Slow answer"),
        "hang_seconds": _("Seconds without an answer"),
        "slow_seconds": _("Seconds of a slow answer"),
        "quota": _("Pushes in a month (empty: no limit)"),
        "events": _("Events to the platform"),
        "copies": _("Sent up to so many times"),
        "shuffle_seconds": _("Shuffled within seconds"),
        "bad_signatures": _("Wrong signatures, percent"),
        "seed": _("Seed"),
        "apply": _("Apply"),
        "calm": _("No faults"),
        "recent": _("Newest events"),
        "event": _("Event"),
        "person": _("Person"),
        "answers": _("Answers"),
    }


def _spoken(language: str) -> dict[str, str]:
    """What the page's script says."""
    _ = _translations(language).gettext
    return {
        "none_yet": _("No messages yet."),
        "block": _("Block"),
        "unblock": _("Unblock"),
        "add_friend": _("Add the official account"),
        "blocked": _("The official account is blocked. Nothing reaches this phone."),
        "stranger": _("This person has not added the official account."),
        "unsend": _("Take back"),
        "unsent_own": _("You took this message back."),
        "read": _("Read by the other side"),
        "loading": _("The other side is writing"),
        "image": _("Image"),
        "official": _("Official account"),
        "forged": _("wrong signature"),
        "on_its_way": _("on its way"),
        "no_answer": _("no answer"),
        "lost": _("The simulation does not answer. It is looked for again and again."),
        "no_webhook": _("None yet"),
        "no_limit": _("no limit"),
        "applied": _("Applied."),
        "no_events": _("No events yet."),
    }
