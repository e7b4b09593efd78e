"""What a chat model is to the rest: messages go in, one reply comes out, or a named fault."""

from collections.abc import Collection, Mapping, Sequence
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
    """Tokens as the model counts them: read, and written.

    Attributes:
        cached: of those read, the ones that the model had kept from an earlier question; 0 if it doesn't tell.
    """

    prompt: int = 0
    completion: int = 0
    cached: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(self.prompt + other.prompt, self.completion + other.completion, self.cached + other.cached)


@dataclass(frozen=True, slots=True)
class Settings:
    """How an endpoint is asked.

    Attributes:
        temperature: 0 is greedy, as in the paper.
        longest_reply: in tokens.
        form: how a form is asked for: by its schema, as any JSON object, or in the words of the question alone.
        alternatives: what else each token of a form might have been is asked for as well.
        timeout: seconds for one attempt, from first to last byte.
        tries: attempts for one reply; those by which a field is found to be refused don't count.
        first_wait: seconds before the second attempt; doubled each time, up to 30, less a random quarter.
    """

    temperature: float = 0
    longest_reply: int = 2000
    form: Literal["schema", "object", "free"] = "schema"
    alternatives: bool = False
    timeout: float = 120
    tries: int = 5
    first_wait: float = 1


_FORMS = {"schema": ("json_schema", "json_object"), "object": ("json_object",), "free": ()}


def form_kind(form: str, refused: Collection[str] = ()) -> str | None:
    """The kind of `response_format` by which a form is asked for; None if in words alone.

    Args:
        form: as in `Settings`.
        refused: kinds that the endpoint doesn't take; then the next weaker one is tried.
    """
    return next((kind for kind in _FORMS[form] if kind not in refused), None)


@dataclass(frozen=True, slots=True)
class Choice:
    """One token of a reply, and what it might have been.

    Attributes:
        alternatives: {token: natural logarithm of its probability}, the likeliest alone, the chosen one among them.
    """

    text: str
    alternatives: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said.

    Attributes:
        text: never empty.
        finish: why it stopped: "stop", "length" where it was cut off, or the endpoint's own word.
        tokens: of all attempts; None if one of them wasn't counted.
        attempts: requests that were sent for it.
        served: the model's name as the endpoint gives it, such as that of a dated version; None if it gives none.
        choices: the text token by token, where alternatives were asked for and given.
        refused: what was not sent, since the endpoint doesn't take it: "temperature", "logprobs", kinds of a form.
    """

    text: str
    finish: str
    tokens: Tokens | None
    attempts: int = 1
    served: str | None = None
    choices: tuple[Choice, ...] = ()
    refused: frozenset[str] = frozenset()


@dataclass(eq=False)
class ChatFault(Exception):
    """No usable reply came. It holds neither the key nor any words of the messages, so it may be logged.

    Attributes:
        kind: a short stable name such as "timeout" or "rate limit".
        detail: what is known of it.
        attempts: requests that were sent.
        tokens: that they cost nevertheless; None if one of them may have cost something that nobody counted.
        final: another question will fare no better: a wrong key, an unknown model.
        status: of HTTP, of the last request; None if none came.
        refused: what was not sent in the last request, see `Reply`.
    """

    kind: str
    detail: str
    attempts: int = 1
    tokens: Tokens | None = None
    final: bool = False
    status: int | None = None
    refused: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request and what came of it. It holds neither the key nor any words.

    Attributes:
        began: when it was sent, in seconds since 1970.
        seconds: until the last byte, or the fault.
        outcome: "answered", the kind of a fault, or "given up" where the run ended before.
        status: of HTTP; None if none came.
        tokens: as the endpoint counts them, none for a status of refusal; None if nobody knows.
        form: the kind of `response_format` that was sent.
        warm: the endpoint had refused the temperature, and chose its own.
        served: the model's name as the endpoint gives it.
        finish: why the model stopped.
        wait: seconds that the endpoint asks us to wait.
    """

    began: float
    seconds: float
    outcome: str
    status: int | None = None
    tokens: Tokens | None = None
    form: str | None = None
    warm: bool = False
    served: str | None = None
    finish: str | None = None
    wait: float | None = None


class Watch(Protocol):
    """Who looks on while one reply is asked for, request by request: a rate limit, a budget, a ledger."""

    async def before(self) -> None:
        """Wait until the next request may be sent; what it raises ends the asking."""

    def after(self, attempt: Attempt) -> None:
        """Note what came of it. Called once for each `before` that returned."""


class _Nobody:
    async def before(self) -> None:
        pass

    def after(self, attempt: Attempt) -> None:
        pass


NOBODY: Watch = _Nobody()
"""Nobody looks on."""


class ChatModel(Protocol):
    """Whatever answers a chat."""

    @property
    def name(self) -> str:
        """As named on the command line."""

    async def reply(self, messages: Sequence[Message], form: Form | None = None, watch: Watch = NOBODY) -> Reply:
        """The next message of the assistant; many may be asked for at once.

        Args:
            form: what the text should be; a model that can't be held to it answers freely, so the text is still to
                be checked.
            watch: told of each request.

        Raises:
            ChatFault: no usable reply came.
        """

    def another(self) -> "ChatModel":
        """The same model for one talk at a time, by a connection of its own; to be closed by itself."""

    async def close(self) -> None:
        """Let go of connections."""


def estimated_tokens(text: str) -> int:
    """A rough count for a text that nobody has counted yet: a letter of Japanese or Chinese is 1, of ASCII ¼.

    Tokenizers differ by half and more; it serves to tell one dollar from a hundred before they are spent.
    """
    ascii_letters = sum(character < "\x80" for character in text)
    return len(text) - ascii_letters + -(-ascii_letters // 4)
