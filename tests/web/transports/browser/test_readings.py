import asyncio
import threading

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError

from cast import talk
from kokorochat.domain.dialogue import Role
from kokorochat.web.transports.browser import readings
from kokorochat.web.transports.browser.readings import Question, Readings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rounds(monkeypatch):
    """The questions of each round; a round goes on when `rounds.may_go` is set."""
    read = readings._read

    class Rounds(list):
        may_go = threading.Event()

    seen = Rounds()
    seen.may_go.set()

    def noted(questions):
        seen.append(list(questions))
        assert seen.may_go.wait(10)
        return read(questions)

    monkeypatch.setattr(readings, "_read", noted)
    return seen


@pytest.fixture
async def said(session):
    await database_sync_to_async(talk)(session, "こんにちは。", "はい。", "どうされましたか。")
    return session


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_each_screen_is_given_what_it_does_not_have_yet(said):
    both = Readings()
    one, other, none = await asyncio.gather(*(both.read(Question(said.pk, sent, (Role.CLIENT,))) for sent in (0, 2, 3)))
    assert [[event.number for event in reading.events] for reading in (one, other, none)] == [[1, 2, 3], [3], []]
    assert one.standing.session.last_number == 3
    assert one.there == {Role.CLIENT: {"online": False, "typing": False}}


async def test_who_asks_meanwhile_shares_the_next_round(said, rounds):
    asked = Readings()
    rounds.may_go.clear()
    first = asyncio.create_task(asked.read(Question(said.pk, 0, ())))
    await until(lambda: rounds)
    others = [asyncio.create_task(asked.read(Question(said.pk, sent, ()))) for sent in (0, 1, 2) * 10]
    await asyncio.sleep(0.05)
    rounds.may_go.set()
    for reading in [await first, *(await asyncio.gather(*others))]:
        assert reading.standing.session.pk == said.pk
    assert [len(questions) for questions in rounds] == [1, 30]


async def test_what_was_stored_before_a_question_is_in_its_answer(session, rounds):
    asked = Readings()
    rounds.may_go.clear()
    early = asyncio.create_task(asked.read(Question(session.pk, 0, ())))
    await until(lambda: rounds)
    rounds.may_go.set()
    await early
    await database_sync_to_async(talk)(session, "今、言いました。")
    assert [event.text for event in (await asked.read(Question(session.pk, 0, ()))).events] == ["今、言いました。"]


async def test_a_session_that_is_no_more_troubles_nobody_else(said):
    asked = Readings()
    good, gone = await asyncio.gather(
        asked.read(Question(said.pk, 0, ())), asked.read(Question(10**6, 0, ())), return_exceptions=True
    )
    assert len(good.events) == 3
    assert isinstance(gone, LookupError)


async def test_a_round_that_fails_is_told_to_those_who_asked_and_the_next_one_works(said, monkeypatch):
    asked, read = Readings(), readings._read

    def locked(questions):
        raise OperationalError("database is locked")

    monkeypatch.setattr(readings, "_read", locked)
    with pytest.raises(OperationalError):
        await asked.read(Question(said.pk, 0, ()))
    monkeypatch.setattr(readings, "_read", read)
    assert len((await asked.read(Question(said.pk, 0, ()))).events) == 3


async def test_a_screen_that_has_closed_is_answered_no_more(said, rounds):
    asked = Readings()
    rounds.may_go.clear()
    closed = asyncio.create_task(asked.read(Question(said.pk, 0, ())))
    await until(lambda: rounds)
    closed.cancel()
    rounds.may_go.set()
    assert len((await asked.read(Question(said.pk, 0, ()))).events) == 3


async def test_many_wake_ups_of_one_screen_cost_a_question_or_two(two, rounds):
    desk, phone = two
    await asyncio.sleep(0.05)
    rounds.clear()
    rounds.may_go.clear()
    for number in range(20):
        await phone.tell("typing", on=bool(number % 2))
    await desk.tell("say", id="7d0f1a55-8b0c-4f7e-9d55-2f0a3f3f1c11", text="はい。")
    await until(lambda: rounds)
    await asyncio.sleep(0.1)
    rounds.may_go.set()
    assert (await phone.events(1))[0]["text"] == "はい。"
    questions = [question for some in rounds for question in some]
    assert len(questions) <= 6, "two for the message, a few more for what was seen"
