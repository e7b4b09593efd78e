"""One look at the database for all open screens of this process, every two seconds, so that no lost wake-up matters.

A look of each screen's own would be hundreds of small queries a second while nobody says anything. Here a round asks
three questions for all of them: whose sign-in has ended, how each session stands, and who is there.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from channels.db import database_sync_to_async

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts import queries as accounts
from kokorochat.web.accounts.queries import SignIn
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.queries import Standing
from kokorochat.web.transports.browser import presence
from kokorochat.web.transports.browser.presence import There

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.5
"""Two seconds after a right is lost, or a wake-up, at the latest the screen knows, the round's own time included."""


THREAD = ThreadPoolExecutor(1, thread_name_prefix="lookout")
"""Messages are stored in another one: a round for hundreds of screens takes a tenth of a second."""


class Screen(Protocol):
    """What the lookout knows of an open screen: whose presence it is, if anybody's, and whose presence it shows."""

    session_id: int
    role: Role | None
    shows: tuple[Role, ...]
    sign_in: SignIn

    async def leave(self) -> None:
        """The sign-in has ended: the person may not stay."""

    async def notice(self, standing: Standing, there: Mapping[Role, There]) -> None:
        """How the session stands now, and who of those whom it shows is there."""


class Lookout:
    """All open screens that one event loop serves."""

    def __init__(self) -> None:
        """Nobody is there yet."""
        self._screens: set[Screen] = set()
        self._rounds: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()

    def enter(self, screen: Screen) -> None:
        """Look for this screen from now on; called in the loop that serves it."""
        self._screens.add(screen)
        if self._rounds is None or self._rounds.done() or self._rounds.get_loop() is not asyncio.get_running_loop():
            self._rounds = asyncio.create_task(self._go_round())

    def leave(self, screen: Screen) -> None:
        """The screen has closed."""
        self._screens.discard(screen)

    def shows_somebody(self, session_id: int, role: Role) -> bool:
        """Whether a screen of that role is open here."""
        return any(screen.session_id == session_id and screen.role is role for screen in self._screens)

    async def _go_round(self) -> None:
        while self._screens:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception:
                logger.exception("the look for %d screens failed; trying again", len(self._screens))

    async def look(self) -> None:
        """One round."""
        screens = list(self._screens)
        read = database_sync_to_async(_read, thread_sensitive=False, executor=THREAD)
        holding, standings, there = await read(screens)
        for screen in screens:
            standing = standings.get(screen.session_id)
            if screen.sign_in not in holding or standing is None:
                telling = screen.leave()
            else:
                telling = screen.notice(standing, {role: there[screen.session_id, role] for role in screen.shows})
            # Not waited for: a screen on a slow line must not keep the others from being told.
            task = asyncio.ensure_future(telling)
            self._telling.add(task)
            task.add_done_callback(self._told)

    def _told(self, task: asyncio.Task[None]) -> None:
        self._telling.discard(task)
        note_untold(task)


def note_untold(task: asyncio.Task[None]) -> None:
    """Log why a screen could not be told, unless somebody has just closed it. The next round has it done."""
    fault = None if task.cancelled() else task.exception()
    if fault is not None and not isinstance(fault, OSError):
        logger.error("a screen could not be told: %s", type(fault).__name__)


def _read(
    screens: Collection[Screen],
) -> tuple[set[SignIn], dict[int, Standing], dict[tuple[int, Role], There]]:
    holding = accounts.holding({screen.sign_in for screen in screens})
    # Somebody who only looks has no role, and is nobody's presence.
    present = {(screen.session_id, screen.role) for screen in screens if screen.sign_in in holding and screen.role}
    presence.note_all_present(present)
    standings = queries.standings({screen.session_id for screen in screens})
    return (
        holding,
        standings,
        presence.there({(screen.session_id, role) for screen in screens for role in screen.shows}),
    )


lookout = Lookout()
"""Of this process."""
