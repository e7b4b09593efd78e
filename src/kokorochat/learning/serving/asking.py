"""What a request asks for: a chat in OpenAI's form, checked before anything is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any, Literal

import msgspec

from kokorochat.corpus.faults import field_fault
from kokorochat.learning.bounds import Positive
from kokorochat.learning.serving.refusal import Refusal
from kokorochat.llm.chat import Message

_NOT_KNOWN = ("stop", "tools", "functions", "logit_bias", "presence_penalty", "frequency_penalty", "logprobs")
"""Fields that would change the answer and that nothing is made of: who sends one is told so. All others change none."""


class _Part(msgspec.Struct):
    type: Literal["text"]
    text: str


class _Told(msgspec.Struct):
    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[_Part]


class _Schema(msgspec.Struct):
    schema: dict[str, Any] = {}


class _Format(msgspec.Struct):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _Schema | None = None


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class _Request(msgspec.Struct):
    model: str
    messages: Annotated[list[_Told], msgspec.Meta(min_length=1, max_length=10_000)]
    max_tokens: Positive | None = None
    max_completion_tokens: Positive | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    seed: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | None = None
    n: int | None = None
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    response_format: _Format | None = None
    stop: Any = None
    tools: Any = None
    functions: Any = None
    logit_bias: Any = None
    presence_penalty: Any = None
    frequency_penalty: Any = None
    logprobs: Any = None


@dataclass(frozen=True)
class Asked:
    """A chat, and how the next message of the assistant is to be made.

    Attributes:
        model: by whom.
        messages: a system message, if there is one, stands first; the last is the user's.
        longest: tokens of the answer at most; None for as many as the model gives.
        temperature: 0 takes the likeliest token each time.
        top_p: with a temperature, the share of probability among whose likeliest tokens the die is cast.
        seed: of the die; None for any.
        form: a JSON schema that the answer must keep to, empty for any JSON object; None for a text.
        streams: the answer is sent piece by piece.
        counts: and its tokens behind the last piece.
    """

    model: str
    messages: tuple[Message, ...]
    longest: int | None = None
    temperature: float = 0
    top_p: float = 1
    seed: int | None = None
    form: Mapping[str, Any] | None = None
    streams: bool = False
    counts: bool = False


def read_asked(body: bytes) -> Asked:
    """What the body of a request asks for.

    Raises:
        Refusal: it isn't JSON, a field is wrong, or it wants what is not done here.
    """
    try:
        told = msgspec.json.decode(body, type=_Request)
    except msgspec.ValidationError as fault:
        key, problem = field_fault(fault)
        raise Refusal(400, f"{key}: {problem}" if key else problem, param=key or None) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(400, "The body is no JSON in UTF-8.") from None
    for field in _NOT_KNOWN:
        if getattr(told, field):
            raise Refusal(400, f"{field} is not supported by this server.", "unsupported_parameter", field)
    if told.n not in (None, 1):
        raise Refusal(400, "n: one answer at a time is given.", "unsupported_parameter", "n")
    given = [told.max_completion_tokens, told.max_tokens]
    return Asked(
        told.model,
        _talk(told.messages),
        next((most for most in given if most is not None), None),
        told.temperature or 0,
        told.top_p or 1,
        told.seed,
        _form(told.response_format),
        bool(told.stream),
        bool(told.stream_options and told.stream_options.include_usage),
    )


def _talk(told: Sequence[_Told]) -> tuple[Message, ...]:
    messages = []
    for one in told:
        text = one.content if isinstance(one.content, str) else "".join(part.text for part in one.content)
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Refusal(400, "messages: a text can't be written in UTF-8.", param="messages") from None
        messages.append(Message("system" if one.role == "developer" else one.role, text))
    if any(message.role == "system" for message in messages[1:]):
        raise Refusal(400, "messages: a system message may only stand first.", param="messages")
    if messages[-1].role != "user":
        raise Refusal(400, "messages: the last one must be the user's.", param="messages")
    return tuple(messages)


def _form(told: _Format | None) -> Mapping[str, Any] | None:
    if told is None or told.type == "text":
        return None
    return told.json_schema.schema if told.json_schema else {}


def with_instruction(messages: Sequence[Message], instruction: str, joiner: str) -> tuple[Message, ...]:
    """The messages as a model has learnt them: the instruction first, and then turns that alternate.

    Args:
        instruction: for a chat that brings none of its own.
        joiner: stands between messages of one side in a row.
    """
    if messages[0].role != "system":
        messages = (Message("system", instruction), *messages)
    sides = [list(group) for _, group in groupby(messages, key=lambda message: message.role)]
    return tuple(Message(side[0].role, joiner.join(message.content for message in side)) for side in sides)
