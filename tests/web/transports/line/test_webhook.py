"""The address that LINE calls: what is genuine is stored once and at once, what is not leaves nothing."""

import base64
import json
import random

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.web.transports.line import sealing
from kokorochat.web.transports.line.models import InboundEvent
from kokorochat.web.transports.line.payloads import events_of
from kokorochat.web.transports.line.signature import is_genuine, signature_of
from web.transports.line.conftest import MIDORI, SECRET, Line, states


def stored() -> int:
    return InboundEvent.objects.count()


def test_a_genuine_event_is_stored_and_nothing_is_done_yet(line: Line) -> None:
    line.brings(line.text("眠れません。"))
    assert states() == ["waiting"]


@pytest.mark.parametrize(
    "signature", ["", "x", "あ", signature_of("another secret", b"{}"), signature_of(SECRET, b"{}")]
)
def test_what_is_not_from_line_leaves_nothing(line: Line, signature: str) -> None:
    assert line.post({"events": [line.text("眠れません。")]}, signature) == 400
    assert stored() == 0


def test_the_signature_belongs_to_the_bytes_and_not_to_the_meaning() -> None:
    body = json.dumps({"events": []}).encode()
    assert is_genuine(SECRET, body, signature_of(SECRET, body))
    assert not is_genuine(SECRET, body.replace(b" ", b""), signature_of(SECRET, body))


@given(st.binary(max_size=80), st.integers(0, 300))
def test_one_changed_bit_is_noticed(body: bytes, place: int) -> None:
    signature = bytearray(base64.b64decode(signature_of(SECRET, body)))
    signature[place // 8 % len(signature)] ^= 1 << place % 8
    assert not is_genuine(SECRET, body, base64.b64encode(signature).decode())


def test_an_empty_call_is_answered_as_well(line: Line) -> None:
    assert line.post({"destination": "U0", "events": []}) == 200
    assert stored() == 0


def test_an_event_is_stored_once_however_often_it_comes(line: Line) -> None:
    first, second = line.text("一つ目"), line.text("二つ目")
    again = first | {"deliveryContext": {"isRedelivery": True}}
    line.brings(first, second, first)
    line.brings(again)
    line.brings(second, again)
    assert stored() == 2


def test_events_sent_up_to_five_times_in_any_order_with_forgeries_between(line: Line) -> None:
    draw = random.Random(5)
    events = [line.text(f"{number}") for number in range(40)]
    calls = [(event, True) for event in events for _ in range(draw.randint(1, 5))]
    calls += [(line.text("偽物"), False) for _ in range(len(calls) // 10)]
    draw.shuffle(calls)
    for event, genuine in calls:
        assert line.post({"events": [event]}, None if genuine else signature_of("forged", b"")) == (
            200 if genuine else 400
        )
    assert set(InboundEvent.objects.values_list("event_id", flat=True)) == {event["webhookEventId"] for event in events}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"events": 5}',
        b"{}",
        b"\xff\xfe",
        b'{"events":[' + b"[" * 5000 + b"]" * 5000 + b"]}",
    ],
)
def test_a_signed_body_that_is_not_understood_is_kept_and_marked(line: Line, body: bytes) -> None:
    assert line.post(body) == 200
    assert line.post(body) == 200
    assert states() == ["malformed"]


def test_one_broken_event_does_not_cost_the_others(line: Line) -> None:
    good, other = line.text("一つ目"), line.text("二つ目")
    broken = [
        {},
        5,
        {"type": 7},
        good | {"webhookEventId": "x", "message": {"id": 5}},
        {"type": "message", "source": None},
    ]
    line.brings(good, *broken, other)
    assert states() == ["waiting", *["malformed"] * len(broken), "waiting"]


def test_neither_ids_nor_words_lie_open_in_what_is_stored(line: Line) -> None:
    line.brings(line.text("だれにも言わないで"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM line_inboundevent")
        row = repr(cursor.fetchall())
    assert "だれにも" not in row
    assert MIDORI not in row
    assert MIDORI in sealing.unseal(InboundEvent.objects.get().payload).decode()


def test_a_body_that_is_too_large_is_refused(line: Line) -> None:
    assert line.post(b" " * (1024 * 1024 + 1)) == 413
    assert stored() == 0


def test_without_a_channel_there_is_no_door(line: Line, settings) -> None:
    settings.LINE_SECRET = ""
    assert line.post({"events": [line.text("眠れません。")]}) == 404
    assert line.browser.get("/line/webhook").status_code == 404
    assert stored() == 0


def test_only_half_of_a_channel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from kokorochat.web.settings import line_channel

    monkeypatch.setenv("KOKOROCHAT_LINE_SECRET", SECRET)
    monkeypatch.delenv("KOKOROCHAT_LINE_TOKEN", raising=False)
    with pytest.raises(ImproperlyConfigured, match="both be set, or neither"):
        line_channel()


@given(st.binary(max_size=60))
def test_any_bytes_are_events_or_not_understood(body: bytes) -> None:
    assert events_of(body) is None or isinstance(events_of(body), list)
