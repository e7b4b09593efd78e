"""What each kind of frame does for whom, in which state of the session; and that a lost right closes the screen."""

import asyncio
import json
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer
from django.test import Client

from cast import a_member, a_session, end, numbers, talk
from kokorochat.web.accounts import actions as accounts
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.browser import consumer, lookout, pace
from kokorochat.web.transports.browser.screen import NOT_YOURS, SIGNED_OUT
from screens import FRAMES, WAIT

pytestmark = pytest.mark.django_db(transaction=True)

LOOK_SECONDS = lookout.LOOK_SECONDS  # before the fixture that makes it quick

STATES = ("open", "stopped", "ended")
# What the two get for a frame in each state of the session: an answer, the code of a refusal, or `-` for none.
# An administrator who reads along (`reader`) has a socket of their own, on which nothing but a hello is understood.
# Nobody else gets anything: their socket is closed before a frame is read.
ROWS = """
hello    counselor  state          state          state
hello    client     state          state          state
say      counselor  ack            ack            ended
say      client     ack            ack            ended
end      counselor  ack            ack            ack
end      client     ack            ack            ack
stop     counselor  ack            ack            ended
stop     client     ack            ack            ended
resume   counselor  not-stopped    ack            ended
resume   client     not-stopped    ack            ended
extend   counselor  ack            ack            ended
extend   client     not-counselor  not-counselor  not-counselor
wrap-up  counselor  ack            ack            ended
wrap-up  client     not-counselor  not-counselor  not-counselor
send-again counselor  ack          ack            ended
send-again client   not-counselor  not-counselor  not-counselor
let-be   counselor  ack            ack            ended
let-be   client     not-counselor  not-counselor  not-counselor
seen     counselor  -              -              -
seen     client     -              -              -
typing   counselor  -              -              -
typing   client     -              -              -
hello    reader     state          state          state
say      reader     -              -              -
end      reader     -              -              -
stop     reader     -              -              -
resume   reader     -              -              -
extend   reader     -              -              -
wrap-up  reader     -              -              -
send-again reader   -              -              -
let-be   reader     -              -              -
seen     reader     -              -              -
typing   reader     -              -              -
"""
ANSWERS = {(kind, role): due for kind, role, *due in map(str.split, ROWS.strip().splitlines())}


def test_no_kind_of_frame_is_missing_from_these_lists():
    assert set(consumer.TalkConsumer().handlers()) == set(FRAMES)
    assert set(ANSWERS) == {(kind, role) for kind in FRAMES for role in ("counselor", "client", "reader")}


async def answer_to(socket, kind: str) -> str:
    """The first answer to a frame; `-` if the next frame is answered first."""
    await socket.tell(kind, **({"id": str(uuid4())} | FRAMES[kind]))
    await socket.send("a sign that the frame before was read")
    while True:
        frame = json.loads((await socket.wire.receive_output(WAIT))["text"])
        if frame["type"] == "refused":
            return "-" if frame["code"] == "bad-frame" else str(frame["code"])
        if frame["type"] == "ack" or (frame["type"] == "state" and kind == "hello"):
            return str(frame["type"])


def session_that_is(state: str, counselor: Person, client: Person) -> Session:
    session = a_session(counselor, client)
    talk(session, "こんにちは。")
    if state == "stopped":
        actions.stop(session.pk, client, uuid4())
    elif state == "ended":
        end(session)
    return session


@pytest.mark.parametrize("kind", FRAMES)
async def test_each_frame_is_answered_by_the_list(kind, screen, aoi, midori, jimu):
    for role, person in (("counselor", aoi), ("client", midori), ("reader", jimu)):
        answers = []
        for state in STATES:
            session = await sync_to_async(session_that_is)(state, aoi, midori)
            browser, door = Client(), {}
            if role == "reader":
                await sync_to_async(browser.force_login)(jimu)
                key = await sync_to_async(lambda browser: browser.session.session_key)(browser)
                pass_ = await sync_to_async(actions.open_talk)(session, jimu, key)
                door = {"door": "looks", "query": f"pass={pass_}"}
            answers.append(await answer_to(await screen(session.code, person, browser, **door), kind))
        assert answers == ANSWERS[kind, role], role


@pytest.mark.parametrize("who", ["nobody", "stranger", "administrator", "locked"])
@pytest.mark.parametrize("code", ["theirs", "unknown"])
async def test_nobody_else_can_do_anything_by_any_frame(who, code, screen, session, sumire, jimu, aoi):
    people = {"nobody": None, "stranger": sumire, "administrator": jimu, "locked": aoi}
    socket_code = session.code if code == "theirs" else "there-is-no-such"
    if who == "locked":
        await sync_to_async(accounts.set_active)(jimu, aoi, False)
    socket = await screen(socket_code, people[who])
    for kind, fields in FRAMES.items():
        await socket.tell(kind, **({"id": str(uuid4())} | fields))
    due = NOT_YOURS if who in ("stranger", "administrator") else SIGNED_OUT
    assert await socket.closed() == due
    assert await sync_to_async(numbers)(session) == []


# --- a right that is lost while the screen is open ---


def new_password(jimu: Person, aoi: Person) -> None:
    accounts.set_password(aoi, "correct horse battery")


def new_role(jimu: Person, aoi: Person) -> None:
    accounts.set_administrator(jimu, aoi, True)


def locked(jimu: Person, aoi: Person) -> None:
    accounts.set_active(jimu, aoi, False)


def everywhere(jimu: Person, aoi: Person) -> None:
    accounts.sign_out_everywhere(aoi, aoi)


def removed(jimu: Person, aoi: Person) -> None:
    Session.objects.filter(counselor=aoi).update(counselor=jimu)


LOSSES = {
    new_password: SIGNED_OUT,
    new_role: SIGNED_OUT,
    locked: SIGNED_OUT,
    everywhere: SIGNED_OUT,
    removed: NOT_YOURS,
}


async def opened(screen, session, person):
    socket = await screen(session.code, person)
    await socket.tell("hello", last=0)
    await socket.next("state")
    return socket


async def lose(*_: object) -> None:
    """A wake-up that never arrives."""


async def test_a_lost_right_closes_the_screen_within_two_seconds(screen, midori, jimu, monkeypatch):
    """At the platform's own pace, and with every wake-up lost."""
    monkeypatch.setattr(InMemoryChannelLayer, "group_send", lose)
    monkeypatch.setattr(lookout, "LOOK_SECONDS", LOOK_SECONDS)

    async def lose_right(loss) -> None:
        person = await sync_to_async(a_member)(loss.__name__, "ひと")
        session = await sync_to_async(a_session)(person, midori)
        hers, other = await opened(screen, session, person), await opened(screen, session, midori)
        await sync_to_async(loss)(jimu, person)
        began = time.monotonic()
        assert await hers.closed() == LOSSES[loss]
        assert time.monotonic() - began < 2
        await other.tell("say", id=str(uuid4()), text="まだいます。")
        assert (await other.next("ack"))["number"] == 1

    await asyncio.gather(*(lose_right(loss) for loss in LOSSES))


EACH_LOSS = [(loss, "say") for loss in LOSSES]
EACH_FRAME = [(loss, kind) for loss in (locked, removed) for kind in FRAMES if kind != "say"]


@pytest.mark.parametrize(("loss", "kind"), EACH_LOSS + EACH_FRAME, ids=lambda one: getattr(one, "__name__", one))
async def test_the_next_frame_is_not_taken_any_more(loss, kind, screen, session, aoi, jimu, monkeypatch):
    monkeypatch.setattr(InMemoryChannelLayer, "group_send", lose)
    monkeypatch.setattr(lookout, "LOOK_SECONDS", 60)
    socket = await opened(screen, session, aoi)
    await sync_to_async(loss)(jimu, aoi)
    await socket.tell(kind, **({"id": str(uuid4())} | FRAMES[kind]))
    assert await socket.closed() == LOSSES[loss]
    assert await sync_to_async(numbers)(session) == []


async def test_an_open_talk_in_which_nothing_is_done_keeps_no_sign_in_alive(screen, session, aoi, settings):
    socket = await opened(screen, session, aoi)
    settings.SIGN_IN_IDLE = timedelta(seconds=1)
    for _ in range(3):
        await asyncio.sleep(0.5)
        await socket.tell("typing", on=True)  # somebody who writes stays
    await socket.tell("say", id=str(uuid4()), text="います。")
    assert (await socket.next("ack"))["number"] == 1
    assert await socket.closed() == SIGNED_OUT


# --- the pace ---


async def test_a_flood_from_one_screen_is_read_slowly_and_holds_up_nobody(screen, session, aoi, midori, monkeypatch):
    monkeypatch.setattr(pace, "FRAMES_AT_ONCE", 10.0)
    monkeypatch.setattr(pace, "FRAMES_A_SECOND", 20.0)
    flooding, other = await opened(screen, session, aoi), await opened(screen, session, midori)
    began = time.monotonic()
    for turn in range(30):
        await flooding.tell("say", id=str(uuid4()), text=f"{turn}")
    await other.tell("say", id=str(uuid4()), text="聞こえますか。")
    await other.next("ack")
    assert time.monotonic() - began < 0.7
    for _ in range(30):
        await flooding.next("ack")
    assert time.monotonic() - began > 0.8
    assert await sync_to_async(numbers)(session) == list(range(1, 32))


def test_many_screens_of_one_person_have_one_pace():
    one = pace.pace_of(7, 0.0)
    assert pace.pace_of(7, 1.0) is one
    assert pace.pace_of(8, 0.0) is not one
    for _ in range(int(pace.FRAMES_AT_ONCE)):
        assert one.delay(10, 0.0) == 0
    assert pace.pace_of(7, 0.0).delay(10, 0.0) > 0


@pytest.mark.parametrize(("size", "due"), [(100, 0.0), (pace.BYTES_AT_ONCE + pace.BYTES_A_SECOND, 1.0)])
def test_bytes_count_as_well(size, due):
    assert pace.Pace(0.0).delay(int(size), 0.0) == pytest.approx(due)


def test_nobody_who_types_ever_waits():
    """Four frames a second for an hour, then an outbox of 200 messages: far beyond the busiest person."""
    clock, one = 0.0, pace.Pace(0.0)
    for _ in range(4 * 3600):
        clock += 0.25
        assert one.delay(2000, clock) == 0
    assert sum(one.delay(2000, clock) for _ in range(200)) == 0
