"""One open screen of the two who talk: takes what the person does, and shows what the database holds."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.utils import translation

from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.models import Person
from kokorochat.web.metrics.counters import STORE_SECONDS
from kokorochat.web.practice import partner
from kokorochat.web.roleplay import actions, queries
from kokorochat.web.roleplay.models import Session
from kokorochat.web.roleplay.queries import Standing
from kokorochat.web.transports.browser import presence
from kokorochat.web.transports.browser.deliver import group_of
from kokorochat.web.transports.browser.frames import BadFrameError, uuid, whole
from kokorochat.web.transports.browser.lookout import LOOK_SECONDS, lookout
from kokorochat.web.transports.browser.presence import There
from kokorochat.web.transports.browser.screen import CONSENT_DUE, NOT_YOURS, Handlers, ScreenConsumer

logger = logging.getLogger(__name__)


class TalkConsumer(ScreenConsumer):
    """The socket at `/ws/sessions/CODE`."""

    role: Role
    practising: asyncio.Task[None] | None = None

    # --- who may be here ---

    def open_to(self, person: Person, code: str, query: Mapping[str, list[str]]) -> Session | int:
        """The two people of the session, once they have accepted the consent text that holds for it."""
        session = queries.session_of(person, code)
        role = session.role_of(person.pk) if session else None
        if session is None or role is None:
            return NOT_YOURS
        if consent.due(person, session.started_at):
            return CONSENT_DUE
        self.role, self.shows = role, (role.partner,)
        return session

    def still_open_to(self) -> bool:
        """Whether the person still plays that role."""
        return Session.objects.filter(pk=self.session_id, **{self.role.value: self.person}).exists()

    def is_left_out(self, standing: Standing) -> bool:
        """Whether somebody else plays the role now."""
        return standing.session.role_of(self.person.pk) is not self.role

    async def entered(self, session: Session) -> None:
        """With a program as the partner, keep it going."""
        if session.is_practice:
            self.practising = asyncio.create_task(self._practise())

    async def gone(self) -> None:
        """Be gone; the partner sees it at once. A connection that the page has given up ends when another is open."""
        if self.practising:
            self.practising.cancel()
        if lookout.shows_somebody(self.session_id, self.role):
            return
        with presence.hint():
            await asyncio.to_thread(presence.note_gone, self.session_id, self.role)
        await self._show_who_is_there()

    # --- what the person does ---

    def handlers(self) -> Handlers:
        """What takes each kind of frame."""
        return {
            "hello": self.hello,
            "say": self._say,
            "end": self._end,
            "stop": self._stop,
            "resume": self._resume,
            "extend": self._extend,
            "wrap-up": self._wrap_up,
            "send-again": self._send_again,
            "let-be": self._let_be,
            "seen": self._seen,
            "typing": self._typing,
        }

    async def hello(self, frame: dict[str, Any]) -> None:
        """The page has come, or come back; the partner sees it at once."""
        await super().hello(frame)
        await self._show_who_is_there()

    async def came(self) -> None:
        """The person is there."""
        await database_sync_to_async(self._note_present)()

    def _note_present(self) -> None:
        actions.note_arrival(self.session_id, self.role)
        presence.note_present(self.session_id, self.role)

    async def _say(self, frame: dict[str, Any]) -> None:
        text = frame.get("text")
        if not isinstance(text, str):
            raise BadFrameError("text must be a string")
        message_id = uuid(frame)
        await self._store(actions.say_stop_word if actions.is_stop_word(text) else actions.say, message_id, text)

    async def _end(self, frame: dict[str, Any]) -> None:
        await self._store(actions.end, uuid(frame))

    async def _stop(self, frame: dict[str, Any]) -> None:
        await self._store(actions.stop, uuid(frame))

    async def _resume(self, frame: dict[str, Any]) -> None:
        await self._store(actions.resume, uuid(frame))

    async def _extend(self, frame: dict[str, Any]) -> None:
        await self._store(actions.extend, uuid(frame), whole(frame, "minutes"))

    async def _wrap_up(self, frame: dict[str, Any]) -> None:
        await self._store(actions.wrap_up, uuid(frame))

    async def _send_again(self, frame: dict[str, Any]) -> None:
        await self._settle(actions.send_again, frame)

    async def _let_be(self, frame: dict[str, Any]) -> None:
        await self._settle(actions.let_be, frame)

    async def _settle(self, action: Any, frame: dict[str, Any]) -> None:
        """What the counselor decides about a message of which it is not known whether it arrived."""
        number = whole(frame, "number")
        await self._store(lambda session, person, _: action(session, person, number), uuid(frame))

    async def _store(self, action: Any, message_id: UUID, *rest: Any) -> None:
        with STORE_SECONDS.time():
            event = await database_sync_to_async(self._store_in_thread)(action, message_id, *rest)
        # The transaction is committed: from here on the message can't be lost, and only now the sender is told so.
        await self.tell({"type": "ack", "id": str(message_id), "number": event.number, "at": event.at.isoformat()})

    def _store_in_thread(self, action: Any, message_id: UUID, *rest: Any) -> Any:
        with translation.override(self.language):
            event = action(self.session_id, self.person, message_id, *rest)
        presence.note_typing(self.session_id, self.role, False)
        return event

    async def _seen(self, frame: dict[str, Any]) -> None:
        await database_sync_to_async(actions.mark_seen)(self.session_id, self.role, whole(frame, "number"))

    async def _typing(self, frame: dict[str, Any]) -> None:
        on = frame.get("on") is True
        await asyncio.to_thread(presence.note_typing, self.session_id, self.role, on)
        await self._show_who_is_there()

    async def _show_who_is_there(self) -> None:
        with presence.hint():
            await self.channel_layer.group_send(group_of(self.session_id), {"type": "there"})

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

    # --- what the person is shown ---

    def state_of(self, standing: Standing, there: Mapping[Role, There]) -> dict[str, Any]:
        """Whose screen it is, whether there is a result to look at, and the partner."""
        session, other = standing.session, self.role.partner
        return {
            "you": self.role.value,
            "result": self.role is Role.COUNSELOR and standing.has_result,
            "partner": {**there[other], "seen": getattr(session, f"{other.value}_seen"), **self._reached(session)},
        }

    def _reached(self, session: Session) -> dict[str, Any]:
        """For the counselor, how the client is reached besides the phone page."""
        if self.role is Role.CLIENT or not session.client_door:
            return {}
        return {
            "door": session.client_door,
            "accepted": session.client_accepted,
            "uncertain": session.client_uncertain,
        }
