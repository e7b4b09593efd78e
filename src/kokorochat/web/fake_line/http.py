"""As much of HTTP over ASGI as the fake needs: a table of routes, JSON in and out, and streams."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of a request; the largest is an image from the phone view."""

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        headers: by their names in lower case.
        parts: what the placeholders of the route's path stand for.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    parts: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """The body's JSON object.

        Raises:
            Refusal: it is none.
        """
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise Refusal(400, "The request body could not be parsed as a JSON object")
        return found


@dataclass(frozen=True)
class Answer:
    """One answer; a stream has pieces instead of a body."""

    status: int = 200
    body: bytes = b"{}"
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: AsyncIterator[bytes] | None = None


class Refusal(Exception):
    """A request that is answered with an error, in the shape of the Messaging API."""

    def __init__(
        self, status: int, message: str, details: list[dict[str, str]] | None = None, more: dict[str, Any] | None = None
    ) -> None:
        """Say what is wrong.

        Args:
            details: [{"message", "property"}] for a body with faults.
            more: what else the answer's body holds.
        """
        super().__init__(message)
        self.status = status
        self.body = {"message": message} | ({"details": details} if details else {}) | (more or {})


Handler = Callable[[Request], Awaitable[Answer]]
Route = tuple[str, str, Handler]
"""Method, path with placeholders as `/v2/bot/profile/{user}`, and what answers."""


def as_json(document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer that holds a JSON document."""
    return Answer(status, json.dumps(document, ensure_ascii=False).encode(), headers=headers or {})


class Application:
    """The ASGI application of a table of routes."""

    def __init__(self, routes: list[Route], life: Callable[[], AbstractAsyncContextManager[None]]) -> None:
        """Take the routes.

        Args:
            life: what is entered when the server starts and left when it stops.
        """
        self._routes = [(method, _pattern(path), handler) for method, path, handler in routes]
        self._life = life

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the server's life."""
        if scope["type"] == "lifespan":
            await receive()
            async with self._life():
                await send({"type": "lifespan.startup.complete"})
                await receive()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "http":
            try:
                answer = await self._answer(scope, receive)
            except Refusal as refusal:
                answer = as_json(refusal.body, refusal.status)
            await _write(answer, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path, methods = scope["path"], set()
        for method, pattern, handler in self._routes:
            found = pattern.fullmatch(path)
            if found and method == scope["method"]:
                return await handler(await _read(scope, receive, found.groupdict()))
            if found:
                methods.add(method)
        raise Refusal(405, "Method not allowed") if methods else Refusal(404, "Not found")


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


async def _read(scope: Scope, receive: Receive, parts: dict[str, str]) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise Refusal(413, "Request entity is too large")
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
    values = {name: unquote(value) for name, value in parts.items()}
    return Request(scope["method"], scope["path"], query, headers, body, values)


async def _write(answer: Answer, send: Send) -> None:
    headers = {"content-type": answer.kind, "cache-control": "no-store"} | dict(answer.headers)
    if answer.pieces is None:
        headers["content-length"] = str(len(answer.body))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    if answer.pieces is None:
        await send({"type": "http.response.body", "body": answer.body})
        return
    async for piece in answer.pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
