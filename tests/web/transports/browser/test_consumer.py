"""The talk's socket, frame by frame (docs/protocol.md)."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Collection
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cast import end, numbers, rate, talk
from kokorochat.web.accounts import consent
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Event
from kokorochat.web.transports.browser import lookout
from kokorochat.web.transports.browser.screen import CONSENT_DUE, NOT_YOURS, SIGNED_OUT
from screens import WAIT, Socket

pytestmark = pytest.mark.django_db(transaction=True)


def stored_by_another_connection() -> int:
    with contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"])) as other:
        return int(other.execute("SELECT count(*) FROM roleplay_event").fetchone()[0])


# --- who may come in ---


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://testserver",
        "http://testserver:8000",
        "http://evil.example",
        "http://a.testserver",
        "file://",
        "",
    ],
)
async def test_a_page_from_elsewhere_is_refused_before_our_code(session, aoi, origin):
    browser = Client()
    await sync_to_async(browser.force_login)(aoi)
    assert not await Socket(session.code, f"sessionid={browser.cookies['sessionid'].value}", origin).open()


async def test_a_stranger_is_closed_out_as_from_a_session_that_is_not(screen, session, sumire, jimu):
    for person in (sumire, jimu):
        for code in (session.code, "there-is-no-such"):
            socket = await screen(code, person)
            assert await socket.closed() == NOT_YOURS == 4404


async def test_whoever_has_a_consent_text_to_accept_is_sent_to_it(screen, session, aoi, jimu):
    await sync_to_async(consent.publish)(jimu, "新しい本文", "A new text", 1)
    socket = await screen(session.code, aoi)
    assert await socket.closed() == CONSENT_DUE == 4403


async def test_nobody_is_closed_out_of_a_talk_that_has_begun_for_a_new_consent_text(screen, session, aoi, jimu):
    await sync_to_async(talk)(session, "こんにちは。")
    await sync_to_async(consent.publish)(jimu, "新しい本文", "A new text", 1)
    socket = await screen(session.code, aoi)
    await socket.tell("hello", last=0)
    assert len(await socket.events(1)) == 1


async def test_nobody_is_let_in_unsigned(screen, session):
    socket = await screen(session.code, None)
    assert await socket.closed() == SIGNED_OUT == 4401


async def test_signing_out_closes_the_open_socket(screen, session, aoi):
    browser = Client()
    socket = await screen(session.code, aoi, browser)
    await socket.tell("hello", last=0)
    await socket.next("state")
    await sync_to_async(browser.logout)()
    assert await socket.closed() == 4401


async def test_locking_a_person_closes_the_open_socket(screen, session, aoi):
    socket = await screen(session.code, aoi)
    await socket.tell("hello", last=0)
    await socket.next("state")
    await Person.objects.filter(pk=aoi.pk).aupdate(is_active=False)
    assert await socket.closed() == 4401


# --- hello ---


async def test_hello_gives_the_whole_talk_or_what_is_missing_of_it(screen, session, aoi):
    await sync_to_async(talk)(session, "一", "二", "三")
    socket = await screen(session.code, aoi)
    for last in (0, 2):
        await socket.tell("hello", last=last)
        assert [event["number"] for event in await socket.events(3 - last)] == [1, 2, 3][last:]
        assert (await socket.next("state"))["last"] == 3
    await socket.tell("hello", last=3)
    assert (await socket.next("state"))["last"] == 3


async def test_a_long_talk_comes_in_parts_and_in_order(screen, session, aoi, monkeypatch):
    monkeypatch.setattr("kokorochat.web.transports.browser.screen.MOST_AT_ONCE", 3)
    await sync_to_async(talk)(session, *map(str, range(7)))
    socket = await screen(session.code, aoi)
    await socket.tell("hello", last=0)
    assert [len((await socket.next("events"))["events"]) for _ in range(3)] == [3, 3, 1]


async def test_nothing_is_shown_before_hello(screen, session, aoi, midori):
    socket = await screen(session.code, aoi)
    await sync_to_async(talk)(session, "まだ見えない")
    assert await socket.wire.receive_nothing(0.4)


async def test_an_event_shows_what_the_page_needs_and_the_id_to_its_sender_only(two, session):
    desk, phone = two
    message_id = str(uuid4())
    await desk.tell("say", id=message_id, text="（少し待ってください）")
    for socket, own in ((desk, True), (phone, False)):
        event = (await socket.events(1))[0]
        assert event.pop("at").endswith("+00:00")
        due = {
            "number": 1,
            "kind": "utterance",
            "role": "counselor",
            "text": "（少し待ってください）",
            "out_of_role": True,
            "form": "text",
            "withdrawn": False,
        }
        assert event == due | ({"id": message_id} if own else {})


async def test_the_state_tells_all_that_the_page_shows(two, session):
    desk, phone = two
    await desk.tell("say", id=str(uuid4()), text="こんにちは。")
    began = await phone.state(lambda state: state["last"] == 1)
    assert set(began) == {
        *("type", "now", "you", "last", "started_at", "ended_at", "feedback", "result", "partner"),
        *("due_minutes", "stopped", "stopped_seconds", "conditions"),
    }
    assert (began["you"], began["ended_at"], began["feedback"]) == ("client", None, False)
    assert (began["due_minutes"], began["stopped"], began["stopped_seconds"]) == (60, None, 0)
    await sync_to_async(end)(session)
    assert (await phone.state(lambda state: state["ended_at"] is not None))["last"] == 2
    await sync_to_async(rate)(session)
    await desk.state(lambda state: state["feedback"])


# --- say and end ---


async def test_the_ack_comes_after_the_commit(two):
    desk, _ = two
    await desk.tell("say", id=(message_id := str(uuid4())), text="聞こえますか。")
    ack = await desk.next("ack")
    assert await asyncio.to_thread(stored_by_another_connection) == 1
    assert (ack["id"], ack["number"]) == (message_id, 1)


async def test_without_a_commit_there_is_no_ack(two, monkeypatch):
    def broken(*_: object, **__: object) -> Event:
        raise OperationalError("disk I/O error")

    desk, _ = two
    monkeypatch.setattr(actions.talk, "append", broken)
    await desk.tell("say", id=str(uuid4()), text="聞こえますか。")
    with pytest.raises(OperationalError):  # the socket breaks; the page comes back and says it again
        await desk.wire.wait(WAIT)
    left = [desk.wire.output_queue.get_nowait() for _ in range(desk.wire.output_queue.qsize())]
    assert not any('"ack"' in (message.get("text") or "") for message in left)


async def test_a_repeat_gets_the_same_ack_and_no_second_event(two, session):
    desk, phone = two
    message = {"id": str(uuid4()), "text": "届きましたか。"}
    await desk.tell("say", **message)
    first = await desk.next("ack")
    await desk.tell("say", **message)
    assert await desk.next("ack") == first
    await desk.tell("say", id=str(uuid4()), text="次です。")
    assert [event["text"] for event in await phone.events(2)] == ["届きましたか。", "次です。"]
    assert await sync_to_async(numbers)(session) == [1, 2]


async def test_both_screens_show_one_order_whatever_is_said_at_once(two):
    desk, phone = two
    for turn in range(8):
        await desk.tell("say", id=str(uuid4()), text=f"机{turn}")
        await phone.tell("say", id=str(uuid4()), text=f"電話{turn}")
    at_desk, at_phone = await desk.events(16), await phone.events(16)
    assert [event["number"] for event in at_desk] == list(range(1, 17))
    assert [event["text"] for event in at_desk] == [event["text"] for event in at_phone]
    for place in ("机", "電話"):
        said = [event["text"] for event in at_desk if event["text"].startswith(place)]
        assert said == [f"{place}{turn}" for turn in range(8)]


async def test_a_stop_and_what_follows_are_events_that_both_see_and_a_reconnect_replays(two, screen, session, midori):
    desk, phone = two
    await phone.tell("stop", id=str(uuid4()))
    assert (await phone.next("ack"))["number"] == 1
    for socket in two:
        assert (await socket.events(1))[0]["kind"] == "stop"
        stopped = (await socket.state(lambda state: state["stopped"] is not None))["stopped"]
        assert (stopped["by"], stopped["ready"], stopped["helper"]) == ("client", [], None)
    await desk.tell("say", id=str(uuid4()), text="大丈夫ですか。")
    assert (await phone.events(1))[0]["out_of_role"]
    await phone.tell("resume", id=str(uuid4()))
    await desk.state(lambda state: state["stopped"] and state["stopped"]["ready"] == ["client"])
    await desk.tell("resume", id=str(uuid4()))
    await phone.state(lambda state: state["last"] == 4 and state["stopped"] is None)
    await desk.tell("extend", id=str(uuid4()), minutes=10)
    await phone.state(lambda state: state["due_minutes"] == 70)
    await desk.tell("wrap-up", id=str(uuid4()))
    again = await screen(session.code, midori)
    await again.tell("hello", last=0)
    shown = await again.events(6)
    assert [event["kind"] for event in shown] == ["stop", "utterance", "ready", "resume", "extend", "wrap-up"]
    assert shown[4]["minutes"] == 10


async def test_a_stop_word_that_is_typed_stops_too(two):
    desk, phone = two
    await phone.tell("say", id=str(uuid4()), text="（役を離れます）")
    assert [event["kind"] for event in await desk.events(2)] == ["utterance", "stop"]


async def test_the_client_does_not_keep_the_time(two):
    _, phone = two
    for kind, minutes in (("extend", 5), ("wrap-up", None)):
        await phone.tell(kind, id=str(uuid4()), minutes=minutes)
        assert (await phone.next("refused"))["code"] == "not-counselor"


async def test_the_end_reaches_both_and_refuses_what_follows(two):
    desk, phone = two
    await desk.tell("end", id=str(uuid4()))
    assert (await desk.next("ack"))["number"] == 1
    assert (await phone.events(1))[0]["kind"] == "end"
    await phone.tell("say", id=(message_id := str(uuid4())), text="もう一言")
    refused = await phone.next("refused")
    assert (refused["id"], refused["code"]) == (message_id, "ended")
    await phone.tell("end", id=str(uuid4()))
    assert (await phone.next("ack"))["number"] == 1


# --- frames that can't be taken ---

ID = "0e9d6a1c-3f0e-4e55-8a53-0d1c2b3a4f5e"


UNUSABLE = [
    ("", "bad-frame"),
    ("not JSON", "bad-frame"),
    ("[1, 2]", "bad-frame"),
    ("null", "bad-frame"),
    ("[" * 60_000, "bad-frame"),
    ('{"type": "shout", "text": "あ"}', "bad-frame"),
    ('{"type": ["say"]}', "bad-frame"),
    ('{"type": "say", "id": "17", "text": "あ"}', "bad-frame"),
    ('{"type": "say", "text": "あ"}', "bad-frame"),
    (f'{{"type": "say", "id": "{ID}", "text": 5}}', "bad-frame"),
    (f'{{"type": "say", "id": "{ID}"}}', "bad-frame"),
    (f'{{"type": "say", "id": "{ID}", "text": "\\u3000"}}', "empty"),
    (f'{{"type": "say", "id": "{ID}", "text": "{"あ" * 5001}"}}', "too-long"),
    (f'{{"type": "say", "id": "{ID}", "text": "あ\\u0000"}}', "not-text"),
    (f'{{"type": "say", "id": "{ID}", "text": "\\ud83d"}}', "not-text"),
    ('{"type": "end"}', "bad-frame"),
    ('{"type": "hello"}', "bad-frame"),
    ('{"type": "hello", "last": -1}', "bad-frame"),
    ('{"type": "hello", "last": true}', "bad-frame"),
    ('{"type": "hello", "last": 1e400}', "bad-frame"),
    ('{"type": "seen", "number": 99999999999999999999}', "bad-frame"),
    ('{"type": "seen", "number": "1"}', "bad-frame"),
]


async def test_an_unusable_frame_is_refused_and_the_talk_goes_on(two):
    desk, _ = two
    answers = []
    for text, _code in UNUSABLE:
        await desk.send(text)
        refused = await desk.next("refused")
        assert refused["message"]
        answers.append((text, refused["code"]))
    assert answers == UNUSABLE
    await desk.tell("say", id=str(uuid4()), text="続けます。")
    assert (await desk.next("ack"))["number"] == 1


async def test_bytes_are_refused(two):
    desk, _ = two
    await desk.send(data=b'{"type": "hello", "last": 0}')
    assert (await desk.next("refused"))["code"] == "bad-frame"


@pytest.mark.parametrize(
    ("cookie", "word"), [("", "空です"), ("django_language=en", "empty"), ("django_language=xx", "空です")]
)
async def test_a_refusal_speaks_the_language_of_the_page(screen, session, aoi, cookie, word):
    socket = await screen(session.code, aoi, cookie=cookie)
    await socket.tell("say", id=str(uuid4()), text=" ")
    assert word in (await socket.next("refused"))["message"]


async def test_no_words_get_into_the_log(two, caplog):
    desk, _ = two
    with caplog.at_level(logging.DEBUG):
        await desk.tell("say", id=str(uuid4()), text="日記のひみつ")
        await desk.tell("say", id=str(uuid4()), text="\0日記のひみつ")
        await desk.next("refused")
    assert "日記のひみつ" not in caplog.text


# --- presence, typing, seen ---


async def test_typing_is_shown_to_the_partner_until_it_is_sent(two):
    desk, phone = two
    await phone.tell("typing", on=True)
    await desk.state(lambda state: state["partner"]["typing"])
    await phone.tell("say", id=str(uuid4()), text="ええと。")
    await desk.state(lambda state: not state["partner"]["typing"])
    assert not any(state["partner"]["typing"] for state in phone.states)


async def test_coming_and_going_is_shown_at_once(screen, session, aoi, midori):
    desk = await screen(session.code, aoi)
    await desk.tell("hello", last=0)
    assert not (await desk.next("state"))["partner"]["online"]
    phone = await screen(session.code, midori)
    await phone.tell("hello", last=0)
    await desk.state(lambda state: state["partner"]["online"])
    await phone.close()
    await desk.state(lambda state: not state["partner"]["online"])


async def test_nobody_is_gone_whose_old_connection_ends_while_another_is_open(two, screen, session, midori):
    desk, phone = two
    await desk.tell("hello", last=0)
    await desk.state(lambda state: state["partner"]["online"])
    came = len(desk.states)
    again = await screen(session.code, midori)
    await again.tell("hello", last=0)
    await again.next("state")
    await phone.close()
    await again.tell("say", id=str(uuid4()), text="戻りました。")
    await desk.state(lambda state: state["last"] == 1)
    assert all(state["partner"]["online"] for state in desk.states[came:])


async def test_what_the_partner_has_seen_is_told(two, session):
    desk, phone = two
    await desk.tell("say", id=str(uuid4()), text="読めますか。")
    await phone.events(1)
    await phone.tell("seen", number=1)
    await desk.state(lambda state: state["partner"]["seen"] == 1)


# --- what may be lost ---


async def test_a_lost_wake_up_costs_a_moment_and_never_a_message(two, monkeypatch):
    async def lose(*_: object) -> None:
        return None

    monkeypatch.setattr(InMemoryChannelLayer, "group_send", lose)
    desk, phone = two
    await desk.tell("say", id=str(uuid4()), text="届くはず。")
    assert (await phone.events(1))[0]["text"] == "届くはず。"


async def test_a_broken_channel_layer_does_not_undo_a_stored_message(two, monkeypatch):
    async def fail(*_: object) -> None:
        raise ConnectionError("Redis is away")

    monkeypatch.setattr(InMemoryChannelLayer, "group_send", fail)
    desk, phone = two
    await desk.tell("say", id=str(uuid4()), text="届くはず。")
    assert (await desk.next("ack"))["number"] == 1
    assert (await phone.events(1))[0]["text"] == "届くはず。"


async def test_a_failed_look_is_tried_again(two, monkeypatch, caplog):
    desk, phone = two
    read, failures = lookout._read, iter([True])

    def fails_once(screens: Collection[lookout.Screen]) -> Any:
        if next(failures, False):
            raise OperationalError("database is locked")
        return read(screens)

    async def lose(*_: object) -> None:
        return None

    monkeypatch.setattr(InMemoryChannelLayer, "group_send", lose)
    monkeypatch.setattr(lookout, "_read", fails_once)
    async with asyncio.timeout(WAIT):
        while "2 screens failed" not in caplog.text:
            await asyncio.sleep(0.01)
    await desk.tell("say", id=str(uuid4()), text="届くはず。")
    for socket in (desk, phone):
        assert (await socket.events(1))[0]["text"] == "届くはず。"


async def test_a_socket_that_broke_is_looked_for_no_longer(two, monkeypatch):
    def broken(*_: object, **__: object) -> Event:
        raise OperationalError("disk I/O error")

    desk, _ = two
    assert len(lookout.lookout._screens) == 2
    monkeypatch.setattr(actions.talk, "append", broken)
    await desk.tell("say", id=str(uuid4()), text="聞こえますか。")
    with pytest.raises(OperationalError):
        await desk.wire.wait(WAIT)
    async with asyncio.timeout(WAIT):
        while len(lookout.lookout._screens) > 1:
            await asyncio.sleep(0.01)


async def test_a_round_for_many_screens_asks_as_much_as_one_for_two(two, screen, session, aoi, midori):
    @sync_to_async
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            lookout._read(list(lookout.lookout._screens))
        return len(queries)

    few = await asked()
    for person in (aoi, midori) * 3:
        await screen(session.code, person)
    async with asyncio.timeout(WAIT):
        while len(lookout.lookout._screens) < 8:
            await asyncio.sleep(0.01)
    assert await asked() == few == 3


# --- whose page it is ---


async def test_a_page_of_somebody_else_is_closed_before_it_can_say_anything(aoi, midori, session):
    browser = Client()
    await sync_to_async(browser.force_login)(midori)
    cookies = browser.cookies.output(attrs=[], header="", sep=";").strip()
    socket = Socket(session.code, cookies, query=f"as={aoi.pk}")
    assert await socket.open()
    assert await socket.closed() == 4401


async def test_a_page_of_ones_own_is_let_in(midori, session):
    browser = Client()
    await sync_to_async(browser.force_login)(midori)
    cookies = browser.cookies.output(attrs=[], header="", sep=";").strip()
    socket = Socket(session.code, cookies, query=f"as={midori.pk}")
    assert await socket.open()
    await socket.tell("hello", last=0)
    assert (await socket.next("state"))["you"] == "client"
    await socket.close()


@pytest.mark.parametrize(
    "origin", ["http://testserver:99999", "http://testserver.evil.org", "http://[::1", "null", None]
)
async def test_a_foreign_page_is_refused_before_anything_runs(origin, session, aoi):
    browser = Client()
    await sync_to_async(browser.force_login)(aoi)
    cookies = browser.cookies.output(attrs=[], header="", sep=";").strip()
    assert not await Socket(session.code, cookies, origin).open()


async def test_an_id_that_is_no_text_is_refused_and_not_echoed(two):
    desk, _ = two
    await desk.send('{"type": "say", "id": "\\ud800", "text": "あ"}')
    assert (await desk.next("refused"))["id"] is None
    await desk.send('{"type": "say", "id": [NaN], "text": "あ"}')
    assert (await desk.next("refused"))["id"] is None


async def test_a_talk_goes_on_without_a_channel_layer_and_a_cache(two, monkeypatch):
    desk, phone = two

    async def away(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("channels.layers.InMemoryChannelLayer.group_send", away)
    monkeypatch.setattr("django.core.cache.backends.locmem.LocMemCache.delete", lambda *_, **__: 1 / 0)
    await desk.tell("say", id=str(uuid4()), text="届きますか。")
    await desk.next("ack")
    assert (await phone.events(1))[0]["text"] == "届きますか。"
