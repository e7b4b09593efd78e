"""An open screen of the talk, as the server sees it: a socket in the test's own process."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from asgiref.testing import ApplicationCommunicator

from kokorochat.web.asgi import application

ORIGIN = "http://testserver"
WAIT = 5.0
FRAMES = {
    "hello": {"last": 0},
    "say": {"text": "はい。"},
    "end": {},
    "stop": {},
    "resume": {},
    "extend": {"minutes": 10},
    "wrap-up": {},
    "send-again": {"number": 1},
    "let-be": {"number": 1},
    "seen": {"number": 1},
    "typing": {"on": True},
}
"""A good frame of each kind that one of the two may send; an `id` is added."""


class Socket:
    """One open screen. (channels.testing does this too, but wants the server daphne.)"""

    def __init__(
        self, code: str, cookies: str, origin: str | None = ORIGIN, query: str = "", door: str = "sessions"
    ) -> None:
        headers = [(b"cookie", cookies.encode())]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        path = f"/ws/{door}/{code}"
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
            "subprotocols": [],
        }
        self.wire = ApplicationCommunicator(application, scope)
        self.states: list[dict[str, Any]] = []

    async def open(self) -> bool:
        """Whether the server lets the page in."""
        await self.wire.send_input({"type": "websocket.connect"})
        return (await self.wire.receive_output(WAIT))["type"] == "websocket.accept"

    async def close(self) -> None:
        await self.wire.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.wire.wait(WAIT)

    async def send(self, text: str | None = None, data: bytes | None = None) -> None:
        await self.wire.send_input({"type": "websocket.receive", "text": text, "bytes": data})

    async def tell(self, kind: str, **fields: Any) -> None:
        await self.send(json.dumps({"type": kind, **fields}))

    async def next(self, kind: str) -> dict[str, Any]:
        """The next frame of a kind; those of other kinds are passed over."""
        async with asyncio.timeout(WAIT):
            while True:
                frame: dict[str, Any] = json.loads((await self.wire.receive_output(WAIT))["text"])
                if frame["type"] == "state":
                    self.states.append(frame)
                if frame["type"] == kind:
                    return frame

    async def state(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next state that fits."""
        while not fits(frame := await self.next("state")):
            pass
        return frame

    async def events(self, count: int) -> list[dict[str, Any]]:
        """The next events, until there are `count`."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            found += (await self.next("events"))["events"]
        return found

    async def closed(self) -> int:
        """The code with which the server closes."""
        async with asyncio.timeout(WAIT):
            while True:
                message = await self.wire.receive_output(WAIT)
                if message["type"] == "websocket.close":
                    return int(message["code"])
