"""What LINE brings becomes a talk: each message once, in the order of its time, and nothing that was taken back."""

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, OperationalError
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cast import a_session, end, talk
from kokorochat.web.accounts.actions import add_person
from kokorochat.web.accounts.models import Person
from kokorochat.web.export import dialogue_of
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Event, Session
from kokorochat.web.transports.line import inbox, outbox, receive, relays
from kokorochat.web.transports.line.models import Account, InboundEvent, Outgoing, ReplyToken
from web.transports.line.conftest import MIDORI, SUMIRE, Line, at, link, said, states, told

pytestmark = pytest.mark.usefixtures("linked")


# --- messages ---


def test_a_text_becomes_an_utterance_of_the_client_at_its_time(line: Line, session: Session) -> None:
    sent = line.text("眠れません。")
    line.and_we_read(sent)
    event = Event.objects.get(session=session)
    assert (event.kind, event.role, event.text, event.form) == ("utterance", "client", "眠れません。", "text")
    assert event.at == datetime.fromtimestamp(sent["timestamp"] / 1000, UTC)
    assert states() == ["done"]


def test_what_was_dealt_with_is_no_longer_kept_beside_the_talk(line: Line, session: Session) -> None:
    line.and_we_read(line.text("眠れません。"))
    assert InboundEvent.objects.get().payload == ""


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"keywords": ["笑顔", "ありがとう", "うれしい", "花"]}, "［スタンプ：笑顔、ありがとう、うれしい］"),
        ({"keywords": ["泣"], "text": "おつかれさま"}, "［スタンプ：おつかれさま］"),
        ({"keywords": [7, None]}, "［スタンプ］"),
        ({"keywords": "odd"}, "［スタンプ］"),
        ({}, "［スタンプ］"),
    ],
)
def test_a_sticker_stands_in_the_talk_by_its_name(line: Line, session: Session, fields: Any, words: str) -> None:
    line.and_we_read(line.sticker(**fields))
    event = Event.objects.get(session=session)
    assert (event.text, event.form, event.out_of_role) == (words, "sticker", False)


@pytest.mark.parametrize(
    ("text", "emojis", "words"),
    [
        ("(happy)", [{"index": 0, "length": 7}], "［happy］"),
        ("𠮷は(sad)です(love)", [{"index": 3, "length": 5}, {"index": 10, "length": 6}], "𠮷は［sad］です［love］"),
        (
            "（役を離れて）(sad)",
            [{"index": 99, "length": 5}, {"index": -1}, 5, {"index": 0, "length": 6}],
            "（役を離れて）(sad)",
        ),
        ("😢", None, "😢"),
    ],
)
def test_an_emoji_of_line_stands_by_its_name(line: Line, session: Session, text: str, emojis: Any, words: str) -> None:
    line.and_we_read(line.text(text, emojis=emojis))
    assert said(session) == [words]


def test_talk_outside_the_role_is_plain_text_in_brackets(line: Line, session: Session) -> None:
    line.and_we_read(line.text("（少し休みます）"))
    assert Event.objects.get(session=session).out_of_role


def test_unknown_fields_and_values_cost_no_message(line: Line, session: Session) -> None:
    odd = line.text(
        "届いていますか。", mention={"mentionees": "new"}, markAsReadToken="t", quotedMessageId=5, future={"a": [1]}
    )
    del odd["message"]["quoteToken"]
    line.and_we_read(odd | {"mode": "brand-new", "timestamp": "soon", "extra": {}})
    assert said(session) == ["届いていますか。"]


@pytest.mark.parametrize(
    ("sent", "stands"),
    [
        (rb"\ud83d", "�"),
        (rb"\ude00\ud83d\ude00", "�😀"),
        (rb"\\ud83d", r"\ud83d"),
        (rb"\uD83D\\\uDE00", "�\\�"),
        (b"\xed\xa0\xbd", "���"),
    ],
)
def test_half_an_emoji_costs_no_message(line: Line, session: Session, sent: bytes, stands: str) -> None:
    body = json.dumps({"destination": "U0", "events": [line.text("はい*")]}, ensure_ascii=False).encode()
    assert line.post(body.replace(b"*", sent)) == 200
    line.and_we_read()
    assert said(session) == [f"はい{stands}"]


def test_a_picture_is_declined_and_its_sender_told(line: Line, session: Session) -> None:
    for kind in ("image", "video", "audio", "file", "location"):
        line.and_we_read(line.event("message", message={"id": kind, "type": kind, "contentProvider": {"type": "line"}}))
    assert (said(session), set(states())) == ([], {"declined"})
    assert set(told()) == {"media"}


def test_a_text_that_is_too_long_is_declined_whole_and_its_sender_told(line: Line, session: Session) -> None:
    line.and_we_read(line.text("あ" * 5001), line.text("あ" * 5000))
    assert [len(text) for text in said(session)] == [5000]
    assert (states(), told()) == (["declined", "done"], ["refused"])


def test_a_message_after_the_end_is_declined_and_its_sender_told(line: Line, session: Session) -> None:
    talk(session, "こんにちは。")
    end(session)
    line.and_we_read(at(1, line.text("まだいますか。")))
    assert said(session) == ["こんにちは。"]
    assert told() == ["no-session"]


def test_a_message_outside_any_session_reaches_nobody(
    line: Line, session: Session, aoi: Person, midori: Person
) -> None:
    Session.objects.update(planned_start=timezone.now() + timedelta(hours=2))
    line.and_we_read(line.text("早すぎました。"), line.text("すみません。"))
    assert not Event.objects.exists()
    assert told() == ["no-session"], "told once in a while"
    Session.objects.update(planned_start=timezone.now() + timedelta(minutes=10))
    line.and_we_read(line.text("今度はどうですか。"))
    assert said(session) == ["今度はどうですか。"]


def test_what_was_said_before_the_end_and_comes_after_it_stands_behind_it(line: Line, session: Session) -> None:
    waiting = [line.text("最後に一言。"), line.text("（もう休みます）")]
    line.brings(*waiting)
    talk(session, "どうしました。")
    end(session)
    line.and_we_read(at(1, line.text("まだいますか。")))
    assert said(session) == ["どうしました。", "最後に一言。", "（もう休みます）"]
    assert (states(), told()) == (["done", "done", "declined"], ["no-session"])
    times = list(Event.objects.filter(session=session).order_by("number").values_list("at", flat=True))
    assert times == sorted(times)


def test_what_was_said_during_a_stop_and_comes_after_the_end_stays_outside_the_play(
    line: Line, session: Session, aoi: Person
) -> None:
    talk(session, "どうしました。")
    Event.objects.update(at=timezone.now() - timedelta(minutes=9))
    Session.objects.update(last_at=timezone.now() - timedelta(minutes=9))
    stopped = actions.stop(session.pk, aoi, uuid4())
    Event.objects.filter(pk=stopped.pk).update(at=timezone.now() - timedelta(minutes=5))
    end(session)
    line.and_we_read(line.text("本当につらいです。"))
    assert Event.objects.get(text="本当につらいです。").aside
    assert "本当につらいです。" not in str(dialogue_of(Session.objects.get(pk=session.pk)))


def test_a_program_that_practises_with_somebody_is_never_on_line(line: Line, linked: Account, midori: Person) -> None:
    program = add_person(None, "practice-counselor", "練習相手", program=True)
    practice = a_session(program, midori)
    assert not relays.open_relays()
    line.and_we_read(line.text("もしもし。"))
    assert (said(practice), told()) == ([], ["no-session"])


def test_each_account_speaks_for_its_own_person(line: Line, session: Session, aoi: Person, sumire: Person) -> None:
    link(sumire, SUMIRE)
    other = a_session(aoi, sumire)
    line.and_we_read(line.text("みどりです。"), line.text("すみれです。", SUMIRE))
    assert (said(session), said(other)) == (["みどりです。"], ["すみれです。"])


# --- taking back ---


def test_what_is_taken_back_leaves_a_number_without_words(line: Line, session: Session) -> None:
    first, second = line.text("名前は山田です"), line.text("続きです")
    line.and_we_read(first, second)
    line.and_we_read(line.unsend(first))
    events = list(Event.objects.filter(session=session).order_by("number"))
    assert [(e.number, e.kind, e.text, e.about) for e in events] == [
        (1, "utterance", "", None),
        (2, "utterance", "続きです", None),
        (3, "withdrawn", "", 1),
    ]
    assert [u.text for u in dialogue_of(session).utterances] == ["続きです"]


def test_it_can_be_taken_back_after_the_end(line: Line, session: Session) -> None:
    sent = line.text("忘れてください")
    line.and_we_read(sent)
    end(session)
    line.and_we_read(line.unsend(sent))
    assert said(session) == [""]


def test_what_is_taken_back_before_it_is_read_never_stands_in_the_talk(line: Line, session: Session) -> None:
    sent = line.text("まちがえました")
    line.and_we_read(line.unsend(sent))
    line.and_we_read(sent)
    assert (said(session), states()) == ([], ["done", "unsent"])
    assert InboundEvent.objects.filter(kind="message").get().payload == ""


def test_what_is_taken_back_at_the_same_moment_is_no_fault(line: Line, session: Session) -> None:
    sent = line.text("まちがえました")
    line.and_we_read(line.unsend(sent) | {"timestamp": sent["timestamp"]}, sent)
    assert (said(session), states()) == ([], ["done", "unsent"])


def test_a_stranger_takes_nothing_back(line: Line, session: Session) -> None:
    sent = line.text("のこります")
    line.and_we_read(sent)
    line.and_we_read(line.event("unsend", SUMIRE, unsend={"messageId": sent["message"]["id"]}))
    assert said(session) == ["のこります"]


# --- order ---


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_shuffle_and_repetition_gives_the_same_talk(line: Line, aoi: Person, midori: Person, data: Any) -> None:
    Session.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    session = a_session(aoi, midori)
    texts = [line.text(f"{number}番目") for number in range(8)]
    back = [
        line.unsend(texts[place]) for place in data.draw(st.sets(st.integers(0, 7), max_size=3), label="taken back")
    ]
    events = texts + back
    copies = [event for event in events for _ in range(data.draw(st.integers(1, 3), label="copies"))]
    for event in data.draw(st.permutations(copies), label="order"):
        line.brings(event)
    while inbox.process():
        pass
    gone = {event["unsend"]["messageId"] for event in back}
    assert said(session) == [e["message"]["text"] for e in texts if e["message"]["id"] not in gone]
    assert (
        Event.objects.filter(session=session).count() == session.events.last().number
        if session.events.exists()
        else True
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_however_the_worker_looks_in_between_nothing_is_lost_doubled_or_brought_back(
    line: Line, aoi: Person, midori: Person, data: Any
) -> None:
    Session.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    session = a_session(aoi, midori)
    texts = [line.text(f"{number}番目") for number in range(5)]
    back = [line.unsend(texts[1]), line.unsend(texts[3])]
    for event in data.draw(st.permutations([*texts, *back] * 2), label="order"):
        line.brings(event)
        if data.draw(st.booleans(), label="the worker looks"):
            inbox.process()
    while inbox.process():
        pass
    assert sorted(text for text in said(session) if text) == ["0番目", "2番目", "4番目"]
    times = list(session.events.values_list("at", flat=True))
    assert times == sorted(times)


def test_what_comes_late_keeps_its_place_at_the_end_and_its_row_notes_it(line: Line, session: Session) -> None:
    early, late = line.text("先"), line.text("後")
    line.and_we_read(late)
    line.and_we_read(early)
    assert said(session) == ["後", "先"]
    assert list(InboundEvent.objects.order_by("pk").values_list("late", flat=True)) == [False, True]
    first, second = session.events.all()
    assert first.at == second.at, "times never decrease"


def test_what_was_sealed_under_another_key_holds_nobody_up(
    line: Line, session: Session, sumire: Person, settings
) -> None:
    line.brings(line.text("前の鍵です。", "U" + "9" * 32))
    settings.SECRET_KEY = "another key"
    link(sumire, SUMIRE)
    other = a_session(session.counselor, sumire)
    line.and_we_read(line.text("今の鍵です。", SUMIRE))
    assert said(other) == ["今の鍵です。"]
    assert sorted(states()) == ["done", "failed"]


def test_events_settle_before_they_are_read(line: Line, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "SETTLES", timedelta(seconds=30))
    line.and_we_read(line.text("待ってください"))
    assert said(session) == []
    InboundEvent.objects.update(received_at=timezone.now() - timedelta(seconds=31))
    assert inbox.process()
    assert said(session) == ["待ってください"]


# --- following, and what is of no concern ---


def test_a_block_moves_the_session_to_the_page_and_its_end_brings_it_back(line: Line, session: Session) -> None:
    relays.open_relays()
    outbox.fill()
    line.and_we_read(line.event("unfollow"))
    session.refresh_from_db()
    assert session.client_door == "line-blocked"
    talk(session, "聞こえますか。")
    relays.open_relays()
    outbox.fill()
    assert Outgoing.objects.get(number=1).state == "page"
    line.and_we_read(line.event("follow", follow={"isUnblocked": True}))
    session.refresh_from_db()
    assert session.client_door == "line"
    assert Outgoing.objects.get(number=1).state == "waiting"


def test_an_old_block_that_comes_late_changes_nothing(line: Line) -> None:
    block, back = line.event("unfollow"), line.event("follow", follow={"isUnblocked": True})
    line.and_we_read(back)
    line.and_we_read(block)
    assert Account.objects.get().followed


@pytest.mark.parametrize(
    "kind", ["postback", "beacon", "videoPlayComplete", "accountLink", "membership", "botSuspended"]
)
def test_what_is_of_no_concern_is_kept_as_such(line: Line, session: Session, kind: str) -> None:
    line.and_we_read(line.event(kind))
    assert (states(), said(session)) == (["ignored"], [])


def test_an_unknown_kind_is_kept_whole_and_marked(line: Line) -> None:
    line.and_we_read(
        line.event("telepathy", thought={"text": "…"}), line.event("message", message={"id": "9", "type": "hologram"})
    )
    assert states() == ["unknown", "declined"]
    assert InboundEvent.objects.get(kind="telepathy").payload != ""


def test_a_message_without_its_parts_is_kept_and_marked(line: Line) -> None:
    line.and_we_read(line.event("message"), line.event("unsend"))
    assert states() == ["malformed", "malformed"]


def test_groups_are_not_listened_to(line: Line, session: Session) -> None:
    in_group = {"type": "group", "groupId": "C1", "userId": MIDORI}
    line.and_we_read(
        line.text("皆さん") | {"source": in_group}, line.event("memberJoined") | {"source": {"type": "room"}}
    )
    assert (said(session), states(), told()) == ([], ["ignored", "ignored"], [])


def test_a_standby_event_is_left_to_the_other_module(line: Line, session: Session) -> None:
    line.and_we_read(line.text("だれかいますか") | {"mode": "standby"})
    assert (said(session), states()) == ([], ["ignored"])


@pytest.mark.parametrize("fault", [RuntimeError("a bug"), DataError("the database does not take 二")])
def test_a_fault_in_one_event_holds_up_no_other(
    line: Line, session: Session, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    act = receive.act

    def breaks(account: Any, event: InboundEvent, incoming: Any) -> Any:
        done = act(account, event, incoming)
        if incoming.message.text == "二":
            raise fault
        return done

    monkeypatch.setattr(receive, "act", breaks)
    line.and_we_read(line.text("一"), line.text("二"), line.text("三"))
    assert (said(session), states()) == (["一", "三"], ["done", "failed", "done"])
    assert InboundEvent.objects.get(state="failed").payload != ""


def test_an_event_waits_for_a_database_that_is_away(
    line: Line, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> Any:
        raise OperationalError

    line.brings(line.text("一"))
    with monkeypatch.context() as patch:
        patch.setattr(receive, "act", away)
        with pytest.raises(OperationalError):
            inbox.process()
    assert states() == ["waiting"]
    inbox.process()
    assert said(session) == ["一"]


@pytest.mark.parametrize("token", ["", "a\0b", "a" * 256, "\n"])
def test_a_reply_token_that_can_be_none_is_not_kept(line: Line, session: Session, token: str) -> None:
    line.and_we_read(line.text("はい。") | {"replyToken": token})
    assert (said(session), ReplyToken.objects.count()) == (["はい。"], 0)


# --- the free replies that come along ---


def test_a_reply_token_is_kept_for_less_than_a_minute(line: Line, session: Session) -> None:
    line.and_we_read(line.text("はい"), line.sticker())
    assert ReplyToken.objects.count() == 2
    assert all(t.usable_until < timezone.now() + timedelta(seconds=56) for t in ReplyToken.objects.all())


def test_the_token_of_a_redelivered_or_old_event_is_taken_for_spent(line: Line, session: Session) -> None:
    line.brings(line.text("はい") | {"deliveryContext": {"isRedelivery": True}}, line.text("いいえ"))
    InboundEvent.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    inbox.process()
    assert (said(session), ReplyToken.objects.count()) == (["はい", "いいえ"], 0)


def test_the_order_of_many_people_stays_each_their_own(
    line: Line, session: Session, aoi: Person, sumire: Person
) -> None:
    link(sumire, SUMIRE)
    other = a_session(aoi, sumire)
    events = [line.text(f"{n}", user) for n in range(20) for user in (MIDORI, SUMIRE)]
    random.Random(1).shuffle(events)
    line.and_we_read(*events)
    assert said(session) == said(other) == [f"{n}" for n in range(20)]


def test_rows_of_old_events_go_with_what_was_not_understood(line: Line, session: Session) -> None:
    odd = line.event("brand-new", secret="a word")
    line.and_we_read(line.text("はい。"), odd)
    waiting = line.text("まだ読まれていません。")
    line.brings(waiting)
    InboundEvent.objects.update(received_at=timezone.now() - inbox.KEPT - timedelta(seconds=1))
    line.brings(line.text("いま届きました。"))
    assert not inbox.forget()
    assert [event.event_id for event in InboundEvent.objects.order_by("pk")] == [
        waiting["webhookEventId"],
        f"01JD{line.made:022d}",
    ]
    assert said(session) == ["はい。"], "the talk keeps its words"
