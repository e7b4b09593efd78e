"""What open screens ask of the database, many with one question.

A wake-up reaches both screens of a session at once, and under load those of many. Who asks while an answer is on its
way is answered with the next one: the busier the platform, the more screens share a question.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from channels.db import database_sync_to_async

from kokorochat.domain.dialogue import Role
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.models import Event
from kokorochat.web.roleplay.queries import Standing
from kokorochat.web.transports.browser import presence
from kokorochat.web.transports.browser.presence import There


@dataclass(frozen=True)
class Question:
    """What one screen wants to know: the events of a session after `sent`, and who of `shows` is there."""

    session_id: int
    sent: int
    shows: tuple[Role, ...]


@dataclass(frozen=True)
class Reading:
    """The answer, as the database stood at some moment after the question."""

    standing: Standing
    events: list[Event]
    there: dict[Role, There]


class Readings:
    """The questions that wait in one event loop."""

    def __init__(self) -> None:
        """Nobody asks yet."""
        self._asked: list[tuple[Question, asyncio.Future[Reading]]] = []
        self._answering: asyncio.Task[None] | None = None

    async def read(self, question: Question) -> Reading:
        """The answer to one question.

        Raises:
            LookupError: there is no such session any more.
            Exception: what the database raised.
        """
        loop = asyncio.get_running_loop()
        if self._answering is None or self._answering.done() or self._answering.get_loop() is not loop:
            self._asked = []  # what a loop that has ended left behind
            self._answering = loop.create_task(self._answer())
        answer: asyncio.Future[Reading] = loop.create_future()
        self._asked.append((question, answer))
        return await answer

    async def _answer(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, []
            waiting = [(question, answer) for question, answer in asked if not answer.done()]
            try:
                found = await database_sync_to_async(_read)([question for question, _ in waiting])
            except Exception as fault:
                for _, answer in waiting:
                    if not answer.done():
                        answer.set_exception(fault)
                continue
            for question, answer in waiting:
                if answer.done():
                    continue  # its screen has closed meanwhile
                if question in found:
                    answer.set_result(found[question])
                else:
                    answer.set_exception(LookupError(f"session {question.session_id} is no more"))


def _read(questions: Sequence[Question]) -> dict[Question, Reading]:
    standings = queries.standings({question.session_id for question in questions})
    asked = {question for question in questions if question.session_id in standings}
    first: dict[int, int] = {}
    for question in asked:
        if standings[question.session_id].session.last_number > question.sent:
            first[question.session_id] = min(question.sent, first.get(question.session_id, question.sent))
    events = {session_id: queries.events_after(session_id, sent) for session_id, sent in first.items()}
    there = presence.there({(question.session_id, role) for question in asked for role in question.shows})
    return {
        question: Reading(
            standings[question.session_id],
            [event for event in events.get(question.session_id, []) if event.number > question.sent],
            {role: there[question.session_id, role] for role in question.shows},
        )
        for question in asked
    }


readings = Readings()
"""Of this process."""
