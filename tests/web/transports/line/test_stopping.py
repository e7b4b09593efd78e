"""A word on LINE stops a session and lets it go on, whenever it is read."""

import time
from uuid import uuid4

import pytest

from cast import end
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Alert, Event, Session
from kokorochat.web.transports.line import notices
from web.transports.line.conftest import Line, at, said, told

pytestmark = pytest.mark.usefixtures("linked")


def test_a_stop_word_stops_the_session_and_calls_an_administrator(line: Line, session: Session) -> None:
    line.and_we_read(line.text("つらいです。"), line.text("「役を離れます」"))
    session.refresh_from_db()
    assert session.stopped_at is not None
    assert session.alerts.get().kind == "stop"
    assert said(session) == ["つらいです。"]


def test_the_word_that_the_notice_names_is_one_that_stops(line: Line, session: Session) -> None:
    assert "「中断」" in notices.start(session)
    line.and_we_read(line.text("中断"))
    session.refresh_from_db()
    assert session.stopped_at is not None


def test_both_say_when_it_goes_on(line: Line, session: Session, aoi: Person) -> None:
    line.and_we_read(line.text("ストップ"))
    actions.resume(session.pk, aoi, uuid4())
    line.and_we_read(line.text("再開します。"))
    session.refresh_from_db()
    assert session.stopped_at is None


def test_the_word_to_go_on_is_a_message_where_nothing_is_stopped(line: Line, session: Session, aoi: Person) -> None:
    line.and_we_read(line.text("go on"))
    line.and_we_read(at(0, line.text("ストップ")))
    actions.resume(session.pk, aoi, uuid4())
    line.and_we_read(at(0, line.text("再開します")))
    line.and_we_read(at(1, line.text("Go on.")))
    assert said(session) == ["go on", "Go on."]


def test_a_word_to_go_on_does_not_answer_a_stop_that_came_after_it(line: Line, session: Session, aoi: Person) -> None:
    line.brings(at(0, line.text("go on")))
    time.sleep(0.01)
    actions.stop(session.pk, aoi, uuid4())
    line.and_we_read()
    assert said(session) == ["go on"]
    actions.resume(session.pk, aoi, uuid4())
    session.refresh_from_db()
    assert session.stopped_at is not None, "the client has not said yet that they are ready"


def test_who_stops_and_goes_on_before_either_is_read_is_ready(line: Line, session: Session, aoi: Person) -> None:
    line.and_we_read(at(-2, line.text("中断")), at(-1, line.text("再開します")))
    actions.resume(session.pk, aoi, uuid4())
    session.refresh_from_db()
    assert (session.stopped_at, said(session)) == (None, [])


def test_a_stop_word_that_is_heard_after_the_end_calls_an_administrator_all_the_same(
    line: Line, session: Session
) -> None:
    line.brings(line.text("中断"), line.text("再開します"))
    end(session)
    line.and_we_read()
    assert said(session) == ["中断", "再開します"]
    assert all(Event.objects.filter(kind=Event.Kind.UTTERANCE).values_list("aside", flat=True)), "it is no play"
    assert Alert.objects.get().kind == Alert.Kind.CONTACT


def test_the_word_to_go_on_that_is_heard_after_the_end_is_not_lost(line: Line, session: Session) -> None:
    line.brings(line.text("go on"))
    end(session)
    line.and_we_read()
    assert (said(session), told()) == (["go on"], [])
