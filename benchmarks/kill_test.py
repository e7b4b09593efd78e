"""Claim: an acked message is stored once and stands in the same place on both screens, whatever dies.

Both sides of several sessions talk at once, with pauses. Meanwhile the server is killed (SIGKILL) and started again,
and connections are reset (RST) without a word. `--control` puts a chat without delivery rules (naive_chat.py) through
the same, and it loses messages: a chaos that it passed would prove nothing.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEMS, Feedback
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.web.replay.door import Door, Visitor
from kokorochat.web.replay.faults import Faults, faults_between
from kokorochat.web.replay.side import Side, reset
from kokorochat.web.replay.spawn import Platform

ABORTS_PER_KILL = 5
MOST_SESSIONS = 20
TOPIC = Topic(TopicClass.OTHERS, "kill test")
FEEDBACK = Feedback(items=(3,) * len(ITEMS), checks=frozenset(), total=3 * len(ITEMS))
NAIVE = (str(Path(__file__).with_name("naive_chat.py")),)
QUIET_SECONDS = 2.0
"""After so long without anything new, a naive screen gets nothing more."""


@dataclass(frozen=True)
class Chaos:
    """What is done to a platform.

    Attributes:
        messages: in all sessions together.
        rate: messages in a second from all sides together, so low that a slow machine keeps up: what a server that is
            behind holds in its queues dies with it, and the naive chat would lose more than is its own fault.
        seed: of the pauses and of who is cut off.
    """

    messages: int = 2000
    kills: int = 10
    rate: float = 40.0
    seed: int = 0

    @property
    def sessions(self) -> int:
        """So many that each side has 25 messages or more, if that can be."""
        return max(1, min(MOST_SESSIONS, self.messages // 50))

    def pauses(self, session: int, role: Role) -> Iterator[float]:
        """Seconds between two messages of a side, without end."""
        draw = random.Random(f"{self.seed} {session} {role.value}")
        while True:
            yield draw.uniform(0, 4 * self.sessions / self.rate)

    def texts(self, session: int) -> dict[Role, list[str]]:
        """What each side of a session says; no text twice, so that each can be told from all others."""
        share = self.messages // self.sessions + (session < self.messages % self.sessions)
        counts = {Role.COUNSELOR: share // 2, Role.CLIENT: share - share // 2}
        return {role: [f"{session} {role.value} {n} です。" for n in range(count)] for role, count in counts.items()}


@dataclass
class Outcome:
    """What was measured.

    Attributes:
        lost: messages that are absent from the store, the export or a screen.
        lost_in_store: those that are absent from the store.
        contradictions: sentences on whatever else is wrong; none of them may be.
    """

    messages: int
    kills: int = 0
    aborted: int = 0
    lost: int = 0
    lost_in_store: int = 0
    duplicated: int = 0
    reordered: int = 0
    seconds: float = 0.0
    contradictions: list[str] = field(default_factory=list)

    def count(self, faults: Faults) -> None:
        """Add faults."""
        self.lost += faults.lost
        self.duplicated += faults.duplicated
        self.reordered += faults.reordered

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.duplicated or self.reordered or self.contradictions)


@dataclass(frozen=True)
class Room:
    """A session that is arranged: its code, and who is who."""

    code: str
    people: dict[Role, int]
    visitors: dict[Role, Visitor]


@dataclass(frozen=True)
class Row:
    """One event in the database."""

    number: int
    kind: str
    sender: int
    message_id: str
    text: str


ROWS = """
SELECT s.counselor_id, e.number, e.kind, e.sender_id, e.message_id, e.text
FROM roleplay_event e JOIN roleplay_session s ON s.id = e.session_id ORDER BY s.id, e.number
"""


def stored_rows(platform: Platform, database_url: str | None) -> dict[int, list[Row]]:
    """{counselor: events of their session, by number}, read past the platform."""
    if database_url:
        import psycopg

        with psycopg.connect(database_url.replace("postgres://", "postgresql://")) as connection:
            found: list[tuple[Any, ...]] = connection.execute(ROWS).fetchall()
    else:
        with closing(sqlite3.connect(platform.folder / "kokorochat.sqlite3")) as connection:
            found = connection.execute(ROWS).fetchall()
    rows: dict[int, list[Row]] = {}
    for counselor, number, kind, sender, message_id, text in found:
        rows.setdefault(counselor, []).append(Row(number, kind, sender, str(UUID(str(message_id))), text))
    return rows


async def arrange(door: Door, platform: Platform, count: int) -> tuple[Visitor, list[Room]]:
    """The administrator, and sessions of two new people each."""
    administrator = await door.sign_in(platform.administrator_link)

    async def room(number: int) -> Room:
        people = {role: await door.add_person(administrator, f"{role.value} {number}") for role in Role}
        links = {role: await door.sign_in_link(administrator, person) for role, person in people.items()}
        visitors = {role: await door.sign_in(link) for role, link in links.items()}
        code = await door.pair(administrator, people[Role.COUNSELOR], people[Role.CLIENT], TOPIC)
        return Room(code, people, visitors)

    return administrator, list(await asyncio.gather(*(room(number) for number in range(count))))


async def together(*works: Awaitable[None]) -> None:
    """Do all at once; the first that fails ends the others."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def wreak(
    chaos: Chaos, platform: Platform, done: Callable[[], int], aborts: Sequence[Callable[[], bool]], outcome: Outcome
) -> None:
    """Kill, start, and reset some connections, each time when another share of the messages is done: amid the talk."""
    draw = random.Random(f"chaos {chaos.seed}")
    for number in range(1, chaos.kills + 1):
        while done() < chaos.messages * number // (chaos.kills + 1):
            await asyncio.sleep(0.005)
        await asyncio.to_thread(platform.kill)
        await asyncio.to_thread(platform.start)
        outcome.kills += 1
        await asyncio.sleep(draw.uniform(0.2, 0.8))  # by then most sides are back and talk again
        shuffled = draw.sample(list(aborts), len(aborts))
        outcome.aborted += sum(1 for _ in islice((abort for abort in shuffled if abort()), ABORTS_PER_KILL))


async def measure(chaos: Chaos, database_url: str | None = None, redis_url: str | None = None) -> Outcome:
    """Put the platform through the chaos.

    Raises:
        InputError: it does not start, refuses a message, or stays away.
    """
    outcome, start = Outcome(chaos.messages), time.perf_counter()
    with Platform(database_url=database_url, redis_url=redis_url) as platform:
        async with Door(platform.url) as door, AsyncExitStack() as stack:
            administrator, rooms = await arrange(door, platform, chaos.sessions)

            def side(room: Room, role: Role) -> Side:
                return Side(door.origin, room.code, room.visitors[role].header, name=f"{role.value} of {room.code}")

            sides = [{role: await stack.enter_async_context(side(room, role)) for role in Role} for room in rooms]
            everyone = [one for both in sides for one in both.values()]

            async def talk(number: int, role: Role) -> None:
                for text, pause in zip(chaos.texts(number)[role], chaos.pauses(number, role), strict=False):
                    sides[number][role].say(text)
                    await asyncio.sleep(pause)
                await sides[number][role].stored()

            await together(
                wreak(
                    chaos,
                    platform,
                    lambda: sum(len(one.screen.acked) for one in everyone),
                    [one.abort for one in everyone],
                    outcome,
                ),
                *(talk(number, role) for number in range(len(rooms)) for role in Role),
            )
            fresh = [{role: await stack.enter_async_context(side(room, role)) for role in Role} for room in rooms]
            for both, again in zip(sides, fresh, strict=True):
                ending = both[Role.COUNSELOR].end()
                await both[Role.COUNSELOR].stored()
                last = both[Role.COUNSELOR].screen.acked[ending]
                for one in (*both.values(), *again.values()):
                    await one.shown(last)
            exported = await rated_and_exported(door, administrator, rooms)
            rows = stored_rows(platform, database_url)
            for number, room in enumerate(rooms):
                counselor = room.people[Role.COUNSELOR]
                judge(
                    room,
                    chaos.texts(number),
                    sides[number],
                    fresh[number],
                    rows[counselor],
                    exported[counselor],
                    outcome,
                )
    outcome.seconds = round(time.perf_counter() - start, 3)
    return outcome


async def rated_and_exported(
    door: Door, administrator: Visitor, rooms: Sequence[Room]
) -> dict[int, list[tuple[Role, str]]]:
    """Let each client rate the session, so that it can be exported; {counselor: what the export holds of the talk}."""
    for room in rooms:
        await door.give_feedback(room.visitors[Role.CLIENT], room.code, FEEDBACK)
    exported = await door.export(administrator)
    return {int(one.counselor or 0): [(u.role, u.text) for u in one.utterances] for one in exported}


def judge(
    room: Room,
    texts: dict[Role, list[str]],
    sides: dict[Role, Side],
    fresh: dict[Role, Side],
    rows: list[Row],
    export: list[tuple[Role, str]],
    outcome: Outcome,
) -> None:
    """Hold one session to the protocol's laws.

    Args:
        fresh: screens that were opened after the chaos and got the whole talk at once.
    """
    role_of = {person: role for role, person in room.people.items()}
    stored = [(role_of[row.sender], row.text) for row in rows if row.kind == "utterance"]
    screens = [one.screen for one in (*sides.values(), *fresh.values())]
    for role, said in texts.items():
        places = [[text for by, text in talk if by is role] for talk in (stored, export, *(s.talk for s in screens))]
        outcome.count(faults_between(said, *places))
        outcome.lost_in_store += faults_between(said, places[0]).lost
    order = faults_between(stored, export, *(screen.talk for screen in screens))
    outcome.count(Faults(0, 0, order.reordered))
    for screen in screens:
        outcome.count(Faults(0, screen.duplicated, screen.reordered))
    if [row.number for row in rows] != list(range(1, len(rows) + 1)):
        outcome.contradictions.append(f"{room.code}: the numbers in the store have a gap or a double")
    shown = [(row.number, row.text) for row in rows]
    if any([(event.number, event.text) for event in screen.events] != shown for screen in screens):
        outcome.contradictions.append(f"{room.code}: a screen differs from the store")
    for role, one in sides.items():
        held = {row.message_id: row.number for row in rows if row.sender == room.people[role]}
        if one.screen.acked != held:
            outcome.contradictions.append(
                f"{room.code}: what the {role.value} was told is stored, is not what is stored"
            )


class NaiveSide:
    """The page of a tutorial: sends while the line seems up, shows what comes, comes back when it is cut off."""

    def __init__(self, origin: str, code: str, cookie: str) -> None:
        self._url, self._cookie = f"ws{origin.removeprefix('http')}/ws/sessions/{code}", cookie
        self._socket: ClientConnection | None = None
        self.said = 0
        self.shown: list[str] = []

    async def run(self) -> None:
        """Stay connected, for ever."""
        while True:
            try:
                async with connect(self._url, additional_headers={"Cookie": self._cookie}, proxy=None) as connection:
                    self._socket = connection
                    async for frame in connection:
                        self.shown.append(json.loads(frame)["text"])
            except (OSError, TimeoutError, EOFError, InvalidHandshake, ConnectionClosed):
                pass
            self._socket = None
            await asyncio.sleep(random.uniform(0.1, 0.5))

    async def say(self, text: str) -> None:
        """Send, once."""
        while self._socket is None:
            await asyncio.sleep(0.02)
        self.said += 1
        # Nobody tells the page of a tutorial that this failed, and it has emptied its input.
        with suppress(ConnectionClosed):
            await self._socket.send(json.dumps({"text": text}, ensure_ascii=False))

    def abort(self) -> bool:
        """Reset the connection."""
        return self._socket is not None and reset(self._socket)


async def measure_naive(chaos: Chaos) -> Outcome:
    """Put the naive chat through the same chaos.

    Its own messages count as shown to their sender, whatever came back: a page can show them by itself.
    """
    outcome, start = Outcome(chaos.messages), time.perf_counter()
    with Platform(serve=NAIVE) as platform:
        async with Door(platform.url) as door:
            _, rooms = await arrange(door, platform, chaos.sessions)
            sides = [
                {role: NaiveSide(door.origin, room.code, room.visitors[role].header) for role in Role} for room in rooms
            ]
            everyone = [one for both in sides for one in both.values()]
            running = [asyncio.create_task(one.run()) for one in everyone]

            async def talk(number: int, role: Role) -> None:
                for text, pause in zip(chaos.texts(number)[role], chaos.pauses(number, role), strict=False):
                    await sides[number][role].say(text)
                    await asyncio.sleep(pause)

            try:
                await together(
                    wreak(
                        chaos,
                        platform,
                        lambda: sum(one.said for one in everyone),
                        [one.abort for one in everyone],
                        outcome,
                    ),
                    *(talk(number, role) for number in range(len(rooms)) for role in Role),
                )
                before = -1
                while before != (before := sum(len(one.shown) for one in everyone)):
                    await asyncio.sleep(QUIET_SECONDS)
            finally:
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
            rows = stored_rows(platform, None)
            for number, room in enumerate(rooms):
                for role, said in chaos.texts(number).items():
                    stored = [
                        r.text for r in rows.get(room.people[Role.COUNSELOR], []) if r.sender == room.people[role]
                    ]
                    partners = [text for text in sides[number][role.partner].shown if f" {role.value} " in text]
                    outcome.count(faults_between(said, stored, partners))
                    outcome.lost_in_store += faults_between(said, stored).lost
    outcome.seconds = round(time.perf_counter() - start, 3)
    return outcome


def main() -> int:
    """Run and print; 1 if the platform broke a law."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--rate", type=float, default=40.0, help="messages in a second, all sides together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database-url", help="an empty PostgreSQL database (default: SQLite)")
    parser.add_argument("--redis-url", help="a Redis (default: inside the process)")
    parser.add_argument("--control", action="store_true", help="the naive chat too")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chaos = Chaos(options.messages, options.kills, options.rate, options.seed)
    try:
        ours = asyncio.run(measure(chaos, options.database_url, options.redis_url))
        control = asyncio.run(measure_naive(chaos)) if options.control else None
    except InputError as fault:
        print(f"kill_test: {fault}", file=sys.stderr)
        return 2
    document = {
        "measured": asdict(ours),
        "against": {"what": "naive chat", **asdict(control)} if control else None,
        "ratio": control.lost / control.messages if control else None,
    }
    if options.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for name, one in (("platform", ours), ("naive chat", control)):
            if one:
                print(
                    f"{name}: {one.messages:,} messages, {one.kills} kills, {one.aborted} connections reset, "
                    f"{one.seconds:.0f} s: {one.lost} lost ({one.lost_in_store} of them in the store), "
                    f"{one.duplicated} duplicated, {one.reordered} reordered"
                )
        for sentence in ours.contradictions:
            print(sentence)
    return 0 if ours.good else 1


if __name__ == "__main__":
    sys.exit(main())
