"""Carrying events to the platform's webhook: signed, repeated until accepted, and disturbed as the faults say."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from kokorochat.web.fake_line.faults import Faults
from kokorochat.web.fake_line.ledger import Delivery, Ledger, Post

ANSWER_SECONDS = 2.0
"""The platform must have answered by then."""

REDELIVERIES = 60
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_CONNECTIONS = 50

Event = dict[str, Any]


def signature(secret: str, body: bytes) -> str:
    """The value of the header `x-line-signature` for exactly these bytes."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Courier:
    """Carries the events of one channel.

    One person's events go out one after another, as long as they are accepted and nothing shuffles them. One that is
    not accepted comes again later, by then behind newer ones.

    Attributes:
        faults: the plan; it may be replaced at any time.
    """

    def __init__(
        self, secret: str, destination: str, ledger: Ledger, redelivery: bool, changed: Callable[[], None]
    ) -> None:
        """Make ready; `open` comes before the first event.

        Args:
            destination: the bot's user id.
            redelivery: whether an event that is not accepted comes again.
            changed: told whenever the ledger has grown.
        """
        self.faults = Faults()
        self._secret, self._destination, self._ledger = secret, destination, ledger
        self._redelivery, self._changed = redelivery, changed
        self._turns: dict[str, asyncio.Lock] = {}
        self._carrying: set[asyncio.Task[None]] = set()
        self._client: httpx.AsyncClient | None = None

    def open(self) -> None:
        """Make the connections' pool, in the running loop."""
        limits = httpx.Limits(max_connections=_CONNECTIONS)
        self._client = httpx.AsyncClient(timeout=ANSWER_SECONDS, limits=limits, trust_env=False)

    async def close(self) -> None:
        """Give up what is on its way."""
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def carry(self, url: str, event: Event, person: str, number: int) -> None:
        """Send an event on its way.

        Args:
            number: how many events this person has caused, this one included.
        """
        journey = self.faults.of_event(person, number)
        about = event.get("message") or event.get("unsend") or {}
        delivery = Delivery(
            event["webhookEventId"],
            event["type"],
            person,
            about.get("messageId") or about.get("id", ""),
            journey.forged,
            len(journey.delays),
        )
        self._ledger.deliveries.append(delivery)
        shuffled = self.faults.shuffle_seconds > 0
        turn = self._turns.setdefault(person, asyncio.Lock())
        for copy, delay in enumerate(journey.delays):
            again = copy > 0
            work = self._copy(url, event, delivery, delay, None if shuffled or again else turn, again)
            task = asyncio.get_running_loop().create_task(work)
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

    async def test(self, url: str) -> Post:
        """Send no event at all, as the console's "Verify" does."""
        return await self.post(url, self._body([]), redelivery=False)

    async def post(self, url: str, body: bytes, *, redelivery: bool, forged: str | None = None) -> Post:
        """Send bytes, signed, and see what the platform says.

        Args:
            forged: what stands in the place of the right signature; an empty text leaves the header out.
        """
        assert self._client is not None, "the courier is not open"
        mark = signature(self._secret, body) if forged is None else forged
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "LineBotWebhook/2.0"}
        if mark:
            headers["x-line-signature"] = mark
        at, start, status, reason = int(time.time() * 1000), time.perf_counter(), 0, ""
        try:
            response = await self._client.post(url, content=body, headers=headers)
            status = response.status_code
            reason = "" if response.is_success else "error_status_code"
        except httpx.ConnectError:
            reason = "could_not_connect"
        except httpx.TimeoutException:
            reason = "request_timeout"
        except (httpx.HTTPError, httpx.InvalidURL):
            reason = "unclassified"
        return Post(at, status, reason, round(time.perf_counter() - start, 4), redelivery)

    async def _copy(
        self, url: str, event: Event, delivery: Delivery, delay: float, turn: asyncio.Lock | None, again: bool
    ) -> None:
        await asyncio.sleep(delay)
        if turn is None:
            accepted = await self._try(url, event, delivery, again)
        else:
            async with turn:
                accepted = await self._try(url, event, delivery, again)
        waits = iter(()) if delivery.forged or again or not self._redelivery else _waits()
        while not accepted and (wait := next(waits, None)) is not None:
            await asyncio.sleep(wait)
            accepted = await self._try(url, event, delivery, True)
        delivery.due -= 1
        self._changed()

    async def _try(self, url: str, event: Event, delivery: Delivery, again: bool) -> bool:
        body = self._body([event | {"deliveryContext": {"isRedelivery": again}}])
        forged = _forgery(body, len(delivery.posts), delivery.event) if delivery.forged else None
        post = await self.post(url, body, redelivery=again, forged=forged)
        delivery.posts.append(post)
        self._changed()
        return not post.reason

    def _body(self, events: list[Event]) -> bytes:
        document = {"destination": self._destination, "events": events}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _waits() -> Iterator[float]:
    wait = _FIRST_WAIT
    for _ in range(REDELIVERIES):
        yield wait
        wait = min(2 * wait, _LONGEST_WAIT)


def _forgery(body: bytes, tries: int, event: str) -> str:
    """A wrong signature of one of four kinds: by a stranger's secret, of other bytes, no base64, none at all."""
    kinds = (signature(secrets.token_hex(16), body), signature(event, body + b" "), "not a signature", "")
    return kinds[(sum(event.encode()) + tries) % len(kinds)]
