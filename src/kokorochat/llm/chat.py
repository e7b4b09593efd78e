"""What a chat model is to the rest: messages go in, one reply comes out, or a named fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import msgspec


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message to or from a chat model; a person's words are an utterance."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Form:
    """The JSON object that a reply should be, for a model that can be held to it.

    Attributes:
        name: letters, digits, `_` and `-`, as endpoints ask for.
        schema: a JSON schema; every property is required, no other is allowed.
    """

    name: str
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens as the model counts them: read, and written."""

    prompt: int = 0
    completion: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.prompt + other.prompt, self.completion + other.completion)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said.

    Attributes:
        text: never empty.
        finish: why it stopped: "stop", "length" where it was cut off, or the endpoint's own word.
        tokens: of all attempts; None if the model doesn't count.
        attempts: requests that were sent for it.
        served: the model's name as the endpoint gives it, such as that of a dated version; None if it gives none.
    """

    text: str
    finish: str
    tokens: Tokens | None
    attempts: int = 1
    served: str | None = None


@dataclass(eq=False)
class ChatFault(Exception):
    """No usable reply came. It holds neither the key nor any words of the messages, so it may be logged.

    Attributes:
        kind: a short stable name such as "timeout" or "rate limit".
        detail: what is known of it.
        attempts: requests that were sent.
        tokens: that they cost nevertheless.
        final: another question will fare no better: a wrong key, an unknown model.
    """

    kind: str
    detail: str
    attempts: int = 1
    tokens: Tokens = Tokens()
    final: bool = False

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


class ChatModel(Protocol):
    """Whatever answers a chat."""

    @property
    def name(self) -> str:
        """As named on the command line."""

    async def reply(self, messages: Sequence[Message], form: Form | None = None) -> Reply:
        """The next message of the assistant; many may be asked for at once.

        Args:
            form: what the text should be; a model that can't be held to it answers freely, so the text is still to
                be checked.

        Raises:
            ChatFault: no usable reply came.
        """

    async def close(self) -> None:
        """Let go of connections."""


def estimated_tokens(text: str) -> int:
    """A rough count for a text that nobody has counted yet: a letter of Japanese or Chinese is 1, of ASCII ¼.

    Tokenizers differ by half and more; it serves to tell one dollar from a hundred before they are spent.
    """
    ascii_letters = sum(character < "\x80" for character in text)
    return len(text) - ascii_letters + -(-ascii_letters // 4)
