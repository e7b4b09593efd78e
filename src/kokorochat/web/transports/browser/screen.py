"""An open screen of a talk, whoever sits before it: lets in, asks the right with each frame, shows what is stored.

The database row is the truth. A wake-up, a hello and the lookout's round every two seconds all do the same: read the
events after the last one sent. So a lost wake-up delays a message and never loses it.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, cast
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts import sign_in
from kokorochat.web.accounts.models import Person
from kokorochat.web.accounts.queries import SignIn, holding
from kokorochat.web.metrics.counters import REFUSALS, SOCKETS
from kokorochat.web.middleware import chosen_language
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.queries import Standing
from kokorochat.web.transports.browser import presence
from kokorochat.web.transports.browser.deliver import group_of, group_of_person, note_serving_loop
from kokorochat.web.transports.browser.frames import BadFrameError, parsed, shown, whole
from kokorochat.web.transports.browser.lookout import lookout, note_untold
from kokorochat.web.transports.browser.pace import pace_of
from kokorochat.web.transports.browser.presence import There
from kokorochat.web.transports.browser.readings import Question, readings

MOST_AT_ONCE = 200
"""Events in one frame of a replay."""

SIGNED_OUT, CONSENT_DUE, NOT_YOURS = 4401, 4403, 4404
"""Close codes that tell the page not to come back by itself; at `CONSENT_DUE` it is loaded again, which leads on."""

Handlers = dict[str, Callable[[dict[str, Any]], Awaitable[None]]]


class ScreenConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """What all screens of a talk have in common.

    Attributes:
        role: whose presence the open screen is; None for somebody who only looks.
        shows: the roles whose presence the screen tells.
    """

    person: Person
    session_id: int
    role: Role | None = None
    shows: tuple[Role, ...] = ()

    # --- what each kind of screen says for itself ---

    def open_to(self, person: Person, code: str, query: Mapping[str, list[str]]) -> Session | int:
        """The session, if this screen is open to the person; else the code with which it is closed."""
        raise NotImplementedError

    def still_open_to(self) -> bool:
        """Whether it still is; the sign-in itself has been looked at."""
        raise NotImplementedError

    def state_of(self, standing: Standing, there: Mapping[Role, There]) -> dict[str, Any]:
        """What the screen is told besides what every screen is."""
        raise NotImplementedError

    def is_left_out(self, standing: Standing) -> bool:
        """Whether the session, as it stands now, is no longer this screen's."""
        return False

    def handlers(self) -> Handlers:
        """What takes each kind of frame."""
        return {"hello": self.hello}

    async def entered(self, session: Session) -> None:
        """The screen is open."""

    async def came(self) -> None:
        """The page has said hello."""

    async def gone(self) -> None:
        """The screen has closed."""

    # --- coming and going ---

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; it may leave, be closed or break, and in no case goes on looking."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if hasattr(self, "sign_in"):
                lookout.leave(self)
                for task in self.tasks:
                    task.cancel()
                SOCKETS.dec()
                with presence.hint():
                    for group in self._groups():
                        await self.channel_layer.group_discard(group, self.channel_name)
                await self.gone()

    async def connect(self) -> None:
        """Let in whoever may be here, and nobody else."""
        await self.accept()
        person = cast("Person | None", self.scope.get("user"))
        query = parse_qs(self.scope["query_string"].decode("ascii", "replace"))
        # A page tells whose it is. If somebody else has signed in in that browser since, its words are not theirs.
        if person is None or not person.is_authenticated or query.get("as") not in (None, [str(person.pk)]):
            await self.close(SIGNED_OUT)
            return
        session = await database_sync_to_async(self.open_to)(person, self.scope["url_route"]["kwargs"]["code"], query)
        if isinstance(session, int):
            await self.close(session)
            return
        self.person, self.session_id = person, session.pk
        self.language = chosen_language(self.scope["cookies"])
        self.sent: int | None = None  # nothing is sent before hello says from where
        self.state: dict[str, Any] = {}
        self.standing: Standing | None = None  # as the page was last told
        self.looking, self.look_waits = asyncio.Lock(), False
        self.tasks: set[asyncio.Task[None]] = set()
        self.pace = pace_of(person.pk, time.monotonic())
        note_serving_loop()
        with presence.hint():
            for group in self._groups():
                await self.channel_layer.group_add(group, self.channel_name)
        self.sign_in = SignIn(self.scope["session"].session_key, person.pk)
        lookout.enter(self)
        SOCKETS.inc()
        await self.entered(session)

    def _groups(self) -> tuple[str, str]:
        return group_of(self.session_id), group_of_person(self.person.pk)

    # --- what the person does ---

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame from the page. A frame that can't be understood is answered, never guessed at."""
        if not hasattr(self, "sign_in"):
            return
        size = len(bytes_data or (text_data or "").encode("utf-8", "replace"))
        await asyncio.sleep(self.pace.delay(size, time.monotonic()))
        lost = await database_sync_to_async(self._lost_right)()
        if lost is not None:
            await self.close(lost)
            return
        frame = parsed(text_data)
        handle = self.handlers().get(frame["type"]) if frame else None
        with translation.override(self.language):
            if frame is None or handle is None:
                await self._refuse(None, "bad-frame", _("This message was not understood. Reload the page."))
                return
            try:
                await handle(frame)
            except actions.RefusedError as refused:
                await self._refuse(frame.get("id"), refused.code, str(refused))
            except BadFrameError as fault:
                await self._refuse(frame.get("id"), "bad-frame", f"{fault}")

    def _lost_right(self) -> int | None:
        """The close code for somebody who may not act any more; a frame may come before the lookout has seen it."""
        store = self.scope["session"].__class__(self.scope["session"].session_key)
        if sign_in.person_of(store) != self.person:
            return SIGNED_OUT
        sign_in.store_use(store)
        return None if self.still_open_to() else NOT_YOURS

    async def hello(self, frame: dict[str, Any]) -> None:
        """The page has come, or come back, and has all events up to `last`."""
        last = whole(frame, "last")
        async with self.looking:
            self.sent, self.state = last, {}
        await self.came()
        await self.look()

    # --- what the person is shown ---

    async def wake(self, message: dict[str, Any]) -> None:
        """Something may be new: an event with `number`, or, without one, who is there."""
        if self.sent is None or message.get("number", self.sent + 1) > self.sent:
            self._do(self.look())

    async def there(self, message: dict[str, Any]) -> None:
        """Somebody has come, gone, or begun to type: nothing that the database would know."""
        self._do(self._look_who_is_there())

    async def notice(self, standing: Standing, there: Mapping[Role, There]) -> None:
        """A round of the lookout: the state, and the events if there are new ones."""
        if await self._closes_out(standing):
            return
        if self.sent is not None and standing.session.last_number > self.sent:
            await self.look()
        elif not self.looking.locked():  # who holds it tells the state too
            async with self.looking:
                await self._tell_state(standing, there)

    async def _closes_out(self, standing: Standing) -> bool:
        """Close the screen of somebody who has been taken out of the session."""
        left_out = self.is_left_out(standing)
        if left_out:
            await self.close(NOT_YOURS)
        return left_out

    async def leave(self) -> None:
        """The sign-in has ended, here or elsewhere."""
        await self.close(SIGNED_OUT)

    async def signed_out(self, message: dict[str, Any]) -> None:
        """Somebody has signed out somewhere: look whether it was here, without waiting for the next turn."""
        if not await database_sync_to_async(holding)({self.sign_in}):
            await self.leave()

    async def look(self) -> None:
        """Send what the database holds and the page does not have yet."""
        if self.look_waits:
            return  # whoever waits has not read yet: it will read what is new now, too
        self.look_waits = True
        try:
            await self.looking.acquire()
        finally:
            self.look_waits = False
        try:
            if self.sent is None:
                return
            reading = await readings.read(Question(self.session_id, self.sent, self.shows))
            if await self._closes_out(reading.standing):
                return
            for first in range(0, len(reading.events), MOST_AT_ONCE):
                chunk = reading.events[first : first + MOST_AT_ONCE]
                await self.tell({"type": "events", "events": [shown(event, self.role) for event in chunk]})
                self.sent = chunk[-1].number
            await self._tell_state(reading.standing, reading.there)
        finally:
            self.looking.release()

    async def _look_who_is_there(self) -> None:
        async with self.looking:
            if self.standing is not None:  # else the first look tells it
                there = await asyncio.to_thread(presence.there, [(self.session_id, role) for role in self.shows])
                await self._tell_state(self.standing, {role: there[self.session_id, role] for role in self.shows})

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside what the page sends: a frame must not wait until the screen is up to date."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        note_untold(task)

    async def _tell_state(self, standing: Standing, there: Mapping[Role, There]) -> None:
        """Send how the session stands unless the page was told so."""
        if self.sent is None:
            return
        self.standing = standing
        session, stop = standing.session, standing.stop
        state = {
            "type": "state",
            "last": session.last_number,
            "started_at": session.started_at.isoformat() if session.started_at else None,
            "ended_at": session.ended_at.isoformat() if session.ended_at else None,
            "due_minutes": session.due_minutes,
            "stopped_seconds": session.stopped_for.total_seconds(),
            "stopped": stop and {"at": stop.at.isoformat(), "by": stop.by, "ready": stop.ready, "helper": stop.helper},
            "conditions": session.conditions_version,
            "feedback": standing.has_feedback,
        } | self.state_of(standing, there)
        if state != self.state:
            self.state = state
            # The page counts from the server's time: its own clock may be wrong, or may have slept.
            await self.tell(state | {"now": timezone.now().isoformat()})

    async def _refuse(self, message_id: Any, code: str, message: str) -> None:
        # Only what could be an id is echoed: anything else may not even be sendable.
        REFUSALS.labels(code).inc()
        known = message_id if isinstance(message_id, str) and len(message_id) <= 64 and message_id.isascii() else None
        await self.tell({"type": "refused", "id": known, "code": code, "message": message})

    async def tell(self, frame: dict[str, Any]) -> None:
        """Send one frame."""
        await self.send(text_data=json.dumps(frame, ensure_ascii=False))
