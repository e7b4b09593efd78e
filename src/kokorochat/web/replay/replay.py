"""Play dialogues back through a platform, and compare what comes out with what went in."""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from kokorochat.corpus.diff import corpus_differences
from kokorochat.corpus.writing import check_free, write_corpus
from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError
from kokorochat.web.replay.door import PATIENCE, Door, Visitor, origin_of
from kokorochat.web.replay.faults import Faults, faults_between
from kokorochat.web.replay.line import LineSide, Phones
from kokorochat.web.replay.side import Side

CONCURRENCY = 25
"""Sessions that talk at the same time."""

LINK_VARIABLE = "KOKOROCHAT_ADMINISTRATOR_LINK"

T = TypeVar("T")
R = TypeVar("R")
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Report:
    """What a replay found.

    Attributes:
        lost, duplicated, reordered: messages, over the export and both screens of every session.
        seconds: wall time from the first form to the compared export.
        messages_per_second: while the sides talked.
        equal: whether the export equals the source but for times and ids.
        differences: where it does not, as `corpus diff` shows it.
        dialogues: the ids of the dialogues in the source.
    """

    sessions: int
    messages: int
    lost: int
    duplicated: int
    reordered: int
    seconds: float
    messages_per_second: float
    equal: bool
    differences: list[dict[str, Any]]
    dialogues: list[str]

    @property
    def good(self) -> bool:
        """Whether everything came out as it went in."""
        return self.equal and not (self.lost or self.duplicated or self.reordered)

    def as_dict(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class _Session:
    """A dialogue and the platform's session for it.

    Attributes:
        phone: the client's id on LINE; empty where the client comes by the page.
    """

    dialogue: Dialogue
    code: str
    people: dict[Role, int]
    visitors: dict[Role, Visitor]
    phone: str


@dataclass(frozen=True)
class _Shown:
    """What the screens of a session showed in the end, and faults that they noticed on the way."""

    talks: list[list[tuple[Role, str]]]
    faults: Faults


def replay(
    dialogues: Sequence[Dialogue],
    url: str,
    administrator_link: str,
    out: Path,
    *,
    concurrency: int = CONCURRENCY,
    patience: float = PATIENCE,
    line: str | None = None,
    progress: Progress = lambda stored: None,
) -> Report:
    """Play dialogues through the platform at `url`, each by two people of its own.

    Args:
        administrator_link: a sign-in link of an administrator.
        out: a new folder for what the platform exports of these sessions.
        concurrency: sessions at the same time.
        patience: seconds for which the platform may stay away, each time.
        line: the address of the fake LINE platform by which the clients take part; by the page if None.
        progress: told the number of messages that were stored since the last call.

    Raises:
        InputError: a dialogue lacks a part, `out` is taken, or the platform refuses something or stays away.
    """
    check_replayable(dialogues, out)
    phones = Phones(line, patience) if line else None
    return asyncio.run(_replay(dialogues, Door(url, patience), phones, administrator_link, out, concurrency, progress))


async def _replay(
    dialogues: Sequence[Dialogue],
    platform: Door,
    phones: Phones | None,
    administrator_link: str,
    out: Path,
    concurrency: int,
    progress: Progress,
) -> Report:
    start = time.perf_counter()
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(platform)
        if phones:
            await stack.enter_async_context(phones)
        administrator = await door.sign_in(administrator_link)
        sessions = await _for_each(dialogues, lambda d: _arrange(door, phones, administrator, d), concurrency)
        talk_start = time.perf_counter()
        screens = await _for_each(sessions, lambda s: _talk(door, phones, s, progress), concurrency)
        talk_seconds = time.perf_counter() - talk_start
        await _for_each(sessions, lambda s: _rate(door, s), concurrency)
        ours = {str(session.people[Role.COUNSELOR]): session for session in sessions}
        exported = [dialogue for dialogue in await door.export(administrator) if dialogue.counselor in ours]
    write_corpus(exported, out)
    by_counselor = {dialogue.counselor: dialogue for dialogue in exported}
    faults = Faults()
    for session, shown in zip(sessions, screens, strict=True):
        export = by_counselor.get(str(session.people[Role.COUNSELOR]))
        faults += _faults(session.dialogue, export, shown)
    differences = list(corpus_differences(dialogues, exported, ("time", "ids")))
    messages = sum(len(dialogue.utterances) for dialogue in dialogues)
    return Report(
        sessions=len(sessions),
        messages=messages,
        lost=faults.lost,
        duplicated=faults.duplicated,
        reordered=faults.reordered,
        seconds=round(time.perf_counter() - start, 3),
        messages_per_second=round(messages / talk_seconds, 1),
        equal=not differences,
        differences=differences,
        dialogues=[dialogue.id for dialogue in dialogues],
    )


def check_replayable(dialogues: Iterable[Dialogue], out: Path) -> None:
    """See before the work that it can end well.

    Raises:
        InputError: a dialogue lacks feedback, or `out` is not free.
    """
    check_free(out)
    for dialogue in dialogues:
        if dialogue.feedback is None:
            raise InputError(f"dialogue {dialogue.id}", "has no feedback", "Replay a corpus with the clients' feedback")


async def _for_each(things: Sequence[T], work: Callable[[T], Awaitable[R]], most: int) -> list[R]:
    """The work on each thing, `most` at a time; the first fault ends all."""
    room = asyncio.Semaphore(most)

    async def one(thing: T) -> R:
        async with room:
            return await work(thing)

    tasks = [asyncio.ensure_future(one(thing)) for thing in things]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _arrange(door: Door, phones: Phones | None, administrator: Visitor, dialogue: Dialogue) -> _Session:
    """Two people, each signed in by a link of their own, and their session; the client's phone is linked."""

    async def person(role: Role) -> tuple[int, Visitor]:
        number = await door.add_person(administrator, f"{role.value} {dialogue.id}"[:60])
        return number, await door.sign_in(await door.sign_in_link(administrator, number))

    (counselor, at_desk), (client, at_phone) = await asyncio.gather(person(Role.COUNSELOR), person(Role.CLIENT))
    phone = ""
    if phones:
        phone = await phones.add(f"client {dialogue.id}"[:40])
        await phones.link(door, at_phone, phone)
    code = await door.pair(administrator, counselor, client, dialogue.topic)
    return _Session(
        dialogue,
        code,
        {Role.COUNSELOR: counselor, Role.CLIENT: client},
        {Role.COUNSELOR: at_desk, Role.CLIENT: at_phone},
        phone,
    )


async def _talk(door: Door, phones: Phones | None, session: _Session, progress: Progress) -> _Shown:
    """The whole talk: each side sends its run of messages when the partner's run before it is stored.

    A client on LINE answers when the phone shows what there is to answer: its order is that of a person who reads.
    """
    name = f"dialogue {session.dialogue.id}"

    def side(role: Role) -> Side:
        cookie = session.visitors[role].header
        return Side(door.origin, session.code, cookie, name=f"{name}, {role.value}", patience=door.patience)

    async with AsyncExitStack() as stack:
        counselor = await stack.enter_async_context(side(Role.COUNSELOR))
        client: Side | LineSide = side(Role.CLIENT)
        if phones:
            client = LineSide(phones, session.phone, counselor, name=f"{name}, client on LINE")
        await stack.enter_async_context(client)
        for role, run in groupby(session.dialogue.utterances, key=lambda utterance: utterance.role):
            texts = [utterance.text for utterance in run]
            await (counselor if role is Role.COUNSELOR else client).speak(texts)
            if role is Role.COUNSELOR and isinstance(client, LineSide):
                await client.read(texts)
            progress(len(texts))
        ending = counselor.end()
        await counselor.stored()
        last = counselor.screen.acked[ending]
        await counselor.shown(last)
        if isinstance(client, LineSide):
            await client.read([])
        else:
            await client.shown(last)
    screens = [one.screen for one in (counselor, client) if isinstance(one, Side)]
    noticed = sum((Faults(0, screen.duplicated, screen.reordered) for screen in screens), start=Faults())
    talk = client.talk if isinstance(client, LineSide) else client.screen.talk
    return _Shown([counselor.screen.talk, talk], noticed)


async def _rate(door: Door, session: _Session) -> None:
    feedback = session.dialogue.feedback
    assert feedback is not None, "checked before the start"
    await door.give_feedback(session.visitors[Role.CLIENT], session.code, feedback)


def _faults(source: Dialogue, export: Dialogue | None, shown: _Shown) -> Faults:
    def talk(dialogue: Dialogue | None) -> list[tuple[Role, str]]:
        return [(utterance.role, utterance.text) for utterance in dialogue.utterances] if dialogue else []

    return faults_between(talk(source), talk(export), *shown.talks) + shown.faults


def administrator_link(given: str | None, url: str) -> str:
    """The administrator's sign-in link: as given, from the environment, or from the demo's folder.

    Raises:
        InputError: there is none, or the demo's link is for another port than `url`.
    """
    link = given or os.environ.get(LINK_VARIABLE)
    if link:
        return link
    folders = [Path(name) for name in (os.environ.get("KOKOROCHAT_DATA"), "var/demo") if name]
    how = (
        "Give --administrator LINK, made by `kokorochat web add-administrator NAME` where the platform runs, "
        f"or set {LINK_VARIABLE}"
    )
    for folder in folders:
        file = folder / "links.json"
        try:
            link = str(json.loads(file.read_text())["administrator"])
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(str(file), "holds no administrator's link", how) from None
        # The demo keeps its people apart by host names of one machine: the port tells whether it is this platform.
        if urlsplit(link).port != urlsplit(origin_of(url)).port:
            raise InputError(str(file), f"holds a link for another platform than {url}", how)
        return link
    raise InputError(url, "no administrator's sign-in link is known", how)
