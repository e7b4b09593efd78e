"""The chat template of a base: as text it is fixed for all days, and it is tried before anything is made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.settings import BASE, PLAIN
from kokorochat.llm.chat import Message
from kokorochat.tasks.lines import file_bytes

END, HEAD = "<|end|>", "<|{role}|>"
"""The tokens of the plain template: what ends a turn, and what begins one."""

PLAIN_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
"""Our own, of tiny bases and of bases without one."""

PLAIN_TOKENS = (END, *(HEAD.format(role=role) for role in ("system", "user", "assistant")))

DATE = "26 Jul 2024"
"""What templates that print a date print; it is Llama 3.1's own for whoever names none, and no day of anybody's."""

_NO_CLOCK = "{% macro strftime_now(format) %}" + DATE + "{% endmacro %}"

OPENING = "（対話を始めてください。）"
"""Put before a talk that the assistant opens, for templates that want the user first."""

REMEDY = 'Name a file with another chat template as `template`, or "plain"'


def template_text(name: str, tokenizer: Any, base: str) -> str:
    """The template under a name of a run file.

    Args:
        name: "base", "plain" or a file.
        tokenizer: of the base.
        base: its name, for messages.

    Raises:
        InputError: the base has none, or the file can't be read.
    """
    if name == PLAIN:
        return PLAIN_TEMPLATE
    if name != BASE:
        try:
            return without_clock(file_bytes(Path(name)).decode())
        except UnicodeDecodeError:
            raise InputError(name, "is no template in UTF-8", REMEDY) from None
    own = tokenizer.chat_template
    if isinstance(own, dict):
        own = own.get("default")
    if not isinstance(own, str) or not own:
        raise InputError(f"base {base}", "has no chat template", 'Name a file (.jinja) as template, or "plain"')
    return without_clock(own)


def without_clock(template: str) -> str:
    """A template that would print today's date prints a fixed one: else no two days would train or answer alike."""
    if "strftime_now" not in template or template.startswith(_NO_CLOCK):
        return template
    return _NO_CLOCK + template


@dataclass(frozen=True)
class Manner:
    """How messages are put so that a template takes them.

    Attributes:
        system: it has a place for the instruction; else that stands before the first message of the user.
        opening: the user must speak first; else the assistant may.
    """

    system: bool
    opening: bool

    def put(self, messages: Sequence[Message]) -> list[Message]:
        """The messages in this manner; the places of those that are put before the others are all at the beginning."""
        instruction, *talk = messages
        opens = bool(talk) and talk[0].role == "assistant"
        if self.system:
            return [instruction, *([Message("user", OPENING)] if opens and self.opening else []), *talk]
        if opens or not talk:
            return [Message("user", instruction.content), *talk]
        first, *rest = talk
        return [Message("user", f"{instruction.content}\n\n{first.content}"), *rest]


MANNERS = tuple(Manner(system, opening) for system in (True, False) for opening in (False, True))
"""In the order in which they are tried: as little is changed as can be."""
