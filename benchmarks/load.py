"""Claim: 230 sessions at once, 12 messages a second, and each stands on the partner's screen within 150 ms (p95).

460 sockets talk to one serving process on the same machine, in the rhythm of chance (a Poisson process over all sides),
with typing and seen marks as pages send them. With `--idle N`, N more sockets only look on, and what they cost in
memory is told. The floor of the same run is the machine's own: a frame through a bare echo on another socket.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kill_test import Room, arrange
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.web.replay.door import Door
from kokorochat.web.replay.side import Frame, Screen, Side
from kokorochat.web.replay.spawn import Platform

WARM_UP = 0.2
"""The share of the time after which memory is measured for the first time: by then every cache is filled."""
OPENED_TOGETHER = 20
"""Sockets that are opened at once; a crowd that comes in one instant is another test."""


@dataclass
class TimedScreen(Screen):
    """A screen that notes when each text was shown: {text: seconds on the process' clock}."""

    shown: dict[str, float] = field(default_factory=dict)

    def take(self, frame: Frame) -> list[Frame]:
        """As a screen does, with the time."""
        before = len(self.events)
        answer = super().take(frame)
        for event in self.events[before:]:
            self.shown[event.text] = time.perf_counter()
        if len(self.events) > before:
            answer.append({"type": "seen", "number": self.last})
        return answer


@dataclass(frozen=True)
class Load:
    """What the platform has to bear.

    Attributes:
        rate: messages in a second, all sides together.
        idle: sockets besides that only look on.
    """

    sessions: int = 230
    rate: float = 12.0
    seconds: float = 600.0
    idle: int = 0
    seed: int = 0


@dataclass
class Outcome:
    """What was measured; times in milliseconds from sending to the partner's screen, memory in MiB."""

    sessions: int
    connections: int
    messages: int = 0
    messages_per_second: float = 0.0
    p50_ms: float = 0.0
    p95_ms: float = 0.0
    p99_ms: float = 0.0
    max_ms: float = 0.0
    errors: int = 0
    memory_mib: float = 0.0
    memory_growth_percent: float = 0.0
    idle_sockets: int = 0
    idle_mib: float = 0.0
    server_cpu_percent: float = 0.0


async def opened(stack: AsyncExitStack, sides: Sequence[Side]) -> None:
    """Open sockets, a few at once, and wait until each has had its first answer."""
    for first in range(0, len(sides), OPENED_TOGETHER):
        some = sides[first : first + OPENED_TOGETHER]
        for side in some:
            await stack.enter_async_context(side)
        while not all(side.screen.state for side in some):
            await asyncio.sleep(0.02)


async def talk(load: Load, sides: Sequence[dict[Role, Side]]) -> dict[tuple[int, Role], dict[str, float]]:
    """Let the sides speak; {(session, role): {text: when it was sent}}."""
    draw = random.Random(load.seed)
    sent: dict[tuple[int, Role], dict[str, float]] = {}
    begin, due, number = time.perf_counter(), 0.0, 0
    while (due := due + draw.expovariate(load.rate)) < load.seconds:
        await asyncio.sleep(max(0.0, begin + due - time.perf_counter()))
        session, role = draw.randrange(len(sides)), draw.choice(list(Role))
        text = f"{number} です。" + "あ" * int(draw.expovariate(1 / 28))
        number += 1
        sent.setdefault((session, role), {})[text] = time.perf_counter()
        sides[session][role].say(text)
    return sent


async def measure(load: Load, database_url: str | None, redis_url: str | None) -> Outcome:
    """Put the load on a throwaway platform.

    Raises:
        InputError: it does not start, refuses a message, or stays away.
    """
    outcome = Outcome(load.sessions, 2 * load.sessions)
    with Platform(database_url=database_url, redis_url=redis_url) as platform:
        async with Door(platform.url) as door, AsyncExitStack() as stack:
            note(f"arranging {load.sessions} sessions")
            _, rooms = await arrange(door, platform, load.sessions)

            def side(room: Room, role: Role) -> Side:
                one = Side(door.origin, room.code, room.visitors[role].header, name=f"{role.value} of {room.code}")
                one.screen = TimedScreen()
                return one

            sides = [{role: side(room, role) for role in Role} for room in rooms]
            everyone = [one for both in sides for one in both.values()]
            await opened(stack, everyone)
            if load.idle:
                note(f"opening {load.idle:,} idle sockets")
                before = resident(platform.pid)
                onlookers = [side(rooms[n % len(rooms)], list(Role)[n // len(rooms) % 2]) for n in range(load.idle)]
                await opened(stack, onlookers)
                await asyncio.sleep(10)
                outcome.idle_sockets, outcome.idle_mib = load.idle, round(resident(platform.pid) - before, 1)
            note(f"talking for {load.seconds:.0f} s")
            begun, used = time.perf_counter(), cpu_seconds(platform.pid)
            talking = asyncio.create_task(talk(load, sides))
            await asyncio.sleep(WARM_UP * load.seconds)
            warm = resident(platform.pid)
            sent = await talking
            for one in everyone:
                await one.stored()
            await asyncio.sleep(3)  # what has not been shown by then was not shown in time either
            outcome.memory_mib = round(resident(platform.pid), 1)
            outcome.memory_growth_percent = round(100 * (outcome.memory_mib / warm - 1), 1)
            outcome.server_cpu_percent = round(
                100 * (cpu_seconds(platform.pid) - used) / (time.perf_counter() - begun), 1
            )
            waits = []
            for (session, role), texts in sent.items():
                screen = sides[session][role.partner].screen
                assert isinstance(screen, TimedScreen)
                for text, at in texts.items():
                    if text in screen.shown:
                        waits.append(1000 * (screen.shown[text] - at))
                    else:
                        outcome.errors += 1
            outcome.errors += sum(
                one.screen.duplicated + one.screen.reordered + len(one.screen.refused) + one.connections - 1
                for one in everyone
            )
    cuts = statistics.quantiles(waits, n=100)
    outcome.messages = sum(map(len, sent.values()))
    outcome.messages_per_second = round(outcome.messages / load.seconds, 2)
    outcome.p50_ms, outcome.p95_ms, outcome.p99_ms = (round(cuts[at], 1) for at in (49, 94, 98))
    outcome.max_ms = round(max(waits), 1)
    return outcome


def resident(pid: int) -> float:
    """The memory that a process holds, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def floor(count: int = 300) -> float:
    """Milliseconds (p95) that a frame needs through a bare echo in this very process: what the machine itself takes."""
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import ServerConnection, serve

    async def echo(connection: ServerConnection) -> None:
        async for frame in connection:
            await connection.send(frame)

    waits = []
    async with serve(echo, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", proxy=None) as connection:
            for _ in range(count):
                begin = time.perf_counter()
                await connection.send("あ" * 30)
                await connection.recv()
                waits.append(1000 * (time.perf_counter() - begin))
                await asyncio.sleep(0.01)
    return round(statistics.quantiles(waits, n=100)[94], 2)


def note(sentence: str) -> None:
    """Tell whoever waits what goes on."""
    print(sentence, file=sys.stderr, flush=True)


def main() -> int:
    """Run and print; 1 if a message was lost, doubled or refused, or a socket broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=Load.sessions)
    parser.add_argument("--rate", type=float, default=Load.rate, help="messages in a second, all sides together")
    parser.add_argument("--seconds", type=float, default=Load.seconds)
    parser.add_argument("--idle", type=int, default=Load.idle, help="sockets besides that only look on")
    parser.add_argument("--seed", type=int, default=Load.seed)
    parser.add_argument("--database-url", help="an empty PostgreSQL database (default: SQLite)")
    parser.add_argument("--redis-url", help="a Redis (default: inside the process)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    load = Load(options.sessions, options.rate, options.seconds, options.idle, options.seed)
    try:
        least = asyncio.run(floor())
        ours = asyncio.run(measure(load, options.database_url, options.redis_url))
    except InputError as fault:
        print(f"load: {fault}", file=sys.stderr)
        return 2
    document = {
        "measured": asdict(ours),
        "against": {"what": "a bare echo in one process", "p95_ms": least},
        "ratio": round(ours.p95_ms / least, 1),
    }
    if options.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print(
            f"{ours.sessions} sessions, {ours.connections} sockets, {ours.messages:,} messages at "
            f"{ours.messages_per_second} a second: p50 {ours.p50_ms} ms, p95 {ours.p95_ms} ms (claim: at most 150), "
            f"p99 {ours.p99_ms} ms, longest {ours.max_ms} ms; a bare echo takes {least} ms. {ours.errors} errors; "
            f"{ours.memory_mib} MiB, grown by {ours.memory_growth_percent} % (claim: at most 5); "
            f"{ours.server_cpu_percent} % of one core."
        )
        if ours.idle_sockets:
            print(f"{ours.idle_sockets:,} idle sockets take {ours.idle_mib} MiB (claim: 100 for 2,000)")
    return 0 if not ours.errors else 1


if __name__ == "__main__":
    sys.exit(main())
