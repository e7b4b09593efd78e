"""The counselor keeps the time: more of it, or the close; the clock itself ends nothing."""

from uuid import uuid4

import pytest

from cast import end, numbers, talk
from kokorochat.web.roleplay.actions import LONGEST_MINUTES, RefusedError, extend, wrap_up
from kokorochat.web.roleplay.models import Session


def refused(code: str) -> object:
    return pytest.raises(RefusedError, check=lambda error: error.code == code and str(error))


def test_more_time_adds_up_and_a_repeat_adds_nothing(session, aoi):
    message_id = uuid4()
    first = extend(session.pk, aoi, message_id, 10)
    assert extend(session.pk, aoi, message_id, 10).pk == first.pk
    extend(session.pk, aoi, uuid4(), 5)
    assert Session.objects.get(pk=session.pk).due_minutes == 75
    assert numbers(session) == [1, 2]
    with refused("id-in-use"):
        extend(session.pk, aoi, message_id, 5)


@pytest.mark.parametrize("minutes", [0, -5, 7, 60])
def test_only_5_10_or_15_minutes_are_added(session, aoi, minutes):
    with refused("bad-minutes"):
        extend(session.pk, aoi, uuid4(), minutes)


def test_no_session_grows_beyond_the_longest(session, aoi):
    Session.objects.filter(pk=session.pk).update(extended_minutes=LONGEST_MINUTES - 65)
    extend(session.pk, aoi, uuid4(), 5)
    with refused("too-long"):
        extend(session.pk, aoi, uuid4(), 5)
    assert Session.objects.get(pk=session.pk).due_minutes == LONGEST_MINUTES


def test_the_close_is_said_once_and_again_after_more_time(session, aoi):
    first = wrap_up(session.pk, aoi, uuid4())
    assert wrap_up(session.pk, aoi, uuid4()).pk == first.pk
    extend(session.pk, aoi, uuid4(), 5)
    assert wrap_up(session.pk, aoi, uuid4()).number == 3


def test_neither_the_client_nor_a_stranger_keeps_the_time(session, midori, sumire):
    for person, code in ((midori, "not-counselor"), (sumire, "not-found")):
        with refused(code):
            extend(session.pk, person, uuid4(), 5)
        with refused(code):
            wrap_up(session.pk, person, uuid4())
    assert numbers(session) == []


def test_after_the_end_there_is_no_more_time(session, aoi):
    talk(session, "こんにちは。")
    end(session)
    with refused("ended"):
        extend(session.pk, aoi, uuid4(), 5)
    with refused("ended"):
        wrap_up(session.pk, aoi, uuid4())
    assert Session.objects.get(pk=session.pk).due_minutes == 60
