"""The client's side over LINE: a phone of the fake LINE platform, used by the fake's own JSON."""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.web.replay.door import Door, Visitor, origin_of
from kokorochat.web.replay.side import Side

_ANSWER_SECONDS = 60.0
_API = "KOKOROCHAT_LINE_API"


class Phones:
    """The phones of one fake platform.

    Attributes:
        patience: seconds for which nothing may come, each time.
    """

    def __init__(self, url: str, patience: float) -> None:
        """Name the fake; nothing is sent yet.

        Raises:
            InputError: `url` is no address.
        """
        self.patience = patience
        self._origin = origin_of(url)
        limits = httpx.Limits(max_connections=None)
        self._client = httpx.AsyncClient(base_url=self._origin, timeout=_ANSWER_SECONDS, limits=limits, trust_env=False)

    async def __aenter__(self) -> Self:
        """See that the fake answers.

        Raises:
            InputError: it doesn't.
        """
        try:
            await self.ask("GET", "people")
        except InputError:
            await self._client.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ask(self, method: str, path: str, body: Any = None, **query: str) -> dict[str, Any]:
        """What the fake answers.

        Raises:
            InputError: it refuses, or is not there.
        """
        place = f"{self._origin}/fake/{path}"
        try:
            response = await self._client.request(method, f"/fake/{path}", json=body, params=query)
            found = response.json()
        except (httpx.HTTPError, ValueError) as fault:
            problem = f"is not answered by a fake LINE platform ({type(fault).__name__})"
            raise InputError(place, problem, "Start one: kokorochat web fake-line") from None
        if not response.is_success or not isinstance(found, dict):
            said = found.get("message", "") if isinstance(found, dict) else ""
            raise InputError(place, f"refused with {response.status_code}: {said}", "Mend what it names")
        return found

    async def add(self, name: str) -> str:
        """The id of a new person, who adds the bot."""
        return str((await self.ask("POST", "people", {"name": name}))["id"])

    async def link(self, door: Door, client: Visitor, person: str) -> None:
        """Link a phone with an account of the platform, as the platform's page tells: by a code that is typed once.

        Raises:
            InputError: the page shows no code, or the platform does not take it.
        """
        await self.ask("POST", f"people/{person}/say", {"text": await door.line_code(client)})
        give_up = time.monotonic() + self.patience
        while not await door.is_linked(client):
            if time.monotonic() > give_up:
                raise InputError(
                    f"{door.origin}/line", "did not take the code that was typed on LINE", "See the platform's log"
                )
            await asyncio.sleep(0.5)


class LineSide:
    """The client's side of one talk over LINE.

    What has become of a message can't be told from the phone: it counts as stored when the desk shows it.

    Attributes:
        talk: what the phone shows, without the platform's own notices.
    """

    def __init__(self, phones: Phones, person: str, desk: Side, *, name: str) -> None:
        """Take the phone.

        Args:
            person: the id of the phone's owner.
            desk: the counselor's side of the same talk.
            name: who this is, for messages.
        """
        self.talk: list[tuple[Role, str]] = []
        self._phones, self._person, self._desk, self._name = phones, person, desk, name
        self._said, self._before = 0, 0
        self._heard: list[str] = []

    async def __aenter__(self) -> Self:
        """Note what the phone shows already: it is older than the talk."""
        screen = await self._phones.ask("GET", f"people/{self._person}")
        self._before = len(screen["thread"])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave; the phone stays as it is."""

    async def speak(self, texts: Sequence[str]) -> None:
        """Say one after another, and wait until the desk shows them.

        Raises:
            InputError: the fake or the platform does not take one.
        """
        for text in texts:
            await self._phones.ask("POST", f"people/{self._person}/say", {"text": text})
        self._said += len(texts)
        try:
            async with asyncio.timeout(self._phones.patience):
                await self._desk.heard(Role.CLIENT, self._said)
        except TimeoutError:
            raise self._missing("the desk does not show what was said") from None

    async def read(self, texts: Sequence[str]) -> None:
        """Wait until the phone shows what the counselor has said after all that it showed before.

        Raises:
            InputError: it does not come.
        """
        self._heard += texts
        due = len(self._heard)
        seen, give_up = 0, time.monotonic() + self._phones.patience
        while True:
            screen = await self._phones.ask("GET", f"people/{self._person}", more_than=str(seen))
            # Notices are the platform's own words, and nobody's in the talk.
            spoken, words = [], set(self._heard)
            for bubble in screen["thread"][self._before :]:
                if bubble["own"] or bubble["text"] in words:
                    spoken.append((Role.CLIENT if bubble["own"] else Role.COUNSELOR, bubble["text"]))
            if sum(1 for role, _ in spoken if role is Role.COUNSELOR) >= due:
                self.talk = spoken
                return
            if time.monotonic() > give_up:
                raise self._missing("the phone does not show what the counselor said")
            seen = len(screen["thread"])

    def _missing(self, problem: str) -> InputError:
        problem = f"{problem}, for {self._phones.patience:.0f} s"
        return InputError(self._name, problem, "See the platform's log, and GET /fake/ledger of the fake")


def fake_address(url: str) -> str:
    """Where the fake LINE of a running platform is: from the environment, or from the demo's folder.

    Raises:
        InputError: none is known.
    """
    if os.environ.get(_API):
        return os.environ[_API]
    for folder in (os.environ.get("KOKOROCHAT_DATA"), "var/demo"):
        try:
            links = json.loads((Path(folder or "") / "links.json").read_text())
            if urlsplit(links["administrator"]).port == urlsplit(url).port:
                return origin_of(links["line"].partition("/#")[0])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    raise InputError("--line", "no fake LINE platform is known", f"Name it by {_API}, or use --spawn")
