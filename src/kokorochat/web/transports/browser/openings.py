"""How many sockets may be opened: each costs a look for whose it is, and some memory as long as it is open.

A page opens one and comes back at most every few seconds; a class that shares one address, at a restart of the server,
some hundred at once. Whoever opens far more is told to wait before anything is looked up. Counted in this process:
what is protected is its time and memory.
"""

import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from kokorochat.web.brake import network_of
from kokorochat.web.metrics.counters import REFUSALS
from kokorochat.web.transports.browser.pace import Bucket

_Application = Callable[[dict[str, Any], Any, Callable[[dict[str, Any]], Awaitable[None]]], Awaitable[None]]

ADDRESS_A_SECOND, ADDRESS_AT_ONCE = 30.0, 3000.0
PERSON_A_SECOND, PERSON_AT_ONCE = 1.0, 60.0
PERSON_OPEN = 100
"""Sockets that one person may hold open in this process; tabs and devices of the busiest are a dozen."""
_MOST_KEPT = 10_000
"""Counts that are kept; those that have filled up again say nothing and go."""


@dataclass
class Openings:
    """How many have been opened lately, for each key by itself."""

    rate: float
    size: float
    _counts: dict[object, Bucket] = field(default_factory=dict)

    def wait(self, key: object, now: float) -> float:
        """Count one; the seconds to wait if there were too many, and then it does not count."""
        if len(self._counts) >= _MOST_KEPT:
            kept = self._counts.items()
            self._counts = {k: b for k, b in kept if b.left + (now - b.at) * b.rate < b.size}
        bucket = self._counts.setdefault(key, Bucket(self.rate, self.size, now))
        wait = bucket.take(1, now)
        if wait:
            bucket.left += 1
        return wait


def by_address(application: _Application) -> _Application:
    """Refuse an address that opens too many, before anything else is done for it."""
    openings = Openings(ADDRESS_A_SECOND, ADDRESS_AT_ONCE)

    async def guarded(scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        address = network_of((scope.get("client") or ("",))[0])
        wait = openings.wait(address, time.monotonic())
        await (_refuse(scope, receive, send, wait) if wait else application(scope, receive, send))

    return guarded


def by_person(application: _Application) -> _Application:
    """Refuse a signed-in person who opens too many, or holds too many open."""
    openings, held = Openings(PERSON_A_SECOND, PERSON_AT_ONCE), Counter[int]()

    async def guarded(scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        person: int | None = getattr(scope.get("user"), "pk", None)
        if person is None:
            await application(scope, receive, send)
            return
        wait = openings.wait(person, time.monotonic()) or (1 / PERSON_A_SECOND if held[person] >= PERSON_OPEN else 0)
        if wait:
            await _refuse(scope, receive, send, wait)
            return
        held[person] += 1
        try:
            await application(scope, receive, send)
        finally:
            held[person] -= 1
            if not held[person]:
                del held[person]

    return guarded


async def _refuse(
    scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]], wait: float
) -> None:
    """429 where the server can tell it, else 403; the page sees a lost connection and comes back more slowly."""
    REFUSALS.labels("too-many-sockets").inc()
    await receive()
    if "websocket.http.response" in (scope.get("extensions") or {}):
        headers = [(b"retry-after", str(int(wait) + 1).encode()), (b"content-length", b"0")]
        await send({"type": "websocket.http.response.start", "status": 429, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b""})
    else:
        await send({"type": "websocket.close", "code": 4429})
