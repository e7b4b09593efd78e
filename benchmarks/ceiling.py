"""How many messages a second one serving process stores and delivers, beside what the bare server carries.

All sides talk as fast as they can: each says its next message when its last one stands on the partner's screen. The
floor of the same run is a bare echo on the same server (echo.py) with as many sockets: nothing is stored there, nobody
is asked for rights, and a frame has one receiver. Client and server share the machine in both.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.client import connect

from kill_test import arrange
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.web.replay.door import Door
from kokorochat.web.replay.side import Frame, Screen, Side
from kokorochat.web.replay.spawn import Platform
from load import opened

ECHO = (str(Path(__file__).with_name("echo.py")),)
TEXT = "はい、その時のことをもう少し聞かせてもらえますか。"


@dataclass
class AwaitedScreen(Screen):
    """A screen that tells as soon as a text is shown."""

    awaited: dict[str, asyncio.Future[None]] = field(default_factory=dict)

    def take(self, frame: Frame) -> list[Frame]:
        """As a screen does, and tell."""
        before = len(self.events)
        answer = super().take(frame)
        for event in self.events[before:]:
            if waiting := self.awaited.pop(event.text, None):
                waiting.set_result(None)
        return answer


async def ours(sessions: int, seconds: float, database_url: str | None, redis_url: str | None) -> float:
    """Messages a second that are stored and stand on the partner's screen.

    Raises:
        InputError: the platform does not start, or refuses a message.
    """
    with Platform(database_url=database_url, redis_url=redis_url) as platform:
        async with Door(platform.url) as door, AsyncExitStack() as stack:
            _, rooms = await arrange(door, platform, sessions)
            sides = [
                {role: Side(door.origin, room.code, room.visitors[role].header, name=role.value) for role in Role}
                for room in rooms
            ]
            everyone = [one for both in sides for one in both.values()]
            for one in everyone:
                one.screen = AwaitedScreen()
            await opened(stack, everyone)
            stop = time.perf_counter() + seconds
            delivered = await asyncio.gather(*(talk(both, role, stop) for both in sides for role in Role))
    return sum(delivered) / seconds


async def talk(both: dict[Role, Side], role: Role, stop: float) -> int:
    """Say one message after the other; how many were delivered in time."""
    partner, delivered = both[role.partner].screen, 0
    assert isinstance(partner, AwaitedScreen)
    while time.perf_counter() < stop:
        text = f"{role.value} {delivered} {TEXT}"
        shown = partner.awaited[text] = asyncio.get_running_loop().create_future()
        both[role].say(text)
        await shown
        delivered += time.perf_counter() < stop
    return delivered


async def bare(sockets: int, seconds: float) -> float:
    """Frames a second through the echo."""
    with Platform(serve=ECHO) as platform:
        url = platform.url.replace("http", "ws", 1)

        async def echoed() -> int:
            count = 0
            async with connect(url, compression=None, proxy=None) as connection:
                while time.perf_counter() < stop:
                    frame = {"type": "say", "id": str(count), "text": TEXT}
                    await connection.send(json.dumps(frame, ensure_ascii=False))
                    await connection.recv()
                    count += time.perf_counter() < stop
            return count

        stop = time.perf_counter() + seconds
        counts: Sequence[int] = await asyncio.gather(*(echoed() for _ in range(sockets)))
    return sum(counts) / seconds


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each of the two")
    parser.add_argument("--database-url", help="an empty PostgreSQL database (default: SQLite)")
    parser.add_argument("--redis-url", help="a Redis (default: inside the process)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        floor = asyncio.run(bare(2 * options.sessions, options.seconds))
        rate = asyncio.run(ours(options.sessions, options.seconds, options.database_url, options.redis_url))
    except InputError as fault:
        print(f"ceiling: {fault}", file=sys.stderr)
        return 2
    document = {
        "measured": {"sessions": options.sessions, "messages_per_second": round(rate, 1)},
        "against": {"what": "a bare uvicorn echo without storage", "frames_per_second": round(floor, 1)},
        "ratio": round(floor / rate, 1),
    }
    if options.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print(
            f"{rate:.0f} messages a second stored and delivered in {options.sessions} sessions; a bare echo on as many "
            f"sockets gives {floor:.0f} frames back, {floor / rate:.0f} times as many"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
