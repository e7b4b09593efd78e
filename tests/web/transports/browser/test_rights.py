"""What each kind of frame does for whom, in which state of the session; and that a lost right closes the screen."""

import asyncio
import json
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer

from cast import end, numbers, talk
from kokorochat.web.accounts import actions as accounts
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.browser import consumer, lookout, pace
from screens import WAIT

pytestmark = pytest.mark.django_db(transaction=True)

FRAMES = {
    "hello": {"last": 0},
    "say": {"text": "はい。"},
    "end": {},
    "seen": {"number": 1},
    "typing": {"on": True},
}
"""A good frame of each kind; an `id` is added."""
ANSWERS = {
    # frame: what the two people of the session get: before, and after its end
    "hello": ("state", "state"),
    "say": ("ack", "refused ended"),
    "end": ("ack", "ack"),
    "seen": (None, None),
    "typing": (None, None),
}
"""Nobody else gets anything: their socket is closed before a frame is read."""


def test_no_kind_of_frame_is_missing_from_these_lists():
    assert set(consumer.TalkConsumer().handlers()) == set(FRAMES) == set(ANSWERS)


async def answer_to(socket, kind: str) -> str | None:
    """The first answer to a frame; None if the next frame is answered first."""
    await socket.tell(kind, **({"id": str(uuid4())} | FRAMES[kind]))
    await socket.send("a sign that the frame before was read")
    while True:
        frame = json.loads((await socket.wire.receive_output(WAIT))["text"])
        if frame["type"] == "refused":
            return None if frame["code"] == "bad-frame" else f"refused {frame['code']}"
        if frame["type"] == "ack" or (frame["type"] == "state" and kind == "hello"):
            return str(frame["type"])


@pytest.mark.parametrize("kind", FRAMES)
@pytest.mark.parametrize("ended", [False, True], ids=["open", "ended"])
async def test_each_frame_is_answered_to_the_two_by_the_list(kind, ended, screen, session, aoi, midori):
    await sync_to_async(talk)(session, "こんにちは。")
    if ended:
        await sync_to_async(end)(session)
    for person in (aoi, midori):
        socket = await screen(session.code, person)
        assert await answer_to(socket, kind) == ANSWERS[kind][ended]
        if kind == "end":
            break  # the session has ended with this


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
    due = consumer.NOT_YOURS if who in ("stranger", "administrator") else consumer.SIGNED_OUT
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
    Session.objects.update(counselor=jimu)


LOSSES = {
    new_password: consumer.SIGNED_OUT,
    new_role: consumer.SIGNED_OUT,
    locked: consumer.SIGNED_OUT,
    everywhere: consumer.SIGNED_OUT,
    removed: consumer.NOT_YOURS,
}


async def opened(screen, session, person):
    socket = await screen(session.code, person)
    await socket.tell("hello", last=0)
    await socket.next("state")
    return socket


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
async def test_a_lost_right_closes_the_screen_within_two_seconds(loss, screen, session, aoi, midori, jimu, monkeypatch):
    """As in the running platform, and with every wake-up lost."""

    async def lose(*_: object) -> None:
        return None

    monkeypatch.setattr(InMemoryChannelLayer, "group_send", lose)
    monkeypatch.setattr(lookout, "LOOK_SECONDS", 1.8)
    hers, other = await opened(screen, session, aoi), await opened(screen, session, midori)
    await sync_to_async(loss)(jimu, aoi)
    began = time.monotonic()
    assert await hers.closed() == LOSSES[loss]
    assert time.monotonic() - began < 2
    await other.tell("say", id=str(uuid4()), text="まだいます。")
    assert (await other.next("ack"))["number"] == 1


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
@pytest.mark.parametrize("kind", FRAMES)
async def test_the_next_frame_is_not_taken_any_more(loss, kind, screen, session, aoi, jimu, monkeypatch):
    async def lose(*_: object) -> None:
        return None

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
    assert await socket.closed() == consumer.SIGNED_OUT


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
