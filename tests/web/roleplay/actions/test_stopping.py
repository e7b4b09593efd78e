"""A stop halts the clock, calls an administrator, and is lifted by both or by an administrator."""

from datetime import timedelta
from unittest.mock import Mock
from uuid import uuid4

import pytest
from django.db import OperationalError

from cast import a_session, end, numbers, talk
from kokorochat.web.accounts.models import AuditEntry
from kokorochat.web.export import dialogue_of, played
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.actions import RefusedError, handle_alert, resume, say, stop
from kokorochat.web.roleplay.models import Alert, Event, Session
from kokorochat.web.roleplay.queries import stop_of


def fresh(session: Session) -> Session:
    return Session.objects.get(pk=session.pk)


def refused(code: str) -> object:
    return pytest.raises(RefusedError, check=lambda error: error.code == code and str(error))


def test_a_stop_is_an_event_and_calls_an_administrator(session, midori):
    event = stop(session.pk, midori, uuid4())
    assert (event.kind, event.role, event.number) == ("stop", "client", 1)
    alert = Alert.objects.get(session=session)
    assert (alert.kind, alert.number, alert.handled_at) == ("stop", 1, None)
    assert AuditEntry.objects.filter(action="session.stop", subject=f"session {session.pk}").exists()


def test_a_repeated_or_a_second_stop_is_the_same_stop(session, aoi, midori):
    message_id = uuid4()
    first = stop(session.pk, midori, message_id)
    assert stop(session.pk, midori, message_id).pk == first.pk
    assert stop(session.pk, aoi, uuid4()).pk == first.pk
    assert numbers(session) == [1]
    assert Alert.objects.count() == 1


def test_the_clock_counts_without_the_stops(session, aoi, midori, clock):
    talk(session, "こんにちは。")
    clock(10)
    stop(session.pk, midori, uuid4())
    clock(25)
    resume(session.pk, aoi, uuid4())
    clock(30)
    resume(session.pk, midori, uuid4())
    clock(40)
    stop(session.pk, aoi, uuid4())
    clock(45)
    end(session)
    ended = fresh(session)
    assert ended.stopped_for == timedelta(minutes=25)
    assert ended.stopped_at is None
    assert ended.minutes == 20


def test_a_stop_before_the_first_message_takes_nothing_from_the_clock(session, aoi, midori, clock):
    stop(session.pk, midori, uuid4())
    clock(5)
    say(session.pk, aoi, uuid4(), "どうしましたか。")
    assert fresh(session).started_at is None
    clock(10)
    for person in (aoi, midori):
        resume(session.pk, person, uuid4())
    say(session.pk, aoi, uuid4(), "では、こんにちは。")
    clock(20)
    end(session)
    assert fresh(session).minutes == 10


def test_what_is_said_while_stopped_is_kept_and_outside_the_play(session, aoi, midori):
    talk(session, "こんにちは。", "はい。")
    stop(session.pk, midori, uuid4())
    message_id = uuid4()
    aside = say(session.pk, midori, message_id, "少し休みたいです")
    for person in (aoi, midori):
        resume(session.pk, person, uuid4())
    say(session.pk, aoi, uuid4(), "続けましょう。")
    assert aside.out_of_role
    assert say(session.pk, midori, message_id, "少し休みたいです").pk == aside.pk
    assert [u.text for u in dialogue_of(fresh(session)).utterances] == ["こんにちは。", "はい。", "続けましょう。"]


def test_it_goes_on_when_both_are_ready_and_not_before(session, aoi, midori):
    stop(session.pk, midori, uuid4())
    ready = resume(session.pk, aoi, uuid4())
    assert ready.kind == Event.Kind.READY
    assert resume(session.pk, aoi, uuid4()).pk == ready.pk
    assert stop_of(fresh(session)).ready == ("counselor",)
    going = resume(session.pk, midori, uuid4())
    assert going.kind == Event.Kind.RESUME
    assert stop_of(fresh(session)) is None
    assert resume(session.pk, midori, uuid4()).pk == going.pk
    assert numbers(session) == [1, 2, 3]


def test_who_was_ready_at_one_stop_is_asked_again_at_the_next(session, aoi, midori):
    stop(session.pk, midori, uuid4())
    resume(session.pk, aoi, uuid4())
    resume(session.pk, midori, uuid4())
    stop(session.pk, aoi, uuid4())
    assert stop_of(fresh(session)).ready == ()
    assert resume(session.pk, midori, uuid4()).kind == Event.Kind.READY


def test_a_second_stop_while_nobody_has_come_is_counted_on_the_same_call(session, aoi, midori, jimu, clock):
    stop(session.pk, midori, uuid4())
    call = Alert.objects.get()
    resume(session.pk, aoi, uuid4())
    resume(session.pk, midori, uuid4())
    clock(20)
    again = stop(session.pk, aoi, uuid4())
    stop(session.pk, midori, uuid4())  # the same stop: nobody calls a second time
    fresh_call = Alert.objects.get()
    assert (fresh_call.pk, fresh_call.times, fresh_call.last_at) == (call.pk, 2, again.at)
    assert (fresh_call.raised_at, fresh_call.number) == (call.raised_at, 1)
    assert AuditEntry.objects.filter(action="alert.again", subject=f"alert {call.pk}").count() == 1
    handle_alert(call.pk, jimu)
    assert stop_of(fresh(session)).helper == jimu.display_name


def test_a_stop_after_the_first_call_was_taken_up_is_a_new_call(session, aoi, midori, jimu):
    stop(session.pk, midori, uuid4())
    handle_alert(Alert.objects.get().pk, jimu)
    resume(session.pk, jimu, uuid4())
    stop(session.pk, aoi, uuid4())
    assert [alert.times for alert in Alert.objects.all()] == [1, 1]
    assert stop_of(fresh(session)).helper is None


def test_an_administrator_lifts_the_stop_for_both(session, midori, jimu):
    stop(session.pk, midori, uuid4())
    event = resume(session.pk, jimu, uuid4())
    assert (event.kind, event.role) == ("resume", "supervisor")
    assert fresh(session).stopped_at is None


def test_with_a_program_one_is_enough(aoi, renshu):
    session = a_session(aoi, renshu)
    stop(session.pk, aoi, uuid4())
    assert resume(session.pk, aoi, uuid4()).kind == Event.Kind.RESUME


def test_a_stopped_session_can_be_ended_by_an_administrator_too(session, midori, jimu):
    stop(session.pk, midori, uuid4())
    assert actions.end(session.pk, jimu, uuid4()).role == "supervisor"
    with refused("ended"):
        resume(session.pk, midori, uuid4())


def test_neither_a_stranger_nor_an_administrator_outside_stops_a_session(session, sumire, jimu):
    for person in (sumire, jimu):
        with refused("not-found"):
            stop(session.pk, person, uuid4())
    with refused("not-found"):
        resume(session.pk, sumire, uuid4())
    assert not Alert.objects.exists()


def test_there_is_nothing_to_stop_after_the_end_and_nothing_to_resume_without_a_stop(session, midori):
    with refused("not-stopped"):
        resume(session.pk, midori, uuid4())
    end(session)
    with refused("ended"):
        stop(session.pk, midori, uuid4())
    assert not Alert.objects.exists()


def test_a_stop_word_is_stored_with_its_stop_or_not_at_all(session, midori, monkeypatch):
    message_id = uuid4()
    with monkeypatch.context() as patch:
        patch.setattr("kokorochat.web.roleplay.actions.stopping.raise_alert", Mock(side_effect=OperationalError))
        with pytest.raises(OperationalError):
            actions.say_stop_word(session.pk, midori, message_id, "中断")
    assert not Event.objects.exists()
    for _ in range(2):  # sent again, it is the same message and the same stop
        said = actions.say_stop_word(session.pk, midori, message_id, "中断")
        assert said.kind == Event.Kind.UTTERANCE
    assert [event.kind for event in Event.objects.order_by("number")] == ["utterance", "stop"]
    assert Alert.objects.get().kind == Alert.Kind.STOP


def test_a_stop_word_is_no_play(session, midori):
    talk(session, "こんにちは。")
    actions.say_stop_word(session.pk, midori, uuid4(), "中断")
    assert [event.text for event in played(session)] == ["こんにちは。"]
    assert Event.objects.get(number=2).out_of_role


def test_a_talk_does_not_begin_with_a_stop_word(session, midori):
    actions.say_stop_word(session.pk, midori, uuid4(), "中断")
    session.refresh_from_db()
    assert session.started_at is None


@pytest.mark.parametrize("text", ["役を離れます", "（役を離れます）", "役を離れます。", " ＳＴＯＰ！ ", "ストップ"])
def test_a_stop_word_is_known_in_any_dress(text):
    assert actions.is_stop_word(text)


@pytest.mark.parametrize("text", ["再開します", "「再開します」", "再開します！", "“go on”", "Go on", "ＧＯ ＯＮ."])
def test_the_word_to_go_on_is_known_in_any_dress(text):
    assert actions.is_go_on_word(text)


@pytest.mark.parametrize("text", ["役を離れますか", "彼にストップと言われました", "", "（）"])
def test_a_word_inside_a_sentence_is_none(text):
    assert not actions.is_stop_word(text)
