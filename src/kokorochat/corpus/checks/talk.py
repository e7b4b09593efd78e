"""A dialogue laid out for checks in columns, so that each is looked through at once rather than message by message."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from kokorochat.domain.dialogue import Dialogue, Role


@dataclass
class Talk:
    """The messages of a dialogue by columns of one length.

    Attributes:
        counselor: for each message whether the counselor sent it, as a byte of 1 or 0.
    """

    dialogue: Dialogue

    def __post_init__(self) -> None:
        counselor = Role.COUNSELOR
        self.texts: list[str] = [utterance.text for utterance in self.dialogue.utterances]
        self.counselor: bytes = bytes([utterance.role is counselor for utterance in self.dialogue.utterances])

    @cached_property
    def times(self) -> list[datetime]:
        """When each message was sent; empty unless all have a time."""
        times = [utterance.time for utterance in self.dialogue.utterances]
        return times if all(times) else []  # type: ignore[return-value]

    @cached_property
    def joined(self) -> str:
        """All messages in one string, with line breaks between: where a pattern isn't in it, it is in none of them."""
        return "\n".join(self.texts)

    @cached_property
    def firsts(self) -> str:
        """The first character of each message, a space for an empty one: what begins how is found at once in it."""
        try:
            return "".join([text[0] for text in self.texts])
        except IndexError:
            return "".join([text[:1] or " " for text in self.texts])

    def place(self, index: int) -> str:
        """The name of an utterance: `id:index`."""
        return f"{self.dialogue.id}:{index}"
