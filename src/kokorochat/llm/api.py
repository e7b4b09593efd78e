"""A chat model behind an OpenAI-compatible endpoint: a provider's, or vLLM, llama.cpp or Ollama on this machine."""

import asyncio
import random
import time
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import httpx2
import openai

from kokorochat.llm.chat import (
    NOBODY,
    Attempt,
    ChatFault,
    Form,
    Message,
    Reply,
    Settings,
    Tokens,
    Watch,
    form_kind,
)
from kokorochat.llm.completion import Completion, Passing, read_completion, status_fault
from kokorochat.llm.http import NO_KEY, TooMuch, address_and_key, http_client, tls_context
from kokorochat.llm.limits import LONGEST_WAIT

_RENAMED = {"max_tokens": "max_completion_tokens"}
"""Fields that some endpoints know by another name only."""

_MOST_ALTERNATIVES = 20
"""For one token: what providers and servers give at most."""


class ApiModel:
    """A model that is asked by HTTP, `POST {base_url}/chat/completions`.

    A form is sent as `response_format`: as a schema, and where that is refused as the mere wish for an object. An
    endpoint that refuses this too, the temperature or the limit of tokens is asked again without that field, and from
    then on always.
    """

    def __init__(self, model: str, base_url: str | None, key: str, settings: Settings | None = None) -> None:
        """Nothing is sent yet.

        Args:
            model: the endpoint's name for it.
            base_url: up to and without `/chat/completions`; None for OpenAI's own.
            key: sent as the bearer's token and never told to anyone else.
        """
        self.name = f"openai:{model}"
        self._model, self._base_url, self._key, self._settings = model, base_url, key, settings or Settings()
        self._refused: set[str] = set()
        self._context = tls_context(base_url)
        self._client = self._connected(None)

    def another(self) -> "ApiModel":
        """The same model by one connection of its own, so that the server behind it may keep what it has read.

        What the endpoint refuses is known to both.
        """
        twin = copy(self)
        twin._client = self._connected(1)
        return twin

    async def reply(self, messages: Sequence[Message], form: Form | None = None, watch: Watch = NOBODY) -> Reply:
        """See `ChatModel.reply`. What may pass, a full queue, a fault of the server or a stall, is tried again."""
        spent, refused, attempts, failed = Tokens(), frozenset(self._refused), 0, 0
        counted = True
        while True:
            await watch.before()
            attempts += 1
            try:
                completion, watched = await self._watched(self._fields(messages, form, refused), watch)
            except Passing as fault:
                counted = counted and fault.tokens is not None
                spent += fault.tokens or Tokens()
                failed += fault.refused is None
                if failed >= self._settings.tries or (fault.wait or 0) > LONGEST_WAIT:
                    told = spent if counted else None
                    raise ChatFault(fault.kind, fault.detail, attempts, told, refused=refused) from None
                if fault.refused:
                    refused |= {fault.refused}
                else:
                    await asyncio.sleep(self._wait(failed) if fault.wait is None else fault.wait)
            except ChatFault as fault:
                fault.attempts, fault.refused = attempts, refused
                fault.tokens = spent + fault.tokens if counted and fault.tokens is not None else None
                raise
            else:
                # Only now is it sure that a field was the reason of a refusal, and not the length of this dialogue.
                self._refused |= refused
                tokens = spent + watched if counted and watched is not None else None
                return Reply(
                    text=completion.text,
                    finish=completion.finish,
                    tokens=tokens,
                    attempts=attempts,
                    served=completion.served,
                    choices=completion.token_choices,
                    refused=refused,
                )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _connected(self, connections: int | None) -> openai.AsyncOpenAI:
        client = http_client(self._base_url, self._context, connections)
        timeout = self._settings.timeout
        return openai.AsyncOpenAI(
            api_key=self._key, base_url=self._base_url, timeout=timeout, max_retries=0, http_client=client
        )

    def _wait(self, failed: int) -> float:
        return min(self._settings.first_wait * 2.0 ** (failed - 1), 30.0) * random.uniform(0.75, 1)

    def _fields(self, messages: Sequence[Message], form: Form | None, refused: frozenset[str]) -> dict[str, Any]:
        settings = self._settings
        fields: dict[str, Any] = {"temperature": settings.temperature, "max_tokens": settings.longest_reply}
        if form is not None and settings.alternatives and "logprobs" not in refused:
            fields |= {"logprobs": True, "top_logprobs": _MOST_ALTERNATIVES}
        for field in refused & fields.keys():
            value = fields.pop(field)
            if field in _RENAMED:
                fields[_RENAMED[field]] = value
        kind = form_kind(settings.form, refused)
        if form is not None and kind == "json_schema":
            schema = {"name": form.name, "strict": True, "schema": form.schema}
            fields["response_format"] = {"type": kind, "json_schema": schema}
        elif form is not None and kind is not None:
            fields["response_format"] = {"type": kind}
        told = [{"role": message.role, "content": message.content} for message in messages]
        return {"model": self._model, "messages": told, **fields}

    async def _watched(self, fields: dict[str, Any], watch: Watch) -> tuple[Completion, Tokens | None]:
        """One request, and what came of it told to whoever watches."""
        form = fields["response_format"]["type"] if "response_format" in fields else None
        began, started = time.time(), time.perf_counter()
        told = Attempt(began, 0, "given up", form=form, warm="temperature" not in fields)
        try:
            completion = await self._send(fields)
            tokens = completion.tokens
            told = replace(
                told, outcome="answered", status=200, tokens=tokens, served=completion.served, finish=completion.finish
            )
            return completion, tokens
        except (Passing, ChatFault) as fault:
            wait = fault.wait if isinstance(fault, Passing) else None
            told = replace(told, outcome=fault.kind, status=fault.status, tokens=fault.tokens, wait=wait)
            raise
        finally:
            watch.after(replace(told, seconds=time.perf_counter() - started))

    async def _send(self, fields: dict[str, Any]) -> Completion:
        timeout = self._settings.timeout
        try:
            async with asyncio.timeout(timeout):
                response = await self._client.chat.completions.with_raw_response.create(**fields)
                body = response.content
        except (TimeoutError, openai.APITimeoutError):
            raise Passing("timeout", f"no whole reply within {timeout:g} s") from None
        except TooMuch as fault:
            raise Passing("connection", f"the endpoint can't be reached or broke off ({fault})") from None
        except openai.APIConnectionError as fault:
            cause = fault.__cause__
            reason = str(cause) if isinstance(cause, TooMuch) else type(cause).__name__ if cause else "no connection"
            # What never got there cost nothing.
            tokens = Tokens() if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout) else None
            raise Passing("connection", f"the endpoint can't be reached or broke off ({reason})", tokens) from None
        except openai.APIStatusError as fault:
            raise status_fault(fault, fields, self._key) from None
        except UnicodeEncodeError:
            raise ChatFault("not sendable", "a message can't be written in UTF-8", tokens=Tokens()) from None
        key = self._key if self._key != NO_KEY else None
        return read_completion(body, response.headers.get("content-type", ""), key)


def api_model(model: str, settings: Settings | None = None) -> ApiModel:
    """The model at the endpoint that the environment names: OPENAI_BASE_URL and OPENAI_API_KEY.

    Raises:
        InputError: the address can't be one, OpenAI's own endpoint is meant and there is no key, or the environment's
            proxies or certificates can't be used.
    """
    return ApiModel(model, *address_and_key(), settings)
