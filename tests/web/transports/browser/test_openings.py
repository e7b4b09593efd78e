"""How many sockets may be opened: more than any household, class or office needs, and no more than that."""

import asyncio

import pytest
from asgiref.testing import ApplicationCommunicator

from kokorochat.web.transports.browser import openings
from kokorochat.web.transports.browser.openings import Openings, by_address, by_person


async def opens(scope, receive, send) -> None:
    """An application that lets everybody in and holds them until they leave."""
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


class Visitor:
    def __init__(self, pk: int) -> None:
        self.pk = pk


async def tried(application, **scope: object) -> tuple[ApplicationCommunicator, str]:
    """A socket, and what became of it: `websocket.accept`, or the status of a refusal."""
    given = {"type": "websocket", "extensions": {"websocket.http.response": {}}, **scope}
    wire = ApplicationCommunicator(application, given)
    await wire.send_input({"type": "websocket.connect"})
    answer = await wire.receive_output()
    return wire, str(answer.get("status", answer["type"]))


async def left(wire: ApplicationCommunicator) -> None:
    await wire.send_input({"type": "websocket.disconnect", "code": 1001})
    await wire.wait()


async def test_an_address_that_opens_too_many_waits_and_no_other_does(monkeypatch):
    monkeypatch.setattr(openings, "ADDRESS_AT_ONCE", 3.0)
    monkeypatch.setattr(openings, "ADDRESS_A_SECOND", 10.0)
    application = by_address(opens)
    wires = [await tried(application, client=("192.0.2.1", 1)) for _ in range(4)]
    assert [what for _, what in wires] == ["websocket.accept"] * 3 + ["429"]
    assert (await tried(application, client=("192.0.2.2", 1)))[1] == "websocket.accept"
    await asyncio.sleep(0.15)
    assert (await tried(application, client=("192.0.2.1", 1)))[1] == "websocket.accept"


async def test_the_addresses_of_one_ipv6_customer_count_as_one(monkeypatch):
    monkeypatch.setattr(openings, "ADDRESS_AT_ONCE", 1.0)
    application = by_address(opens)
    assert (await tried(application, client=("2001:db8::1", 1)))[1] == "websocket.accept"
    assert (await tried(application, client=("2001:db8::2", 1)))[1] == "429"
    assert (await tried(application, client=("2001:db8:0:1::1", 1)))[1] == "websocket.accept"


async def test_a_person_who_opens_too_many_waits_wherever_they_are(monkeypatch):
    monkeypatch.setattr(openings, "PERSON_AT_ONCE", 2.0)
    application = by_person(opens)
    assert [(await tried(application, user=Visitor(7)))[1] for _ in range(3)] == ["websocket.accept"] * 2 + ["429"]
    assert (await tried(application, user=Visitor(8)))[1] == "websocket.accept"
    assert (await tried(application, user=Visitor(None)))[1] == "websocket.accept", "who is nobody is told so later"


async def test_a_person_holds_only_so_many_open(monkeypatch):
    monkeypatch.setattr(openings, "PERSON_OPEN", 2)
    application = by_person(opens)
    first, second = await tried(application, user=Visitor(7)), await tried(application, user=Visitor(7))
    assert (await tried(application, user=Visitor(7)))[1] == "429"
    await left(first[0])
    assert (await tried(application, user=Visitor(7)))[1] == "websocket.accept"
    await left(second[0])


async def test_a_server_that_can_not_tell_the_status_closes(monkeypatch):
    monkeypatch.setattr(openings, "ADDRESS_AT_ONCE", 0.0)
    assert (await tried(by_address(opens), client=None, extensions=None))[1] == "websocket.close"


def test_a_class_that_comes_back_at_once_never_waits():
    """Two hundred people behind one address, each back every four seconds for ten minutes, all of them in step."""
    counts = Openings(openings.ADDRESS_A_SECOND, openings.ADDRESS_AT_ONCE)
    assert max(counts.wait("class", second) for second in range(0, 600, 4) for _ in range(120)) == 0
    assert max(counts.wait("restart", 0) for _ in range(1000)) == 0


def test_whoever_goes_on_too_fast_is_not_shut_out_for_longer():
    counts = Openings(1.0, 1.0)
    assert counts.wait("a", 0) == 0
    assert all(counts.wait("a", 0.5) > 0 for _ in range(1000))
    assert counts.wait("a", 1.5) == 0


@pytest.mark.parametrize("most", [5, 50])
def test_what_is_remembered_is_bounded(most, monkeypatch):
    monkeypatch.setattr(openings, "_MOST_KEPT", most)
    counts = Openings(1.0, 2.0)
    for second in range(1000):
        counts.wait(second, float(second))
    assert len(counts._counts) <= most
