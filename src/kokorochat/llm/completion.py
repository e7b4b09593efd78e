"""What an endpoint sends, read: a completion, or the fault that stands in its place."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Annotated, Any

import msgspec
import openai

from kokorochat.llm.chat import ChatFault, Choice, Tokens

_PASSING = {408, 409, 425, 429}
"""Besides all from 500 on: statuses after which the same request may well succeed."""

_FINAL = {401, 402, 404, 405}
"""Statuses that any other question would meet too: key, payment, model or address are wrong."""

_MORE = {
    401: ": it doesn't take the key",
    404: ": it has no model of this name, or isn't at this address; GET /models there lists its names",
}
"""What a status means, since the endpoint's own words aren't told."""

_TOO_LONG = {"context_length_exceeded", "exceed_context_size_error"}
"""What endpoints call a question that doesn't fit into the model."""

_MOST_TOKENS = 10**9
"""What no question and no answer has; a count beyond it is none."""

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,119}")
_CONTENT_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,40}")


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Alternative(msgspec.Struct):
    token: str
    logprob: float


class _Token(msgspec.Struct):
    token: str
    top_logprobs: list[_Alternative] = []


class _Tokens(msgspec.Struct):
    content: list[_Token] | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None
    logprobs: Any = None


class Completion(msgspec.Struct):
    """The part of an endpoint's answer that we read."""

    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]
    model: str | None = None
    usage: Any = None

    @property
    def text(self) -> str:
        """What the model said."""
        return self.choices[0].message.content or ""

    @property
    def finish(self) -> str:
        """Why it stopped."""
        return identifier(self.choices[0].finish_reason or "stop")

    @property
    def served(self) -> str | None:
        """The model's name, if it is one."""
        return self.model if _MODEL_NAME.fullmatch(self.model or "") else None

    @property
    def token_choices(self) -> tuple[Choice, ...]:
        """The text token by token; empty where the endpoint gives nothing of the kind, or something odd."""
        try:
            told = msgspec.convert(self.choices[0].logprobs, _Tokens | None)
        except msgspec.ValidationError:
            return ()
        given = told.content or [] if told else []
        return tuple(Choice(one.token, {other.token: other.logprob for other in one.top_logprobs}) for one in given)

    @property
    def tokens(self) -> Tokens | None:
        """As counted; None where they aren't."""
        told = self.usage if isinstance(self.usage, dict) else {}
        prompt, completion = _count(told.get("prompt_tokens")), _count(told.get("completion_tokens"))
        if prompt is None or completion is None:
            return None
        details = told.get("prompt_tokens_details")
        cached = _count(details.get("cached_tokens")) if isinstance(details, dict) else None
        return Tokens(prompt, completion, min(cached or 0, prompt))


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < _MOST_TOKENS else None


@dataclass(eq=False)
class Passing(Exception):
    """One attempt failed, and another may succeed.

    Attributes:
        tokens: what it cost; None if nobody counted.
        wait: seconds that the endpoint asks us to wait; None if it doesn't say.
        refused: what the endpoint doesn't take; the next attempt goes without it.
        status: of HTTP; None if none came.
    """

    kind: str
    detail: str
    tokens: Tokens | None = None
    wait: float | None = None
    refused: str | None = None
    status: int | None = None


def read_completion(body: bytes, content_type: str, key: str | None) -> Completion:
    """A body that came with a good status.

    Args:
        key: must not be in it.

    Raises:
        Passing: it is no completion, or an empty one.
        ChatFault: the model declined, its reply was filtered, or it wrote nothing within its limit.
    """
    try:
        completion = msgspec.json.decode(body, type=Completion)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        kind = content_type.partition(";")[0].strip().lower()
        named = f" ({kind})" if _CONTENT_TYPE.fullmatch(kind) and "json" not in kind else ""
        problem = f"the endpoint's answer isn't a chat completion in JSON{named}"
        raise Passing("no chat reply", problem, status=200) from None
    tokens, choice = completion.tokens, completion.choices[0]
    if choice.message.refusal:
        raise _declined("refusal", "the model declined", tokens)
    if choice.finish_reason == "content_filter":
        raise _declined("content filter", "the reply was filtered", tokens)
    if not choice.message.content:
        if choice.finish_reason == "length":
            raise _declined("cut off", "no text within the limit of tokens", tokens)
        raise Passing("empty reply", f"finish reason {completion.finish}", tokens, status=200)
    if key and key in f"{choice.message.content}{completion.model}{choice.finish_reason}":
        raise ChatFault("key in reply", "the endpoint repeats the key", tokens=tokens, final=True, status=200)
    return completion


def _declined(kind: str, detail: str, tokens: Tokens | None) -> ChatFault:
    return ChatFault(kind, detail, tokens=tokens, status=200)


def status_fault(fault: openai.APIStatusError, fields: Mapping[str, Any], key: str) -> Passing | ChatFault:
    """A status as a fault. Of the endpoint's words only identifiers are told: the rest may repeat key or talk."""
    status = fault.status_code
    words = {
        word for word in (fault.code, fault.type, fault.param) if isinstance(word, str) and _IDENTIFIER.fullmatch(word)
    }
    told = ", ".join(sorted(word for word in words if word not in key and key not in word))
    detail = f"status {status}" + (f" ({told})" if told else "")

    def refusal(kind: str, final: bool = False, more: str = "") -> ChatFault:
        return ChatFault(kind, detail + more, tokens=Tokens(), final=final, status=status)

    if "insufficient_quota" in words:
        return refusal("no quota", final=True)
    if status in _PASSING or status >= 500:
        wait = _retry_after(fault.response.headers.get("retry-after"))
        asked = f", asks to wait {wait:g} s" if wait is not None else ""
        kind = "rate limit" if status == 429 else "server error"
        return Passing(kind, detail + asked, Tokens(), wait=wait, status=status)
    if words & _TOO_LONG:
        return refusal("too long")
    if "content_filter" in words:
        return refusal("content filter")
    refused = _refused_field(fault.response.text, fields) if status in (400, 422) else None
    if refused is not None:
        return Passing("request refused", detail, Tokens(), refused=refused, status=status)
    if 300 <= status < 400:
        return refusal("request refused", True, ", which points to another address")
    return refusal("request refused", status in _FINAL, _MORE.get(status, ""))


def _refused_field(told: str, fields: Mapping[str, Any]) -> str | None:
    """What the endpoint does not take: what it names, else what is the rarest to be known."""
    form = fields["response_format"]["type"] if "response_format" in fields else None
    if form and "response_format" in told:
        return str(form)
    known = [field for field in ("logprobs", "temperature", "max_tokens") if field in fields]
    named = next((field for field in known if field in told), None)
    return named or ("logprobs" if "logprobs" in fields else form)


def identifier(word: str | None) -> str:
    """A word of the endpoint's, if it can be no more than a name."""
    return word if word and _IDENTIFIER.fullmatch(word) else "not told"


def _retry_after(header: str | None) -> float | None:
    """Seconds from now, from a `Retry-After` in seconds or as a date."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds < float("inf") else None
