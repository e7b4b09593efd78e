"""Claim: Redis may die and forget all it had: no message is lost, and screens have caught up 3 s after it is back.

Several sessions talk over a platform whose wake-ups go through a Redis of this test's own. Ten times it is killed
(SIGKILL), stays away for a while, and comes back empty; halfway between it is emptied while it runs (FLUSHALL).
"""

import argparse
import asyncio
import contextlib
import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field

from kill_test import Chaos, arrange, judge, rated_and_exported, stored_rows, together
from kill_test import Outcome as Faults
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.web.replay.door import Door
from kokorochat.web.replay.side import Side
from kokorochat.web.replay.spawn import Platform
from load import TimedScreen, opened

AWAY_SECONDS = (0.5, 4.0)
CLAIM_SECONDS = 3.0


@dataclass
class Outcome(Faults):
    """What was measured.

    Attributes:
        flushes: how often Redis was emptied while it ran.
        slowest: seconds, for each time that Redis was away, from its return (or from sending, if that was later) until
            the last message of before the next loss stood on the partner's screen.
        longest: of all messages, the seconds from sending to the partner's screen.
    """

    flushes: int = 0
    slowest: list[float] = field(default_factory=list)
    longest: float = 0.0

    @property
    def caught_up(self) -> bool:
        """Whether the claim holds."""
        return max(self.slowest, default=0.0) <= CLAIM_SECONDS


class Redis:
    """A Redis of one's own that keeps nothing on disk."""

    def __init__(self, folder: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, empty, and wait until it answers.

        Raises:
            InputError: no redis-server is installed, or it does not start.
        """
        if not (program := shutil.which("redis-server")):
            raise InputError("redis-server", "is not installed", "Install it, such as Debian's redis-server")
        self._process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self._folder],
            stdout=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            with contextlib.suppress(OSError):
                self.ask("PING")
                return
            time.sleep(0.01)
        raise InputError("redis-server", "does not answer", "See what it says when started by hand")

    def ask(self, command: str) -> None:
        """Give one command."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            connection.recv(64)

    def kill(self) -> None:
        """End it at once; what it held is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()


@contextlib.contextmanager
def own_redis() -> Iterator[Redis]:
    """A Redis that lives as long as the block."""
    with tempfile.TemporaryDirectory(prefix="kokorochat-redis-") as folder:
        redis = Redis(folder)
        redis.start()
        try:
            yield redis
        finally:
            redis.kill()


async def measure(chaos: Chaos, database_url: str | None) -> Outcome:
    """Let the sides talk while Redis comes and goes.

    Raises:
        InputError: Redis or the platform does not start, or a message is refused.
    """
    outcome, begun = Outcome(chaos.messages), time.perf_counter()
    with own_redis() as redis, Platform(database_url=database_url, redis_url=redis.url) as platform:
        async with Door(platform.url) as door, AsyncExitStack() as stack:
            administrator, rooms = await arrange(door, platform, chaos.sessions)
            sides = [
                {role: Side(door.origin, room.code, room.visitors[role].header, name=role.value) for role in Role}
                for room in rooms
            ]
            everyone = [one for both in sides for one in both.values()]
            for one in everyone:
                one.screen = TimedScreen()
            await opened(stack, everyone)
            sent: dict[tuple[int, Role], dict[str, float]] = {}
            back: list[float] = []

            async def talk(number: int, role: Role) -> None:
                said = sent[number, role] = {}
                for text, pause in zip(chaos.texts(number)[role], chaos.pauses(number, role), strict=False):
                    said[text] = time.perf_counter()
                    sides[number][role].say(text)
                    await asyncio.sleep(pause)
                await sides[number][role].stored()

            async def lose() -> None:
                draw = random.Random(f"redis {chaos.seed}")
                for number in range(1, chaos.kills + 1):
                    while sum(map(len, sent.values())) < chaos.messages * number // (chaos.kills + 1):
                        await asyncio.sleep(0.01)
                    await asyncio.to_thread(redis.kill)
                    outcome.kills += 1
                    await asyncio.sleep(draw.uniform(*AWAY_SECONDS))
                    await asyncio.to_thread(redis.start)
                    back.append(time.perf_counter())
                    await asyncio.sleep(CLAIM_SECONDS)
                    await asyncio.to_thread(redis.ask, "FLUSHALL")
                    outcome.flushes += 1
                    back.append(time.perf_counter())

            await together(lose(), *(talk(number, role) for number in range(len(rooms)) for role in Role))
            for both in sides:
                ending = both[Role.COUNSELOR].end()
                await both[Role.COUNSELOR].stored()
                for one in both.values():
                    await one.shown(both[Role.COUNSELOR].screen.acked[ending])
            slowest = [0.0] * (len(back) + 1)
            for (number, role), texts in sent.items():
                screen = sides[number][role.partner].screen
                assert isinstance(screen, TimedScreen)
                for text, at in texts.items():
                    shown = screen.shown[text]
                    outcome.longest = max(outcome.longest, shown - at)
                    # The last return before it was shown: until then it could not be woken.
                    returns = [moment for moment in back if moment <= shown]
                    since = max([at, *returns[-1:]])
                    slowest[len(returns)] = max(slowest[len(returns)], shown - since)
            outcome.slowest = [round(seconds, 2) for seconds in slowest]
            exported = await rated_and_exported(door, administrator, rooms)
            rows = stored_rows(platform, database_url)
            for number, room in enumerate(rooms):
                counselor = room.people[Role.COUNSELOR]
                judge(room, chaos.texts(number), sides[number], {}, rows[counselor], exported[counselor], outcome)
    outcome.seconds = round(time.perf_counter() - begun, 1)
    return outcome


def main() -> int:
    """Run and print; 1 if a message was lost, doubled or out of order, or screens caught up too late."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--losses", type=int, default=10)
    parser.add_argument("--rate", type=float, default=20.0, help="messages in a second, all sides together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database-url", help="an empty PostgreSQL database (default: SQLite)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chaos = Chaos(options.messages, options.losses, options.rate, options.seed)
    try:
        outcome = asyncio.run(measure(chaos, options.database_url))
    except InputError as fault:
        print(f"redis_loss: {fault}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(asdict(outcome), ensure_ascii=False, indent=2))
    else:
        print(
            f"{outcome.messages:,} messages, Redis killed {outcome.kills} times and emptied {outcome.flushes} times "
            f"besides, {outcome.seconds:.0f} s: {outcome.lost} lost, {outcome.duplicated} duplicated, "
            f"{outcome.reordered} reordered; at most {max(outcome.slowest)} s from Redis' return, or from sending, to "
            f"the screen (claim: {CLAIM_SECONDS:.0f}); the longest wait with Redis away was {outcome.longest:.1f} s"
        )
        for sentence in outcome.contradictions:
            print(sentence)
    return 0 if outcome.good and outcome.caught_up else 1


if __name__ == "__main__":
    sys.exit(main())
