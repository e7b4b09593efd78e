"""One side of a talk, as the page plays it: docs/protocol.md from the other end.

`Screen` knows what was sent and what was shown, and does no input or output; `Side` carries its frames.
"""

import asyncio
import json
import random
import socket
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError

SHORTEST_WAIT, LONGEST_WAIT = 0.1, 2.0
"""Seconds before connecting again, doubled after each failure and spread by half, so that sides don't come in step."""

_FORBIDDEN = 403
_STAY_AWAY = {
    4401: "signed this side out",
    4403: "wants the consent text accepted first",
    4404: "does not know this side's session",
}

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """One event as it was shown.

    Attributes:
        kind: "utterance" or "end".
        id: the message's id in one's own events, None in the partner's.
    """

    number: int
    kind: str
    role: Role
    text: str
    at: str
    id: str | None = None


@dataclass
class Screen:
    """What one side has sent and what it was shown.

    Attributes:
        unacked: {id: frame} in the order of sending; what is here goes out again after each connection.
        acked: {id: number} of what the server says it has stored.
        sent: the ids of all messages in the order of sending.
        duplicated: events shown again, and messages that hold two numbers.
        reordered: events that came with a number too high, so that one before them was missing.
        refused: the server's refusals.
    """

    last: int = 0
    events: list[Seen] = field(default_factory=list)
    unacked: dict[str, Frame] = field(default_factory=dict)
    acked: dict[str, int] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    duplicated: int = 0
    reordered: int = 0
    refused: list[Frame] = field(default_factory=list)
    state: Frame = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def say(self, text: str) -> Frame:
        """A new message, kept until it is acked."""
        return self._keep({"type": "say", "id": str(uuid4()), "text": text})

    def end(self) -> Frame:
        """The end of the session, kept until it is acked."""
        return self._keep({"type": "end", "id": str(uuid4())})

    def _keep(self, frame: Frame) -> Frame:
        self.unacked[frame["id"]] = frame
        self.sent.append(frame["id"])
        return frame

    def opening(self) -> list[Frame]:
        """What goes out first on every connection: where this screen stands, then all that is unacked, in order."""
        return [{"type": "hello", "last": self.last}, *self.unacked.values()]

    def take(self, frame: Frame) -> list[Frame]:
        """Note a frame from the server, and give what it must be answered: another hello after a gap, else nothing."""
        match frame.get("type"):
            case "ack":
                self._hold(frame["id"], frame["number"])
                self.acked[frame["id"]] = frame["number"]
                self.unacked.pop(frame["id"], None)
            case "events":
                for event in frame["events"]:
                    if not self._show(event):
                        return [{"type": "hello", "last": self.last}]
            case "state":
                self.state = frame
            case "refused":
                self.refused.append(frame)
        return []

    def _show(self, event: Frame) -> bool:
        """Show one event; False if one before it is missing."""
        number = event["number"]
        if number <= self.last:
            self.duplicated += 1
            return True
        if number > self.last + 1:
            self.reordered += 1
            return False
        if event.get("id"):
            self._hold(event["id"], number)
        self.last = number
        self.events.append(
            Seen(number, event["kind"], Role(event["role"]), event["text"], event["at"], event.get("id"))
        )
        return True

    def _hold(self, message_id: str, number: int) -> None:
        """A message has one number for ever, in its event and in all its acks; an end may be the partner's."""
        if self._numbers.setdefault(message_id, number) != number:
            self.duplicated += 1

    @property
    def talk(self) -> list[tuple[Role, str]]:
        """The messages that are shown, in order."""
        return [(event.role, event.text) for event in self.events if event.kind == "utterance"]


class Side:
    """One side's socket, which comes back by itself until its `async with` block ends.

    Attributes:
        screen: what was sent and shown.
        connections: how often it has connected.
    """

    def __init__(self, origin: str, code: str, cookie: str, *, name: str, patience: float = 60.0) -> None:
        """Name a session's socket.

        Args:
            origin: the platform, as `http://127.0.0.1:8000`.
            code: the session's.
            cookie: the signed-in visitor's `Cookie` header.
            name: who this is, for messages.
            patience: seconds for which the platform may stay away.
        """
        self.screen = Screen()
        self.connections = 0
        self.name = name
        self._url = f"ws{origin.removeprefix('http')}/ws/sessions/{code}"
        self._origin, self._cookie, self._patience = origin, cookie, patience
        self._outgoing: asyncio.Queue[Frame] = asyncio.Queue()
        self._socket: ClientConnection | None = None
        self._changed = asyncio.Event()
        self._fault: InputError | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to connect."""
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def say(self, text: str) -> str:
        """Send a message, now or when the connection is back, and give its id."""
        return self._post(self.screen.say(text))

    def end(self) -> str:
        """End the session, and give the end's id."""
        return self._post(self.screen.end())

    def _post(self, frame: Frame) -> str:
        # A queue of a connection that has gone is thrown away; the next one starts with all that is unacked.
        self._outgoing.put_nowait(frame)
        return str(frame["id"])

    async def speak(self, texts: Sequence[str]) -> None:
        """Send messages and wait until they are stored.

        Raises:
            InputError: as `stored`.
        """
        for text in texts:
            self.say(text)
        await self.stored()

    async def stored(self) -> None:
        """Wait until all that was sent is acked.

        Raises:
            InputError: a message is refused, the side may not come back, or the platform stays away.
        """
        await self._until(lambda: not self.screen.unacked)

    async def shown(self, number: int) -> None:
        """Wait until the screen shows the talk up to `number`.

        Raises:
            InputError: as `stored`.
        """
        await self._until(lambda: self.screen.last >= number)

    async def heard(self, role: Role, count: int) -> None:
        """Wait until the screen shows so many messages of a role.

        Raises:
            InputError: as `stored`.
        """
        await self._until(lambda: sum(1 for by, _ in self.screen.talk if by is role) >= count)

    def abort(self) -> bool:
        """Reset the connection; False if there is none now."""
        return self._socket is not None and reset(self._socket)

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            if self._fault is not None:
                raise self._fault
            self._changed.clear()
            await self._changed.wait()
        if self._fault is not None:
            raise self._fault

    async def _run(self) -> None:
        try:
            await self._stay()
        except InputError as fault:
            self._fault = fault
        except Exception as fault:
            self._fault = InputError(
                self.name, f"failed on a frame of the platform ({fault!r})", "Use the replay of the platform's version"
            )
        finally:
            self._changed.set()

    async def _stay(self) -> None:
        wait, give_up = SHORTEST_WAIT, time.monotonic() + self._patience
        while True:
            opened, before = time.monotonic(), (self.screen.last, len(self.screen.acked))
            try:
                async with connect(
                    self._url,
                    # websockets' type for it is str; on the wire it is the header itself.
                    origin=self._origin,  # type: ignore[arg-type]
                    additional_headers={"Cookie": self._cookie},
                    compression=None,
                    proxy=None,
                    max_size=None,
                ) as connection:
                    self.connections += 1
                    await self._talk(connection)
            except InvalidStatus as fault:
                if fault.response.status_code == _FORBIDDEN:
                    raise InputError(
                        self.name,
                        f"the platform lets no socket from {self._origin} in",
                        "Name the platform as its KOKOROCHAT_ORIGINS does",
                    ) from None
            except ConnectionClosed as fault:
                if fault.rcvd is not None and fault.rcvd.code in _STAY_AWAY:
                    raise InputError(
                        self.name, f"the platform {_STAY_AWAY[fault.rcvd.code]}", "See the platform's log"
                    ) from None
                # A platform that closes each connection at once, with nothing done, must not keep us for ever.
                if before != (self.screen.last, len(self.screen.acked)) or time.monotonic() > opened + LONGEST_WAIT:
                    wait, give_up = SHORTEST_WAIT, time.monotonic() + self._patience
            except InvalidURI as fault:
                raise InputError(self.name, str(fault), "Give the platform's address") from None
            except (OSError, TimeoutError, InvalidHandshake, EOFError):
                pass  # it is away, or restarting
            if time.monotonic() > give_up:
                raise InputError(
                    self.name,
                    f"the platform's socket did not come back within {self._patience:.0f} s",
                    "See the platform's log, then start again",
                )
            await asyncio.sleep(wait * random.uniform(0.5, 1.5))
            wait = min(2 * wait, LONGEST_WAIT)

    async def _talk(self, connection: ClientConnection) -> None:
        """Carry frames both ways until the connection is lost."""
        self._outgoing = asyncio.Queue()
        for frame in self.screen.opening():
            self._outgoing.put_nowait(frame)
        self._socket = connection
        writer = asyncio.create_task(self._write(connection, self._outgoing))
        try:
            while True:
                for answer in self.screen.take(json.loads(await connection.recv())):
                    self._outgoing.put_nowait(answer)
                if self.screen.refused:
                    raise self._refusal(self.screen.refused[0])
                self._changed.set()
        finally:
            self._socket = None
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _write(self, connection: ClientConnection, outgoing: "asyncio.Queue[Frame]") -> None:
        while True:
            await connection.send(json.dumps(await outgoing.get(), ensure_ascii=False))

    def _refusal(self, frame: Frame) -> InputError:
        place = self.screen.sent.index(frame["id"]) + 1 if frame.get("id") in self.screen.sent else None
        what = f"message {place} of this side" if place else "a frame"
        return InputError(
            self.name,
            f"{what} was refused ({frame.get('code')}): {frame.get('message')}".rstrip("."),
            "Mend it in the corpus, or leave the dialogue out",
        )


def reset(connection: ClientConnection) -> bool:
    """Tear a connection down with RST, as a dying network does: what lies in its buffers is thrown away."""
    raw = connection.transport.get_extra_info("socket")
    if raw is None:
        return False
    # Lingering for zero seconds makes the close a reset.
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()
    return True
