"""Claim: what comes from LINE is stored once, and what goes there is accepted once and in order, whatever goes wrong.

Pace: people write on the phones of the fake LINE platform, and how long the webhook takes to answer is measured.

Incoming: they go on, but each event is sent one to five times, shuffled, and a tenth of the events carry wrong
signatures. Exactly the genuine ones must be stored, each once.

Outgoing: counselors write at their desks, while the fake answers with errors, with 429, with 409, or not at all though
it has accepted; and the platform, with its worker, is killed. Each message must be accepted once, in order.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.web.replay.chaos import Killer
from kokorochat.web.replay.door import Door, Visitor
from kokorochat.web.replay.faults import faults_between
from kokorochat.web.replay.line import Phones
from kokorochat.web.replay.side import Side
from kokorochat.web.replay.spawn import Platform

TOPIC = Topic(TopicClass.OTHERS, "LINE test")
COPIES, BAD_SIGNATURES = 5, 0.1
OUTCOMES = {"error": 0.08, "error-after": 0.08, "timeout-after": 0.04, "conflict": 0.05, "rate": 0.08}
HANG_SECONDS = 9.0
"""Longer than the platform waits for an answer."""
PATIENCE = 180.0


@dataclass(frozen=True)
class Plan:
    """What is done.

    Attributes:
        people: sessions, each with a phone and a desk.
        events: messages from all phones together.
        rate: of them, in a second; copies come on top.
        paced: so many more before them, without any fault, to measure the webhook's answers.
        shuffle: seconds within which each copy waits.
        messages: from all desks together.
        kills: of the platform, while these go out.
    """

    people: int = 20
    events: int = 1000
    rate: float = 20.0
    paced: int = 400
    shuffle: float = 2.0
    messages: int = 500
    kills: int = 3
    seed: int = 0

    def texts(self, role: Role, person: int) -> list[str]:
        """What one side of a session says; no text twice."""
        total = self.events if role is Role.CLIENT else self.messages
        return [f"{person} {role.value} {n} です。" for n in range(person, total, self.people)]

    def pauses(self, person: int) -> Iterator[float]:
        """Seconds between two messages from a phone, without end."""
        draw = random.Random(f"{self.seed} pauses {person}")
        while True:
            yield draw.uniform(0, 2 * self.people / self.rate)


@dataclass
class Incoming:
    """What was measured of the events.

    Attributes:
        genuine: events with a right signature.
        posts: requests that carried them, copies included.
        refused: requests with a wrong signature.
        lost, duplicated, strange: messages on the desks, against the genuine ones; strange ones are none of these.
    """

    events: int
    genuine: int = 0
    posts: int = 0
    refused: int = 0
    lost: int = 0
    duplicated: int = 0
    strange: int = 0


@dataclass
class Outgoing:
    """What was measured of the messages.

    Attributes:
        calls: by what the fake did: {"": right answers, outcome: faults}.
        lost, duplicated, reordered: messages, in what was accepted and on the phones.
        by: how many were accepted by reply and by push.
    """

    messages: int
    kills: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    by: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Measured:
    """All of it."""

    answer_ms: dict[str, float]
    incoming: Incoming
    outgoing: Outgoing

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        incoming, outgoing = self.incoming, self.outgoing
        wrong = (incoming.lost, incoming.duplicated, incoming.strange)
        return not any((*wrong, outgoing.lost, outgoing.duplicated, outgoing.reordered))


@dataclass(frozen=True)
class Room:
    """A session that is arranged: who has the phone, and the counselor's desk."""

    phone: str
    desk: Side


async def arrange(door: Door, phones: Phones, platform: Platform, plan: Plan, stack: AsyncExitStack) -> list[Room]:
    """Sessions of two new people each, with a linked phone and an open desk."""
    administrator = await door.sign_in(platform.administrator_link)

    async def person(role: Role, number: int) -> tuple[int, Visitor]:
        key = await door.add_person(administrator, f"{role.value} {number}")
        return key, await door.sign_in(await door.sign_in_link(administrator, key))

    async def room(number: int) -> Room:
        counselor, at_desk = await person(Role.COUNSELOR, number)
        client, at_page = await person(Role.CLIENT, number)
        phone = await phones.add(f"client {number}")
        await phones.link(door, at_page, phone)
        code = await door.pair(administrator, counselor, client, TOPIC)
        name = f"counselor {number}"
        desk = await stack.enter_async_context(Side(door.origin, code, at_desk.header, name=name, patience=PATIENCE))
        return Room(phone, desk)

    return list(await asyncio.gather(*(room(number) for number in range(plan.people))))


async def until_quiet(phones: Phones) -> dict[str, Any]:
    """The ledger when no event is on its way any more."""
    give_up = time.monotonic() + PATIENCE
    while (ledger := await phones.ask("GET", "ledger"))["pending"]:
        if time.monotonic() > give_up:
            raise InputError("the fake's events", "are still on their way", "See the platform's log")
        await asyncio.sleep(0.5)
    return ledger


async def measure_incoming(phones: Phones, rooms: list[Room], plan: Plan) -> Incoming:
    """Let all phones write, and compare the desks with what was genuine."""
    before = len((await until_quiet(phones))["deliveries"])
    faults = {"seed": plan.seed, "copies": COPIES, "shuffle_seconds": plan.shuffle, "bad_signatures": BAD_SIGNATURES}
    await phones.ask("PUT", "faults", faults)
    said: dict[str, str] = {}

    async def talk(number: int, room: Room) -> None:
        for text, pause in zip(plan.texts(Role.CLIENT, number), plan.pauses(number), strict=False):
            await asyncio.sleep(pause)
            said[(await phones.ask("POST", f"people/{room.phone}/say", {"text": text}))["id"]] = text

    await asyncio.gather(*(talk(number, room) for number, room in enumerate(rooms)))
    deliveries = (await until_quiet(phones))["deliveries"][before:]
    await phones.ask("PUT", "faults", {})
    genuine = [delivery for delivery in deliveries if not delivery["forged"]]
    posts = [post for delivery in genuine for post in delivery["posts"]]
    outcome = Incoming(plan.events, len(genuine), len(posts))
    outcome.refused = sum(len(delivery["posts"]) for delivery in deliveries if delivery["forged"])
    for room in rooms:
        due = [said[delivery["message"]] for delivery in genuine if delivery["person"] == room.phone]
        shown = await settled(room.desk, len(due))
        found = faults_between(due, shown)
        outcome.lost += found.lost
        outcome.strange += sum(1 for text in shown if text not in due)
        outcome.duplicated += found.duplicated - sum(1 for text in shown if text not in due)
    return outcome


async def measure_pace(phones: Phones, rooms: list[Room], plan: Plan) -> dict[str, float]:
    """Milliseconds until the webhook answered, at the plan's rate and without faults: {"p50", "p99", "max"}."""
    before = len((await until_quiet(phones))["deliveries"])

    async def talk(number: int, room: Room) -> None:
        for count, pause in zip(range(number, plan.paced, plan.people), plan.pauses(number), strict=False):
            await asyncio.sleep(pause)
            await phones.ask("POST", f"people/{room.phone}/say", {"text": f"{number} pace {count} です。"})

    await asyncio.gather(*(talk(number, room) for number, room in enumerate(rooms)))
    deliveries = (await until_quiet(phones))["deliveries"][before:]
    seconds = sorted(post["seconds"] for delivery in deliveries for post in delivery["posts"])
    places = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {
        name: round(1000 * seconds[min(len(seconds) - 1, int(share * len(seconds)))], 1)
        for name, share in places.items()
    }


async def settled(desk: Side, due: int) -> list[str]:
    """What a desk shows of the client's words after the pace, when so many are there, and a little later."""
    try:
        async with asyncio.timeout(30):
            await desk.heard(Role.CLIENT, due + sum(1 for _, text in desk.screen.talk if " pace " in text))
    except TimeoutError:
        pass  # what is missing is counted
    # What must not come would come by now.
    await asyncio.sleep(1.0)
    return [text for role, text in desk.screen.talk if role is Role.CLIENT and " pace " not in text]


async def measure_outgoing(phones: Phones, rooms: list[Room], platform: Platform, plan: Plan) -> Outgoing:
    """Let all desks write, and compare what was accepted and what the phones show with what was said."""
    start, before = time.perf_counter(), await phones.ask("GET", "ledger")
    await phones.ask("PUT", "faults", {"seed": plan.seed, "outcomes": OUTCOMES, "hang_seconds": HANG_SECONDS})
    outcome = Outgoing(plan.messages)
    told = 0
    texts = {room.phone: plan.texts(Role.COUNSELOR, number) for number, room in enumerate(rooms)}
    ours = {text for those in texts.values() for text in those}

    async def talk(room: Room) -> None:
        for text in texts[room.phone]:
            room.desk.say(text)
            await asyncio.sleep(0.2)
        await room.desk.stored()

    def accepted(ledger: dict[str, Any]) -> list[tuple[str, str]]:
        new = ledger["accepted"][len(before["accepted"]) :]
        return [(one["to"], m["text"]) for one in new for m in one["messages"] if m["text"] in ours]

    with Killer(platform, plan.kills, plan.messages) as killer:
        talking = asyncio.gather(*(talk(room) for room in rooms))
        known, last = 0, time.monotonic()
        while True:
            ledger = await phones.ask("GET", "ledger")
            there = len(set(accepted(ledger)))
            if there > known:
                killer(there - known)
                known, last = there, time.monotonic()
            if known >= told + plan.messages // 10:
                told = known
                note(f"{known:,} of {plan.messages:,} messages accepted, {time.perf_counter() - start:.0f} s")
            if known == plan.messages or time.monotonic() > last + PATIENCE:
                break
            await asyncio.sleep(0.5)
        await talking
    # What would come twice would come by now.
    await asyncio.sleep(HANG_SECONDS)
    await phones.ask("PUT", "faults", {})
    ledger = await phones.ask("GET", "ledger")
    for room in rooms:
        screen = await phones.ask("GET", f"people/{room.phone}")
        places = (
            [text for to, text in accepted(ledger) if to == room.phone],
            [bubble["text"] for bubble in screen["thread"] if not bubble["own"] and bubble["text"] in ours],
        )
        found = faults_between(texts[room.phone], *places)
        outcome.lost += found.lost
        outcome.duplicated += found.duplicated
        outcome.reordered += found.reordered
    outcome.kills = platform.kills
    calls = [call for call in ledger["calls"][len(before["calls"]) :] if call["endpoint"].startswith("message/")]
    outcome.calls = dict(Counter(call["fault"] for call in calls if "quota" not in call["endpoint"]))
    outcome.by = dict(Counter(one["via"] for one in ledger["accepted"][len(before["accepted"]) :]))
    outcome.seconds = round(time.perf_counter() - start, 1)
    return outcome


async def measure(plan: Plan, database_url: str | None = None) -> Measured:
    """Put a platform and its LINE door through the plan.

    Raises:
        InputError: it does not start, refuses something, or stays away.
    """
    with Platform(database_url=database_url, line=True) as platform:
        assert platform.line_url is not None
        async with (
            Door(platform.url) as door,
            Phones(platform.line_url, PATIENCE) as phones,
            AsyncExitStack() as stack,
        ):
            note(f"arranging {plan.people} sessions")
            rooms = await arrange(door, phones, platform, plan, stack)
            note(f"{plan.paced} messages from phones, without faults")
            pace = await measure_pace(phones, rooms, plan)
            note(f"{plan.events:,} more, repeated, shuffled, some with bad signatures; the webhook so far: {pace}")
            incoming = await measure_incoming(phones, rooms, plan)
            note(f"{plan.messages} messages from desks; so far: {incoming}")
            return Measured(
                pace,
                incoming,
                await measure_outgoing(phones, rooms, platform, plan),
            )


def note(sentence: str) -> None:
    """Tell whoever waits what goes on."""
    print(sentence, file=sys.stderr, flush=True)


def main() -> int:
    """Run and print; 1 if something was lost, doubled, reordered or taken from a stranger."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=20.0, help="events in a second, all phones together")
    parser.add_argument("--paced", type=int, default=400, help="events before the faults, to time the webhook")
    parser.add_argument("--shuffle", type=float, default=2.0, help="seconds within which they are shuffled")
    parser.add_argument("--messages", type=int, default=500, help="from the desks")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--database-url", help="an empty PostgreSQL database (default: SQLite)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    values = {name: getattr(options, name) for name in Plan.__dataclass_fields__}
    try:
        measured = asyncio.run(measure(Plan(**values), options.database_url))
    except InputError as fault:
        print(f"line_test: {fault}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps({"measured": asdict(measured)}, ensure_ascii=False, indent=2))
    else:
        incoming, outgoing = measured.incoming, measured.outgoing
        answers = ", ".join(f"{name} {value:.0f} ms" for name, value in measured.answer_ms.items())
        calls = ", ".join(f"{count} {name or 'right'}" for name, count in sorted(outgoing.calls.items()))
        print(
            f"pace: {options.paced:,} events, {options.rate:g} in a second: the webhook answers within {answers}\n"
            f"incoming: {incoming.events:,} events, {incoming.genuine:,} of them genuine and sent "
            f"{incoming.posts:,} times: {incoming.lost} lost, {incoming.duplicated} duplicated, "
            f"{incoming.strange} of strangers\n"
            f"outgoing: {outgoing.messages:,} messages, {outgoing.kills} kills, {outgoing.seconds:.0f} s; calls: "
            f"{calls}: {outgoing.lost} lost, {outgoing.duplicated} duplicated, {outgoing.reordered} reordered"
        )
    return 0 if measured.good else 1


if __name__ == "__main__":
    sys.exit(main())
