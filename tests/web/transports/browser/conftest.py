"""Open screens of a session."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.browser import consumer, lookout
from screens import Socket


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the platform does every two seconds happens ten times a second here."""
    assert lookout.LOOK_SECONDS < 2
    for module in (consumer, lookout):
        monkeypatch.setattr(module, "LOOK_SECONDS", 0.1)


@pytest.fixture
async def screen() -> AsyncIterator[Callable[..., Any]]:
    """Open the talk as somebody; closed at the end of the test."""
    sockets = []

    async def open_talk(
        code: str, person: Person | None, browser: Client | None = None, cookie: str = "", **options: str
    ) -> Socket:
        browser = browser or Client()
        if person is not None:
            await sync_to_async(browser.force_login)(person)
        cookies = f"{browser.cookies.output(attrs=[], header='', sep=';')}; {cookie}".strip("; ")
        socket = Socket(code, cookies, **options)
        assert await socket.open()
        sockets.append(socket)
        return socket

    yield open_talk
    for socket in sockets:
        with contextlib.suppress(Exception, asyncio.CancelledError):
            await socket.close()


@pytest.fixture
async def two(screen, session: Session, aoi: Person, midori: Person) -> tuple[Socket, Socket]:
    """Aoi's and Midori's screens, both shown the empty talk."""
    sockets = await screen(session.code, aoi), await screen(session.code, midori)
    for socket in sockets:
        await socket.tell("hello", last=0)
        await socket.state(lambda state: state["last"] == 0)
    return sockets
