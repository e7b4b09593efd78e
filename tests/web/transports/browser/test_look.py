"""An administrator reads along: recorded, told everything, taken for nobody, and shut out with the right."""

import asyncio
import json
import time
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cast import a_session, numbers, talk
from kokorochat.domain.dialogue import Role
from kokorochat.web.accounts import actions as accounts
from kokorochat.web.accounts.models import AuditEntry, Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.browser import lookout, presence
from kokorochat.web.transports.browser.look import LookConsumer
from kokorochat.web.transports.browser.screen import NOT_YOURS, SIGNED_OUT
from screens import FRAMES, WAIT

pytestmark = pytest.mark.django_db(transaction=True)

LOOK_SECONDS = lookout.LOOK_SECONDS  # before the fixture that makes it quick


def signed_in_as(person: Person | None) -> Client:
    browser = Client()
    if person is not None:
        browser.force_login(person)
    return browser


def a_pass(session: Session, person: Person, browser: Client) -> str:
    """What a page gives its screen: for the person, under the sign-in of that browser."""
    return f"pass={quote(actions.open_talk(session, person, browser.session.session_key))}"


@pytest.fixture
def browser(jimu) -> Client:
    """The administrator's."""
    return signed_in_as(jimu)


@pytest.fixture
async def reader(screen, session, jimu, browser):
    """The administrator's page, with the whole talk on it."""
    query = await sync_to_async(a_pass)(session, jimu, browser)
    socket = await screen(session.code, jimu, browser, door="looks", query=query)
    await socket.tell("hello", last=0)
    await socket.next("state")
    return socket


def columns(session: Session) -> dict[str, object]:
    return Session.objects.filter(pk=session.pk).values().get()


# --- what is shown ---


async def test_the_talk_comes_as_it_is_said_and_from_where_one_was(reader, session, screen, jimu, browser):
    await sync_to_async(talk)(session, "一", "二", "三")
    assert [event["text"] for event in await reader.events(3)] == ["一", "二", "三"]
    query = await sync_to_async(a_pass)(session, jimu, browser)
    again = await screen(session.code, jimu, browser, door="looks", query=query)
    await again.tell("hello", last=2)
    assert [event["number"] for event in await again.events(1)] == [3]


async def test_the_state_tells_who_is_there_and_nothing_of_a_partner(reader, screen, session, midori):
    phone = await screen(session.code, midori)
    await phone.tell("hello", last=0)
    state = await reader.state(lambda state: state["client"]["online"])
    assert state["you"] == "supervisor"
    assert state["counselor"] == {"online": False, "typing": False}
    assert not {"partner", "result"} & set(state)


async def test_no_id_of_a_message_is_shown(reader, session):
    await sync_to_async(talk)(session, "一")
    assert "id" not in (await reader.events(1))[0]


async def test_a_stop_and_who_looks_after_it_are_told(reader, session, midori, jimu):
    await sync_to_async(actions.stop)(session.pk, midori, uuid4())
    stopped = (await reader.state(lambda state: state["stopped"]))["stopped"]
    assert (stopped["by"], stopped["helper"]) == ("client", None)
    alert = await session.alerts.aget()
    await sync_to_async(actions.handle_alert)(alert.pk, jimu)
    await reader.state(lambda state: state["stopped"]["helper"] == jimu.display_name)


async def test_a_lost_wake_up_costs_a_moment(reader, session, monkeypatch):
    monkeypatch.setattr(InMemoryChannelLayer, "group_send", lose)
    await sync_to_async(talk)(session, "届くはず。")
    assert (await reader.events(1))[0]["text"] == "届くはず。"


# --- what one does not do ---


def test_a_reader_sends_nothing_but_a_hello():
    assert set(LookConsumer().handlers()) == {"hello"}


@pytest.mark.parametrize("kind", [kind for kind in FRAMES if kind != "hello"])
async def test_any_other_frame_is_refused_and_changes_nothing(kind, reader, session, aoi):
    await sync_to_async(talk)(session, "こんにちは。")
    before = await sync_to_async(columns)(session)
    await reader.tell(kind, **({"id": str(uuid4())} | FRAMES[kind]))
    assert (await reader.next("refused"))["code"] == "bad-frame"
    assert await sync_to_async(columns)(session) == before
    assert await sync_to_async(numbers)(session) == [1]


async def test_the_two_see_nothing_of_a_reader(screen, session, aoi, jimu, browser):
    desk = await screen(session.code, aoi)
    await desk.tell("hello", last=0)
    await desk.next("state")
    before = await sync_to_async(columns)(session)
    query = await sync_to_async(a_pass)(session, jimu, browser)
    reading = await screen(session.code, jimu, browser, door="looks", query=query)
    await reading.tell("hello", last=0)
    await reading.next("state")
    for _ in range(3):
        await lookout.lookout.look()
    there = await sync_to_async(presence.there)([(session.pk, role) for role in Role])
    assert [there[session.pk, role]["online"] for role in Role] == [True, False]
    await reading.close()
    assert await desk.wire.receive_nothing(0.3)
    there = await sync_to_async(presence.there)([(session.pk, Role.COUNSELOR)])
    assert there[session.pk, Role.COUNSELOR]["online"]
    assert await sync_to_async(columns)(session) == before


async def test_an_administrator_who_plays_in_the_session_is_there_by_their_own_screen_alone(
    screen, jimu, midori, browser
):
    session = await sync_to_async(a_session)(jimu, midori)
    query = await sync_to_async(a_pass)(session, jimu, browser)
    reading = await screen(session.code, jimu, browser, door="looks", query=query)
    await reading.tell("hello", last=0)
    assert (await reading.next("state"))["counselor"] == {"online": False, "typing": False}
    assert (await sync_to_async(columns)(session))["counselor_came_at"] is None


# --- who may read ---


@pytest.mark.parametrize("who", ["nobody", "stranger", "counselor", "client", "administrator", "former"])
async def test_nobody_reads_without_the_pass_of_a_page_that_was_recorded(
    who, screen, session, sumire, aoi, midori, jimu
):
    people = {"nobody": None, "stranger": sumire, "counselor": aoi, "client": midori, "administrator": jimu}
    former = await sync_to_async(accounts.add_person)(None, "former", "もと管理者", administrator=True)
    others = await sync_to_async(a_session)(sumire, midori)
    stale = signing.dumps([jimu.pk, session.pk, 1], salt="another purpose")
    if who == "former":
        await sync_to_async(accounts.set_administrator)(jimu, former, False)
        people["former"] = await Person.objects.aget(pk=former.pk)
        former.is_staff = True  # for the pass from before
    browser = await sync_to_async(signed_in_as)(people[who])
    passes = [
        "",
        "pass=",
        f"pass={quote(stale)}",
        await sync_to_async(a_pass)(session, former, browser),
        await sync_to_async(a_pass)(others, jimu, browser),
    ]
    if who != "administrator":
        passes.append(await sync_to_async(a_pass)(session, jimu, browser))
    else:
        passes.append("&".join([await sync_to_async(a_pass)(session, jimu, browser)] * 2))
    for query in passes:
        socket = await screen(session.code, people[who], browser, door="looks", query=query)
        await socket.tell("hello", last=0)
        assert await socket.closed() == (SIGNED_OUT if who == "nobody" else NOT_YOURS)


async def test_a_pass_opens_one_session_by_its_own_address(screen, session, jimu, aoi, midori, browser):
    other = await sync_to_async(a_session)(aoi, midori)
    query = await sync_to_async(a_pass)(session, jimu, browser)
    for code in (other.code, "there-is-no-such"):
        assert await (await screen(code, jimu, browser, door="looks", query=query)).closed() == NOT_YOURS


async def test_a_pass_ends_with_the_sign_in_under_which_the_page_was_opened(screen, session, jimu, browser):
    query = await sync_to_async(a_pass)(session, jimu, browser)
    await sync_to_async(browser.logout)()
    for signed_in_again in (browser, Client()):
        assert (
            await (await screen(session.code, jimu, signed_in_again, door="looks", query=query)).closed() == NOT_YOURS
        )


async def test_a_page_that_is_open_too_long_is_closed_and_not_let_in_again(
    reader, screen, session, jimu, browser, monkeypatch
):
    query = await sync_to_async(a_pass)(session, jimu, browser)
    monkeypatch.setattr("kokorochat.web.roleplay.actions.looking.LOOK_LASTS", timedelta(0))
    assert await reader.closed() == NOT_YOURS
    assert await (await screen(session.code, jimu, browser, door="looks", query=query)).closed() == NOT_YOURS


async def lose(*_: object) -> None:
    """A wake-up that never arrives."""


def signed_out(jimu: Person, other: Person, browser: Client) -> None:
    browser.logout()


def new_password(jimu: Person, other: Person, browser: Client) -> None:
    accounts.set_password(other, "correct horse battery")


def made_a_member(jimu: Person, other: Person, browser: Client) -> None:
    accounts.set_administrator(jimu, other, False)


def locked(jimu: Person, other: Person, browser: Client) -> None:
    accounts.set_active(jimu, other, False)


def everywhere(jimu: Person, other: Person, browser: Client) -> None:
    accounts.sign_out_everywhere(other, other)


LOSSES = (signed_out, new_password, made_a_member, locked, everywhere)


async def reading(screen, session, name):
    other = await sync_to_async(accounts.add_person)(None, name, "監督", administrator=True)
    browser = await sync_to_async(signed_in_as)(other)
    query = await sync_to_async(a_pass)(session, other, browser)
    socket = await screen(session.code, other, browser, door="looks", query=query)
    await socket.tell("hello", last=0)
    await socket.next("state")
    return socket, other, browser


async def test_a_lost_right_closes_the_page_within_two_seconds(screen, session, jimu, monkeypatch):
    """At the platform's own pace, and with every wake-up lost."""
    monkeypatch.setattr(InMemoryChannelLayer, "group_send", lose)
    monkeypatch.setattr(lookout, "LOOK_SECONDS", LOOK_SECONDS)

    async def lose_right(loss) -> None:
        socket, other, browser = await reading(screen, session, loss.__name__)
        await sync_to_async(loss)(jimu, other, browser)
        began = time.monotonic()
        assert await socket.closed() == SIGNED_OUT
        assert time.monotonic() - began < 2

    await asyncio.gather(*(lose_right(loss) for loss in LOSSES))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
async def test_with_a_lost_right_the_next_frame_brings_nothing(loss, screen, session, jimu, monkeypatch):
    monkeypatch.setattr(InMemoryChannelLayer, "group_send", lose)
    monkeypatch.setattr(lookout, "LOOK_SECONDS", 60)
    socket, other, browser = await reading(screen, session, "kantoku")
    await sync_to_async(loss)(jimu, other, browser)
    await sync_to_async(talk)(session, "秘密の言葉")
    await socket.tell("hello", last=0)
    while (message := await socket.wire.receive_output(WAIT))["type"] != "websocket.close":
        assert json.loads(message["text"])["type"] != "events"
    assert message["code"] == SIGNED_OUT


# --- what is recorded ---


def test_a_pass_is_a_row_in_the_trail_with_who_and_which(session, jimu, aoi):
    actions.open_talk(session, jimu, "key")
    Session.objects.filter(pk=session.pk).update(ended_at=session.planned_start)
    actions.open_talk(Session.objects.get(pk=session.pk), jimu, "key")
    rows = AuditEntry.objects.filter(action__startswith="talk.").order_by("number")
    assert list(rows.values_list("by", "action", "subject")) == [
        (jimu.pk, "talk.watch", f"session {session.pk}"),
        (jimu.pk, "talk.read", f"session {session.pk}"),
    ]
    with pytest.raises(actions.RefusedError):
        actions.open_talk(session, aoi, "key")


async def test_a_round_for_many_readers_asks_as_much_as_one_for_one(reader, screen, session, jimu, browser):
    @sync_to_async
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            lookout._read(list(lookout.lookout._screens))
        return len(queries)

    few = await asked()
    for _ in range(5):
        query = await sync_to_async(a_pass)(session, jimu, browser)
        await screen(session.code, jimu, browser, door="looks", query=query)
    async with asyncio.timeout(WAIT):
        while len(lookout.lookout._screens) < 6:
            await asyncio.sleep(0.01)
    assert await asked() == few == 3
