"""The endpoint as an ASGI application: `/v1/models`, `/v1/chat/completions`, and `/health`, which is open to all."""

import asyncio
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any
from uuid import uuid4

from kokorochat.learning.serving.asking import Asked, read_asked
from kokorochat.learning.serving.queue import Queue
from kokorochat.learning.serving.refusal import Refusal
from kokorochat.learning.serving.speaking import Ended

logger = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
"""Bytes of a request; the longest dialogue of KokoroChat has not a hundredth of it."""

BODY_SECONDS = 30.0
"""In which a body must be here as a whole."""

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Application:
    """One model behind OpenAI's interface."""

    def __init__(self, name: str, queue: Queue, key: str | None) -> None:
        """Take the parts.

        Args:
            name: by which the model is asked.
            key: that whoever asks must show; None lets everybody ask who reaches the address.
        """
        self._name, self._queue, self._key, self._began = name, queue, key, int(time.time())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            await self._route(scope, receive, send)
        except Refusal as refusal:
            await _send_json(send, refusal.document(), refusal.status, refusal.wait)
        except Exception as fault:
            # The server would log all of it, and it may hold words of the talk.
            logger.error("a request failed: %s", type(fault).__name__)
            await _send_json(send, Refusal(500, "The server failed.").document(), 500)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"].rstrip("/")
        if path == "/health":
            _check_method(method, "GET")
            told = {"status": "ok", "model": self._name, "there": self._queue.there, "kept": self._queue.kept()}
            return await _send_json(send, told)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._check_key(headers.get("authorization", ""))
        if path == "/v1/models":
            _check_method(method, "GET")
            return await _send_json(send, {"object": "list", "data": [self._told()]})
        if path == f"/v1/models/{self._name}":
            _check_method(method, "GET")
            return await _send_json(send, self._told())
        if path != "/v1/chat/completions":
            raise Refusal(404, "There is nothing at this address.", "not_found")
        _check_method(method, "POST")
        # What a stranger's page may send from a browser without being asked is never JSON.
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Refusal(415, "The body must be application/json.")
        asked = read_asked(await _body(receive))
        if asked.model != self._name:
            raise Refusal(404, f"The model here is {self._name!r}.", "model_not_found", "model")
        await _unless_gone(self._answer(asked, send), receive)

    def _check_key(self, shown: str) -> None:
        due = f"Bearer {self._key}"
        if self._key is not None and not hmac.compare_digest(shown.encode("latin-1"), due.encode()):
            raise Refusal(401, "The API key is missing or wrong.", "invalid_api_key")

    def _told(self) -> dict[str, Any]:
        return {"id": self._name, "object": "model", "created": self._began, "owned_by": "kokorochat"}

    async def _answer(self, asked: Asked, send: Send) -> None:
        async with aclosing(self._queue.answer(asked)) as pieces:
            # Until here a refusal has a status of its own.
            first = await anext(pieces)
            if asked.streams:
                await self._stream(asked, first, pieces, send)
            else:
                await self._whole(first, pieces, send)

    async def _whole(self, first: str | Ended, pieces: AsyncIterator[str | Ended], send: Send) -> None:
        said, ended = [first], Ended("stop")
        async for piece in pieces:
            if isinstance(piece, Ended):
                ended = piece
            said.append(piece)
        text = "".join(piece for piece in said if isinstance(piece, str))
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": ended.finish}
        told = self._head("chat.completion") | {"choices": [choice], "usage": _usage(ended)}
        await _send_json(send, told)

    async def _stream(self, asked: Asked, first: str | Ended, pieces: AsyncIterator[str | Ended], send: Send) -> None:
        head = self._head("chat.completion.chunk")
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

        async def event(told: dict[str, Any] | str, more: bool = True) -> None:
            text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
            await send({"type": "http.response.body", "body": f"data: {text}\n\n".encode(), "more_body": more})

        async def chunk(delta: dict[str, Any], finish: str | None = None) -> None:
            await event(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

        await chunk({"role": "assistant", "content": first if isinstance(first, str) else ""})
        try:
            async for piece in pieces:
                if isinstance(piece, Ended):
                    await chunk({}, piece.finish)
                    if asked.counts:
                        await event(head | {"choices": [], "usage": _usage(piece)})
                elif piece:
                    await chunk({"content": piece})
            await event("[DONE]", more=False)
        except Refusal as refusal:
            await event(refusal.document(), more=False)

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time()), "model": self._name}


def _usage(ended: Ended) -> dict[str, Any]:
    return {
        "prompt_tokens": ended.prompt,
        "completion_tokens": ended.completion,
        "total_tokens": ended.prompt + ended.completion,
        "prompt_tokens_details": {"cached_tokens": ended.cached},
    }


def _check_method(method: str, due: str) -> None:
    if method != due and not (due == "GET" and method == "HEAD"):
        raise Refusal(405, f"Only {due} is done here.", "method_not_allowed")


async def _body(receive: Receive) -> bytes:
    """The body as a whole.

    Raises:
        Refusal: it is too large or too slow.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                body += message.get("body", b"")
                if len(body) > LARGEST_BODY:
                    raise Refusal(413, f"The body is larger than {LARGEST_BODY:,} bytes.", "body_too_large")
                if not message.get("more_body"):
                    return bytes(body)
    except TimeoutError:
        raise Refusal(408, f"The body was not here within {BODY_SECONDS:g} seconds.") from None


async def _unless_gone(work: Awaitable[None], receive: Receive) -> None:
    """Do some work, and leave it when whoever asked for it has left."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        if not working.done():
            working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_json(send: Send, told: dict[str, Any], status: int = 200, wait: int | None = None) -> None:
    body = json.dumps(told, ensure_ascii=False).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    if wait is not None:
        headers.append((b"retry-after", str(wait).encode()))
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
