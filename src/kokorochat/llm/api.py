"""A chat model behind an OpenAI-compatible endpoint: a provider's, or vLLM, llama.cpp or Ollama on this machine."""

import asyncio
import os
import random
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx2
import msgspec
import openai

from kokorochat.domain.errors import InputError
from kokorochat.llm.chat import ChatFault, Form, Message, Reply, Tokens

LONGEST_WAIT = 120
"""Seconds that an endpoint may ask us to wait (`Retry-After`); if it wants more, the question has failed."""

_PASSING = {408, 409, 425, 429}
"""Besides all from 500 on: statuses after which the same request may well succeed."""

_FINAL = {401, 402, 404, 405}
"""Statuses that any other question would meet too: key, payment, model or address are wrong."""

LONGEST_BODY = 16 * 1024 * 1024
"""Bytes of one reply; a completion of as many tokens as are asked for has not a hundredth of it."""

_THIS_MACHINE = re.compile(r"localhost|.*\.localhost|127(?:\.[0-9]+){3}|::1", re.IGNORECASE)
"""Hosts that no proxy of the environment stands before: what goes there must not leave the machine."""

_RENAMED = {"max_tokens": "max_completion_tokens"}
"""Fields that some endpoints know by another name only."""

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,119}")

_NO_KEY = "none"
"""What is sent where there is no key: the client insists on one; an endpoint of one's own mostly ignores it."""


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(msgspec.Struct):
    """The part of an endpoint's answer that we read."""

    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1)]
    model: str | None = None
    usage: Any = None


@dataclass(eq=False)
class _Passing(Exception):
    """One attempt failed, and another may succeed.

    Attributes:
        tokens: what it cost; None for nothing.
        wait: seconds that the endpoint asks us to wait; None if it doesn't say.
        refused: the field that the endpoint doesn't take; the next attempt goes without it.
    """

    kind: str
    detail: str
    tokens: Tokens | None = None
    wait: float | None = None
    refused: str | None = None


class _TooMuch(Exception):
    """A body that is not read, and why."""


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends with a fault once it is longer than a reply can be."""

    def __init__(self, body: httpx2.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for piece in self._body:
            length += len(piece)
            if length > LONGEST_BODY:
                raise _TooMuch(f"a body longer than {LONGEST_BODY // 1024 // 1024} MiB")
            yield piece

    async def aclose(self) -> None:
        await self._body.aclose()


async def _bound(response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _TooMuch("a packed body, which was not asked for")
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(response.stream)


def _http_client(base_url: str | None) -> httpx2.AsyncClient:
    """A client that goes where it is sent and nowhere else: by no redirect, and to this machine by no proxy.

    Raises:
        InputError: what the environment says of proxies or certificates can't be used; its values may be secret.
    """
    try:
        host = urlsplit(base_url or "").hostname or ""
        return openai.DefaultAsyncHttpxClient(
            follow_redirects=False,
            trust_env=_THIS_MACHINE.fullmatch(host) is None,
            headers={"Accept-Encoding": "identity"},
            event_hooks={"response": [_bound]},
        )
    except (ValueError, ImportError, OSError, httpx2.InvalidURL) as fault:
        problem = f"no connection can be made by its proxies and certificates ({type(fault).__name__})"
        remedy = "Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and SSL_CERT_FILE"
        raise InputError("the environment", problem, remedy) from None


class ApiModel:
    """A model that is asked by HTTP, `POST {base_url}/chat/completions`, at temperature 0.

    A form is sent as `response_format`. An endpoint that refuses it, the temperature or the limit of tokens is asked
    again without that field, and from then on always.
    """

    def __init__(
        self,
        model: str,
        base_url: str | None,
        key: str,
        *,
        timeout: float = 120,
        tries: int = 5,
        longest_reply: int = 2000,
        first_wait: float = 1,
    ) -> None:
        """Nothing is sent yet.

        Args:
            model: the endpoint's name for it.
            base_url: up to and without `/chat/completions`; None for OpenAI's own.
            key: sent as the bearer's token and never told to anyone else.
            timeout: seconds for one attempt, from first to last byte.
            tries: attempts for one reply.
            longest_reply: in tokens.
            first_wait: seconds before the second attempt; doubled each time, up to 30, less a random quarter.
        """
        self.name = f"openai:{model}"
        self._model, self._key = model, key
        self._timeout, self._tries, self._longest, self._first_wait = timeout, tries, longest_reply, first_wait
        self._refused: frozenset[str] = frozenset()
        self._client = openai.AsyncOpenAI(
            api_key=key, base_url=base_url, timeout=timeout, max_retries=0, http_client=_http_client(base_url)
        )

    async def reply(self, messages: Sequence[Message], form: Form | None = None) -> Reply:
        """See `ChatModel.reply`. What may pass, a full queue, a fault of the server or a stall, is tried again."""
        spent, refused, attempt = Tokens(), self._refused, 0
        while True:
            attempt += 1
            try:
                completion = await self._send(self._fields(messages, form, refused))
            except _Passing as fault:
                spent += fault.tokens or Tokens()
                if attempt >= self._tries or (fault.wait or 0) > LONGEST_WAIT:
                    raise ChatFault(fault.kind, fault.detail, attempt, spent) from None
                if fault.refused:
                    refused |= {fault.refused}
                else:
                    await asyncio.sleep(self._wait(attempt) if fault.wait is None else fault.wait)
            except ChatFault as fault:
                fault.attempts, fault.tokens = attempt, spent + fault.tokens
                raise
            else:
                # Only now is it sure that a field was the reason of a refusal, and not the length of this dialogue.
                self._refused |= refused
                return _reply(completion, spent, attempt)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _wait(self, attempt: int) -> float:
        return min(self._first_wait * 2.0 ** (attempt - 1), 30.0) * random.uniform(0.75, 1)

    def _fields(self, messages: Sequence[Message], form: Form | None, refused: frozenset[str]) -> dict[str, Any]:
        fields: dict[str, Any] = {"temperature": 0, "max_tokens": self._longest}
        if form is not None:
            schema = {"name": form.name, "strict": True, "schema": form.schema}
            fields["response_format"] = {"type": "json_schema", "json_schema": schema}
        for field in refused & fields.keys():
            value = fields.pop(field)
            if field in _RENAMED:
                fields[_RENAMED[field]] = value
        told = [{"role": message.role, "content": message.content} for message in messages]
        return {"model": self._model, "messages": told, **fields}

    async def _send(self, fields: dict[str, Any]) -> _Completion:
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.chat.completions.with_raw_response.create(**fields)
                body = response.content
        except (TimeoutError, openai.APITimeoutError):
            raise _Passing("timeout", f"no whole reply within {self._timeout:g} s") from None
        except _TooMuch as fault:
            raise _Passing("connection", f"the endpoint can't be reached or broke off ({fault})") from None
        except openai.APIConnectionError as fault:
            cause = fault.__cause__
            reason = str(cause) if isinstance(cause, _TooMuch) else type(cause).__name__ if cause else "no connection"
            raise _Passing("connection", f"the endpoint can't be reached or broke off ({reason})") from None
        except openai.APIStatusError as fault:
            raise self._fault(fault, fields) from None
        except UnicodeEncodeError:
            raise ChatFault("not sendable", "a message can't be written in UTF-8") from None
        try:
            completion = msgspec.json.decode(body, type=_Completion)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise _Passing("no chat reply", "the endpoint's answer isn't a chat completion in JSON") from None
        choice = completion.choices[0]
        tokens = _tokens(completion.usage)
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise ChatFault("refusal", "the model declined, or its reply was filtered", tokens=tokens or Tokens())
        if not choice.message.content:
            raise _Passing("empty reply", f"finish reason {_identifier(choice.finish_reason)}", tokens)
        if self._key != _NO_KEY and self._key in f"{choice.message.content}{completion.model}{choice.finish_reason}":
            raise ChatFault("key in reply", "the endpoint repeats the key", tokens=tokens or Tokens(), final=True)
        return completion

    def _fault(self, fault: openai.APIStatusError, fields: dict[str, Any]) -> _Passing | ChatFault:
        """A status as a fault. Of the endpoint's words only identifiers are told: the rest may repeat key or talk."""
        status = fault.status_code
        words = {
            word
            for word in (fault.code, fault.type, fault.param)
            if isinstance(word, str) and _IDENTIFIER.fullmatch(word)
        }
        told = ", ".join(sorted(word for word in words if word not in self._key and self._key not in word))
        detail = f"status {status}" + (f" ({told})" if told else "")
        if "insufficient_quota" in words:
            return ChatFault("no quota", detail, final=True)
        if status in _PASSING or status >= 500:
            wait = _retry_after(fault.response.headers.get("retry-after"))
            asked = f", asks to wait {wait:g} s" if wait is not None else ""
            return _Passing("rate limit" if status == 429 else "server error", detail + asked, wait=wait)
        refused = _refused_field(fault.response.text, fields) if status in (400, 422) else None
        if refused is not None:
            return _Passing("request refused", detail, refused=refused)
        if 300 <= status < 400:
            return ChatFault("request refused", f"{detail}, which points to another address", final=True)
        return ChatFault("request refused", detail, final=status in _FINAL)


def _reply(completion: _Completion, spent: Tokens, attempts: int) -> Reply:
    choice, counted = completion.choices[0], _tokens(completion.usage)
    return Reply(
        text=choice.message.content or "",
        finish=choice.finish_reason or "stop",
        tokens=None if counted is None else spent + counted,
        attempts=attempts,
        served=completion.model if _MODEL_NAME.fullmatch(completion.model or "") else None,
    )


def _tokens(usage: Any) -> Tokens | None:
    told = usage if isinstance(usage, dict) else {}
    prompt, completion = told.get("prompt_tokens"), told.get("completion_tokens", 0)
    if type(prompt) is int and type(completion) is int and prompt >= 0 and completion >= 0:
        return Tokens(prompt, completion)
    return None


def _refused_field(told: str, fields: dict[str, Any]) -> str | None:
    """The field that the endpoint does not take: the one it names, else the form, which is the rarest to be known."""
    known = [field for field in ("response_format", "temperature", "max_tokens") if field in fields]
    named = next((field for field in known if field in told), None)
    return named or ("response_format" if "response_format" in fields else None)


def _identifier(word: str | None) -> str:
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
        except ValueError:
            return None
    return max(0.0, seconds) if seconds < float("inf") else None


def api_model(model: str, *, timeout: float = 120) -> ApiModel:
    """The model at the endpoint that the environment names: OPENAI_BASE_URL and OPENAI_API_KEY.

    Raises:
        InputError: the address can't be one, OpenAI's own endpoint is meant and there is no key, or the environment's
            proxies or certificates can't be used.
    """
    base_url, key = os.environ.get("OPENAI_BASE_URL") or None, os.environ.get("OPENAI_API_KEY") or None
    if base_url is not None:
        try:
            parts = urlsplit(base_url)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            good = good and base_url.isprintable() and bool(httpx2.URL(base_url).host)
        except (ValueError, httpx2.InvalidURL):
            good = False
        if not good:
            remedy = "Give the address up to /v1, such as http://127.0.0.1:8000/v1"
            raise InputError("OPENAI_BASE_URL", "is not the address of an endpoint", remedy)
    elif key is None:
        remedy = "Set it, or OPENAI_BASE_URL for an endpoint that asks for no key"
        raise InputError("OPENAI_API_KEY", "is not set", remedy)
    if key is not None and not all("!" <= letter <= "~" for letter in key):
        raise InputError("OPENAI_API_KEY", "holds white space or letters that no key has", "Set the key alone")
    return ApiModel(model, base_url, key or _NO_KEY, timeout=timeout)
