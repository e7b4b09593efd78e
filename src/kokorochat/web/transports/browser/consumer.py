"""One open screen: takes what the person does, and shows what the database holds.

The database row is the truth. A wake-up, a hello and the lookout's round every two seconds all do the same: read the
events after the last one sent. So a lost wake-up delays a message and never loses it.
"""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import parse_qs
from uuid import UUID, uuid5

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts import sign_in
from kokorochat.web.accounts.models import Person
from kokorochat.web.accounts.queries import SignIn, holding
from kokorochat.web.metrics.counters import REFUSALS, SOCKETS, STORE_SECONDS
from kokorochat.web.middleware import chosen_language
from kokorochat.web.practice import partner
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.models import Event, Session
from kokorochat.web.roleplay.queries import Standing
from kokorochat.web.transports.browser import presence
from kokorochat.web.transports.browser.deliver import group_of, group_of_person, note_serving_loop
from kokorochat.web.transports.browser.lookout import LOOK_SECONDS, lookout
from kokorochat.web.transports.browser.pace import Pace
from kokorochat.web.transports.browser.presence import There

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200
"""Events in one frame of a replay."""

SIGNED_OUT, NOT_YOURS = 4401, 4404
"""Close codes that tell the page not to come back."""


class TalkConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """The socket at `/ws/sessions/CODE`."""

    person: Person
    session_id: int
    role: Role

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; it may leave, be closed or break, and in no case goes on looking."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if hasattr(self, "sign_in"):
                lookout.leave(self)
                SOCKETS.dec()
                if self.practising:
                    self.practising.cancel()
                await self._gone()

    async def connect(self) -> None:
        """Let the two people of the session in, and nobody else."""
        await self.accept()
        person = cast("Person | None", self.scope.get("user"))
        # A page tells whose it is. If somebody else has signed in in that browser since, its words are not theirs.
        page_of = parse_qs(self.scope["query_string"].decode("ascii", "replace")).get("as")
        if person is None or not person.is_authenticated or page_of not in (None, [str(person.pk)]):
            await self.close(SIGNED_OUT)
            return
        session = await database_sync_to_async(queries.session_of)(person, self.scope["url_route"]["kwargs"]["code"])
        role = session.role_of(person.pk) if session else None
        if session is None or role is None:
            await self.close(NOT_YOURS)
            return
        self.person, self.session_id, self.role = person, session.pk, role
        self.language = chosen_language(self.scope["cookies"])
        self.sent: int | None = None  # nothing is sent before hello says from where
        self.state: dict[str, Any] = {}
        self.looking = asyncio.Lock()
        self.pace = Pace(time.monotonic())
        self.practising: asyncio.Task[None] | None = None
        note_serving_loop()
        with presence.hint():
            for group in (group_of(self.session_id), group_of_person(person.pk)):
                await self.channel_layer.group_add(group, self.channel_name)
        self.sign_in = SignIn(self.scope["session"].session_key, person.pk)
        lookout.enter(self)
        SOCKETS.inc()
        if session.is_practice:
            self.practising = asyncio.create_task(self._practise())

    async def _gone(self) -> None:
        """Be gone; the partner sees it at once."""
        with presence.hint():
            await database_sync_to_async(presence.note_gone)(self.session_id, self.role)
            for group in (group_of(self.session_id), group_of_person(self.person.pk)):
                await self.channel_layer.group_discard(group, self.channel_name)
        await self._wake_all()

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
        frame = _parsed(text_data)
        handle = self.handlers().get(frame["type"]) if frame else None
        with translation.override(self.language):
            if frame is None or handle is None:
                await self._refuse(None, "bad-frame", _("This message was not understood. Reload the page."))
                return
            try:
                await handle(frame)
            except actions.RefusedError as refused:
                await self._refuse(frame.get("id"), refused.code, str(refused))
            except _BadFrameError as fault:
                await self._refuse(frame.get("id"), "bad-frame", f"{fault}")

    def _lost_right(self) -> int | None:
        """The close code for somebody who may not act any more; a frame may come before the lookout has seen it."""
        store = self.scope["session"].__class__(self.scope["session"].session_key)
        if sign_in.person_of(store) != self.person:
            return SIGNED_OUT
        sign_in.store_use(store)
        here = Session.objects.filter(pk=self.session_id, **{self.role.value: self.person}).exists()
        return None if here else NOT_YOURS

    # --- what the person does ---

    def handlers(self) -> dict[str, Callable[[dict[str, Any]], Awaitable[None]]]:
        """What takes each kind of frame."""
        return {
            "hello": self._hello,
            "say": self._say,
            "end": self._end,
            "stop": self._stop,
            "resume": self._resume,
            "extend": self._extend,
            "wrap-up": self._wrap_up,
            "seen": self._seen,
            "typing": self._typing,
        }

    async def _hello(self, frame: dict[str, Any]) -> None:
        last = _whole(frame, "last")
        async with self.looking:
            self.sent, self.state = last, {}
        await database_sync_to_async(presence.note_present)(self.session_id, self.role)
        await self._look()
        await self._wake_all()

    async def _say(self, frame: dict[str, Any]) -> None:
        text = frame.get("text")
        if not isinstance(text, str):
            raise _BadFrameError("text must be a string")
        message_id = _uuid(frame)
        await self._store(actions.say, message_id, text)
        if actions.is_stop_word(text):
            await self._store(actions.stop, uuid5(message_id, "stop"))

    async def _end(self, frame: dict[str, Any]) -> None:
        await self._store(actions.end, _uuid(frame))

    async def _stop(self, frame: dict[str, Any]) -> None:
        await self._store(actions.stop, _uuid(frame))

    async def _resume(self, frame: dict[str, Any]) -> None:
        await self._store(actions.resume, _uuid(frame))

    async def _extend(self, frame: dict[str, Any]) -> None:
        await self._store(actions.extend, _uuid(frame), _whole(frame, "minutes"))

    async def _wrap_up(self, frame: dict[str, Any]) -> None:
        await self._store(actions.wrap_up, _uuid(frame))

    async def _store(self, action: Any, message_id: UUID, *rest: Any) -> None:
        with STORE_SECONDS.time():
            event = await database_sync_to_async(self._store_in_thread)(action, message_id, *rest)
        # The transaction is committed: from here on the message can't be lost, and only now the sender is told so.
        await self._send({"type": "ack", "id": str(message_id), "number": event.number, "at": event.at.isoformat()})

    def _store_in_thread(self, action: Any, message_id: UUID, *rest: Any) -> Any:
        with translation.override(self.language):
            event = action(self.session_id, self.person, message_id, *rest)
        presence.note_typing(self.session_id, self.role, False)
        return event

    async def _seen(self, frame: dict[str, Any]) -> None:
        await database_sync_to_async(actions.mark_seen)(self.session_id, self.role, _whole(frame, "number"))

    async def _typing(self, frame: dict[str, Any]) -> None:
        on = frame.get("on") is True
        await database_sync_to_async(presence.note_typing)(self.session_id, self.role, on)
        await self._wake_all()

    # --- what the person is shown ---

    async def wake(self, message: dict[str, Any]) -> None:
        """Something may be new: an event with `number`, or, without one, who is there."""
        if self.sent is None or message.get("number", self.sent + 1) > self.sent:
            await self._look()

    async def notice(self, standing: Standing, there: There) -> None:
        """A round of the lookout: the state, and the events if there are new ones."""
        if await self._is_left_out(standing):
            return
        if self.sent is not None and standing.session.last_number > self.sent:
            await self._look()
        elif not self.looking.locked():  # who holds it tells the state too
            async with self.looking:
                await self._tell_state(standing, there)

    async def _is_left_out(self, standing: Standing) -> bool:
        """Close the screen of somebody who has been taken out of the session."""
        left_out = standing.session.role_of(self.person.pk) is not self.role
        if left_out:
            await self.close(NOT_YOURS)
        return left_out

    async def leave(self) -> None:
        """The sign-in has ended, here or elsewhere."""
        await self.close(SIGNED_OUT)

    async def _practise(self) -> None:
        """The practice partner has no device of its own: the visitor's open screen keeps it going."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await database_sync_to_async(self._take_turn, thread_sensitive=False, executor=partner.THREAD)()
            except Exception:
                logger.exception("session %d: the practice partner failed; trying again", self.session_id)

    def _take_turn(self) -> None:
        typing = partner.take_turn(self.session_id)
        presence.note_present(self.session_id, self.role.partner)
        presence.note_typing(self.session_id, self.role.partner, typing)

    async def _look(self) -> None:
        """Send what the database holds and the page does not have yet."""
        async with self.looking:
            if self.sent is None:
                return
            standing, events, there = await database_sync_to_async(self._read)(self.sent)
            if await self._is_left_out(standing):
                return
            for first in range(0, len(events), MOST_AT_ONCE):
                chunk = events[first : first + MOST_AT_ONCE]
                await self._send({"type": "events", "events": [self._event(event) for event in chunk]})
                self.sent = chunk[-1].number
            await self._tell_state(standing, there)

    async def _tell_state(self, standing: Standing, there: There) -> None:
        """Send how the session stands unless the page was told so."""
        if self.sent is None:
            return
        session, stop = standing.session, standing.stop
        state = {
            "type": "state",
            "you": self.role.value,
            "last": session.last_number,
            "started_at": session.started_at.isoformat() if session.started_at else None,
            "ended_at": session.ended_at.isoformat() if session.ended_at else None,
            "due_minutes": session.due_minutes,
            "stopped_seconds": session.stopped_for.total_seconds(),
            "stopped": stop and {"at": stop.at.isoformat(), "by": stop.by, "ready": stop.ready, "helper": stop.helper},
            "conditions": session.conditions_version,
            "feedback": standing.has_feedback,
            "result": self.role is Role.COUNSELOR and standing.has_result,
            "partner": {**there, "seen": getattr(session, f"{self.role.partner.value}_seen"), **self._reached(session)},
        }
        if state != self.state:
            self.state = state
            # The page counts from the server's time: its own clock may be wrong, or may have slept.
            await self._send(state | {"now": timezone.now().isoformat()})

    def _reached(self, session: Session) -> dict[str, Any]:
        """For the counselor, how the client is reached besides the phone page."""
        if self.role is Role.CLIENT or not session.client_door:
            return {}
        return {
            "door": session.client_door,
            "accepted": session.client_accepted,
            "uncertain": session.client_uncertain,
        }

    def _read(self, sent: int) -> tuple[Standing, list[Event], There]:
        standing = queries.standings([self.session_id])[self.session_id]
        events = queries.events_after(self.session_id, sent) if standing.session.last_number > sent else []
        partner_of = (self.session_id, self.role.partner)
        return standing, events, presence.there([partner_of])[partner_of]

    def _event(self, event: Event) -> dict[str, Any]:
        shown = {
            "number": event.number,
            "kind": event.kind,
            "role": event.role,
            "text": event.text,
            "at": event.at.isoformat(),
            "out_of_role": event.out_of_role,
        }
        if event.kind == Event.Kind.EXTEND:
            shown["minutes"] = event.minutes
        if event.kind == Event.Kind.UTTERANCE:
            shown |= {"form": event.form, "withdrawn": event.is_withdrawn}
        if event.kind == Event.Kind.WITHDRAWN:
            shown["about"] = event.about
        # Only its sender needs the id, to know the message again among the unsent ones.
        return shown | {"id": str(event.message_id)} if event.role == self.role.value else shown

    async def signed_out(self, message: dict[str, Any]) -> None:
        """Somebody has signed out somewhere: look whether it was here, without waiting for the next turn."""
        if not await database_sync_to_async(holding)({self.sign_in}):
            await self.leave()

    async def _wake_all(self) -> None:
        with presence.hint():
            await self.channel_layer.group_send(group_of(self.session_id), {"type": "wake"})

    async def _refuse(self, message_id: Any, code: str, message: str) -> None:
        # Only what could be an id is echoed: anything else may not even be sendable.
        REFUSALS.labels(code).inc()
        known = message_id if isinstance(message_id, str) and len(message_id) <= 64 and message_id.isascii() else None
        await self._send({"type": "refused", "id": known, "code": code, "message": message})

    async def _send(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame, ensure_ascii=False))


class _BadFrameError(Exception):
    """A frame lacks a field, or holds one of the wrong type."""


def _parsed(text: str | None) -> dict[str, Any] | None:
    try:
        frame = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) and isinstance(frame.get("type"), str) else None


def _uuid(frame: dict[str, Any]) -> UUID:
    message_id = frame.get("id")
    try:
        if isinstance(message_id, str):
            return UUID(message_id)
    except ValueError:
        pass
    raise _BadFrameError("id must be a UUID")


def _whole(frame: dict[str, Any], name: str) -> int:
    value = frame.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise _BadFrameError(f"{name} must be a whole number from 0")
    return value
