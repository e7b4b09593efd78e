"""The side's own book-keeping: what it repeats, what it drops, and which faults of a server it notices."""

from typing import Any

from kokorochat.domain.dialogue import Role
from kokorochat.web.replay.side import Screen


def event(number: int, text: str = "はい", role: str = "client", **more: Any) -> dict[str, Any]:
    return {
        "number": number,
        "kind": "utterance",
        "role": role,
        "text": text,
        "at": "2026-01-01T00:00:00+00:00",
        **more,
    }


def events(*those: dict[str, Any]) -> dict[str, Any]:
    return {"type": "events", "events": list(those)}


def test_a_connection_opens_with_hello_and_everything_unacked_in_order() -> None:
    screen = Screen()
    first, second, third = (screen.say(text) for text in "abc")
    screen.take({"type": "ack", "id": second["id"], "number": 1, "at": ""})
    screen.take(events(event(1)))
    assert screen.opening() == [{"type": "hello", "last": 1}, first, third]


def test_an_own_event_without_its_ack_is_sent_again() -> None:
    screen = Screen()
    said = screen.say("a")
    screen.take(events(event(1, "a", "counselor", id=said["id"])))
    assert screen.opening()[1:] == [said]


def test_ids_are_kept_over_repeats_and_differ_between_messages() -> None:
    screen = Screen()
    screen.say("a"), screen.say("a"), screen.end()
    before = [frame["id"] for frame in screen.opening()[1:]]
    assert [frame["id"] for frame in screen.opening()[1:]] == before
    assert len(set(before)) == 3


def test_a_right_talk_has_no_fault() -> None:
    screen = Screen()
    said = screen.say("a")
    screen.take({"type": "ack", "id": said["id"], "number": 1, "at": ""})
    screen.take({"type": "ack", "id": said["id"], "number": 1, "at": ""})
    screen.take(events(event(1, "a", "counselor", id=said["id"]), event(2, "b")))
    assert screen.talk == [(Role.COUNSELOR, "a"), (Role.CLIENT, "b")]
    assert (screen.last, screen.duplicated, screen.reordered, screen.unacked) == (2, 0, 0, {})


def test_an_event_shown_again_is_a_double_and_dropped() -> None:
    screen = Screen()
    screen.take(events(event(1), event(2)))
    assert screen.take(events(event(2), event(3))) == []
    assert screen.duplicated == 1
    assert [seen.number for seen in screen.events] == [1, 2, 3]


def test_a_gap_is_noticed_and_asked_for() -> None:
    screen = Screen()
    screen.take(events(event(1)))
    assert screen.take(events(event(3))) == [{"type": "hello", "last": 1}]
    assert screen.reordered == 1
    screen.take(events(event(2), event(3)))
    assert screen.last == 3


def test_a_message_with_two_numbers_is_a_double() -> None:
    screen = Screen()
    said = screen.say("a")
    screen.take(events(event(1, "a", "counselor", id=said["id"])))
    screen.take({"type": "ack", "id": said["id"], "number": 2, "at": ""})
    assert screen.duplicated == 1


def test_refusals_are_kept() -> None:
    screen = Screen()
    said = screen.say(" ")
    screen.take({"type": "refused", "id": said["id"], "code": "empty", "message": "…"})
    assert [frame["code"] for frame in screen.refused] == ["empty"]
