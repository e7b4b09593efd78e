"""A partner that a model plays, in either role: message by message, without memory, and never a talk that is stuck."""

import asyncio
import threading
import time
from uuid import uuid4

import pytest

from cast import WORK, a_session, end, rating
from kokorochat.domain.dialogue import is_out_of_role
from kokorochat.domain.errors import InputError
from kokorochat.web import estimates, server
from kokorochat.web.practice import partner, replies
from kokorochat.web.practice.script import FAREWELL, listening
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Event, Feedback, Session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("with_models", "at_once")]


@pytest.fixture
def counseling(aoi, renshu) -> Session:
    """Aoi counsels a program."""
    return a_session(aoi, renshu, conditions=actions.Conditions(*WORK))


@pytest.fixture
def telling(renshu, midori) -> Session:
    """A program counsels Midori."""
    return a_session(renshu, midori, conditions=actions.Conditions(*WORK))


def say(session: Session, text: str) -> None:
    person = session.client if session.counselor.is_program else session.counselor
    actions.say(session.pk, person, uuid4(), text)


def take_turns(session: Session, most: int = 6) -> None:
    for _ in range(most):
        partner.take_turn(session.pk)


def said(session: Session, role: str) -> list[str]:
    return list(Event.objects.filter(session=session, role=role).order_by("number").values_list("text", flat=True))


class Failing:
    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def converse(self, talk: object) -> str:
        raise self.fault


def test_the_client_says_the_messages_of_its_turn_one_by_one(counseling):
    say(counseling, "こんにちは。今日はどうされましたか。")
    assert partner.take_turn(counseling.pk) is True
    assert said(counseling, "client") == ["上司のことで相談したいです。"]
    take_turns(counseling)
    assert said(counseling, "client") == ["上司のことで相談したいです。", "毎日叱られています。"]
    say(counseling, "毎日叱られて、おつらいのですね。いつごろからですか。")
    take_turns(counseling)
    assert said(counseling, "client")[2:] == ["半年ほど前からです。"]


def test_the_counselor_greets_and_then_answers(telling):
    take_turns(telling)
    assert said(telling, "counselor") == [replies.GREETING]
    say(telling, "上司のことで相談したいです。")
    say(telling, "毎日叱られています。")
    take_turns(telling)
    assert said(telling, "counselor")[1:] == ["毎日叱られて、おつらいのですね。", "いつごろからですか。"]


def test_a_restart_amid_a_turn_neither_loses_nor_doubles_a_message(counseling, restart):
    say(counseling, "こんにちは。今日はどうされましたか。")
    partner.take_turn(counseling.pk)
    restart()
    take_turns(counseling)
    assert said(counseling, "client") == ["上司のことで相談したいです。", "毎日叱られています。"]


def test_whoever_breaks_in_is_answered_anew(counseling):
    say(counseling, "こんにちは。今日はどうされましたか。")
    partner.take_turn(counseling.pk)
    say(counseling, "どうなるとよいと思われますか。")
    take_turns(counseling)
    assert said(counseling, "client") == ["上司のことで相談したいです。", "落ち着いて働きたいです。"]


def test_the_model_is_asked_once_for_a_turn_however_often_one_looks(counseling, monkeypatch):
    model, asked = replies.model_of(counseling.program_role), []
    converse = model.converse
    monkeypatch.setattr(model, "converse", lambda talk: asked.append(talk) or converse(talk))
    say(counseling, "こんにちは。今日はどうされましたか。")
    take_turns(counseling, 20)
    assert len(asked) == 1
    assert asked[0].counselor is None  # nobody's id


def test_a_client_that_has_no_more_to_say_takes_its_leave(counseling):
    for number in range(5):
        say(counseling, f"それで？{number}")
        take_turns(counseling)
    assert said(counseling, "client")[-1] == FAREWELL
    assert len({*said(counseling, "client")[:4]}) == 4


def test_a_failing_model_is_told_of_and_the_script_goes_on(counseling, monkeypatch, caplog):
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(replies, "model_of", lambda role: Failing(KeyError("ひみつの言葉")))
        say(counseling, "こんにちは。ひみつの言葉")
        take_turns(counseling)
    notice, *answer = said(counseling, "client")
    assert notice == replies.NOTICE[counseling.program_role]
    assert is_out_of_role(notice)
    assert answer == list(replies.client_answer(replies.script_of(counseling), ["こんにちは。ひみつの言葉"], 0))
    assert f"session {counseling.pk}: the practice model failed: KeyError" in caplog.text
    assert "ひみつの言葉" not in caplog.text
    before = len(said(counseling, "client"))
    say(counseling, "そうですか。")
    take_turns(counseling)  # the model is back, and the talk keeps to what it was told
    assert said(counseling, "client").count(notice) == 1
    assert len(said(counseling, "client")) > before


@pytest.mark.parametrize("gone", ["fails", "is not set any more"])
def test_a_counselor_without_its_model_goes_on_listening(gone, telling, monkeypatch, settings, restart):
    take_turns(telling)
    if gone == "fails":
        monkeypatch.setattr(replies, "model_of", lambda role: Failing(OSError()))
    else:
        settings.PRACTICE_COUNSELOR = ""
        restart()
    say(telling, "眠れません。")
    take_turns(telling)
    assert said(telling, "counselor")[1:] == [replies.NOTICE[telling.program_role], listening(1)]


@pytest.mark.parametrize("words", ["\u200b", "あ" * 6000, "あ\0"])
def test_what_can_not_be_stored_is_a_failure_too(words, counseling, monkeypatch):
    class Odd:
        def converse(self, talk):
            return words

    monkeypatch.setattr(replies, "model_of", lambda role: Odd())
    say(counseling, "こんにちは。")
    take_turns(counseling)
    assert said(counseling, "client")[0] == replies.NOTICE[counseling.program_role]
    assert len(said(counseling, "client")) > 1


def test_a_stop_is_kept_to_and_the_person_alone_decides_when_it_goes_on(counseling):
    person = counseling.counselor
    say(counseling, "こんにちは。今日はどうされましたか。")
    partner.take_turn(counseling.pk)
    actions.stop(counseling.pk, person, uuid4())
    say(counseling, "少し休みます。")
    take_turns(counseling)
    assert len(said(counseling, "client")) == 1
    actions.resume(counseling.pk, person, uuid4())
    take_turns(counseling)
    assert Session.objects.get(pk=counseling.pk).stopped_at is None
    assert said(counseling, "client") == ["上司のことで相談したいです。", "毎日叱られています。"]


def test_a_stop_in_the_very_moment_of_a_message_does_not_make_it_come_again(counseling, monkeypatch):
    say(counseling, "こんにちは。今日はどうされましたか。")
    store = actions.say

    def stopped_just_before(*message):
        actions.stop(counseling.pk, counseling.counselor, uuid4())
        return store(*message)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(actions, "say", stopped_just_before)
        partner.take_turn(counseling.pk)
    actions.resume(counseling.pk, counseling.counselor, uuid4())
    take_turns(counseling)
    assert said(counseling, "client") == ["上司のことで相談したいです。", "毎日叱られています。"]


def test_after_the_end_it_says_nothing_and_gives_no_feedback(counseling):
    say(counseling, "こんにちは。")
    end(counseling)
    take_turns(counseling)
    assert said(counseling, "client") == []
    assert not Feedback.objects.exists()


# --- what the counselor is shown at the end ---


class Score:
    def predict_dialogue(self, dialogue):
        return rating(3)


@pytest.mark.django_db(transaction=True)
def test_in_place_of_feedback_the_estimate_stands_and_says_what_it_is(counseling, settings, monkeypatch, signed_in):
    settings.SCORE_MODEL = "ordinal:/srv/models/kokoro-1"
    monkeypatch.setattr(estimates, "_model", Score)
    browser = signed_in(counseling.counselor)
    room, result = f"/sessions/{counseling.code}", f"/sessions/{counseling.code}/result"
    assert "終了後、モデルによる推定がここに表示されます" in browser.get(room).content.decode()
    say(counseling, "こんにちは。")
    end(counseling)
    estimates.THREAD.submit(int).result(10)
    page = browser.get(result).content.decode()
    assert "<strong>60</strong>" in page
    assert "フィードバックをしません" in page
    assert "台本" not in page
    home = browser.get("/").content.decode()
    assert result in home


def test_without_a_score_model_there_is_nothing_and_it_is_said(counseling, signed_in):
    say(counseling, "こんにちは。")
    end(counseling)
    browser = signed_in(counseling.counselor)
    assert "練習相手はフィードバックをしません。" in browser.get(f"/sessions/{counseling.code}/result").content.decode()
    assert "フィードバック待ち" not in browser.get(f"/sessions/{counseling.code}").content.decode()


def test_feedback_for_a_program_is_thanked_for_as_practice(telling, signed_in):
    say(telling, "こんにちは。")
    actions.end(telling.pk, telling.client, uuid4())
    browser = signed_in(telling.client)
    assert browser.get(f"/sessions/{telling.code}/result").status_code == 404
    browser.post(f"/sessions/{telling.code}/feedback", rating())
    assert "相手はプログラム" in browser.get(f"/sessions/{telling.code}/feedback").content.decode()


# --- starting, and where it thinks ---


@pytest.mark.parametrize("setting", ["PRACTICE_CLIENT", "PRACTICE_COUNSELOR"])
@pytest.mark.parametrize("wrong", ["retrieval:/there/is/none", "the other role", "ordinal:x", "retrieval"])
def test_a_wrong_model_stops_the_start(setting, wrong, settings, indexes, restart):
    other = {"PRACTICE_CLIENT": "counselor", "PRACTICE_COUNSELOR": "client"}[setting]
    setattr(settings, setting, f"retrieval:{indexes[other]}" if wrong == "the other role" else wrong)
    restart()
    with pytest.raises(InputError):
        replies.check_models()


def test_right_models_are_loaded_at_the_start(monkeypatch):
    loaded = []
    monkeypatch.setattr(replies, "load_partner", lambda spec, role: loaded.append(role))
    monkeypatch.setattr(server, "_check_sqlite", lambda: None)
    server.check()
    assert len(loaded) == 2


@pytest.mark.parametrize("spec", ["finetuned:/srv/models/one", "combined:/srv/models/one+small:/srv/models/two"])
def test_while_a_language_model_writes_it_is_seen_writing_and_other_talks_go_on(
    spec, counseling, telling, settings, monkeypatch
):
    asked, go_on, found = threading.Event(), threading.Event(), replies.model_of(telling.program_role)

    class Slow:
        def converse(self, talk):
            asked.set()
            assert go_on.wait(20)
            return "お待たせしました。"

    settings.PRACTICE_CLIENT = spec
    monkeypatch.setattr(replies, "model_of", lambda role: found if role is telling.program_role else Slow())
    say(counseling, "こんにちは。")
    assert [partner.take_turn(counseling.pk) for _ in range(3)] == [True] * 3
    assert asked.wait(20)
    take_turns(telling)
    say(telling, "上司のことで相談したいです。")
    take_turns(telling)
    assert len(said(telling, "counselor")) > 1
    assert said(counseling, "client") == []
    go_on.set()
    give_up = time.monotonic() + 20
    while not said(counseling, "client"):
        assert time.monotonic() < give_up
        partner.take_turn(counseling.pk)
        time.sleep(0.01)
    assert said(counseling, "client") == ["お待たせしました。"]


@pytest.mark.parametrize("spec", ["finetuned:/srv/models/one", "combined:/srv/models/one+small:/srv/models/two"])
def test_before_it_begins_people_are_told_that_a_language_model_writes(spec, aoi, signed_in, settings):
    settings.PRACTICE_CLIENT = settings.PRACTICE_COUNSELOR = spec
    page = signed_in(aoi).get("/practice").content.decode()
    for role in ("相談者", "相談員"):
        assert f"{role}の言葉は、このプラットフォームの言語モデルが作ります。" in page
    assert "ほかのセッションの似た場面" not in page
    assert "サーバーに送られます" not in page


@pytest.mark.django_db(transaction=True)
async def test_while_a_model_thinks_messages_are_stored(counseling, session, monkeypatch):
    from channels.db import database_sync_to_async

    thinking, go_on = threading.Event(), threading.Event()

    class Slow:
        def converse(self, talk):
            thinking.set()
            assert go_on.wait(10)
            return "お待たせしました。"

    monkeypatch.setattr(replies, "model_of", lambda role: Slow())
    await database_sync_to_async(say)(counseling, "こんにちは。")
    turn = database_sync_to_async(partner.take_turn, thread_sensitive=False, executor=partner.THREAD)
    waiting = asyncio.ensure_future(turn(counseling.pk))
    while not thinking.is_set():
        await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await database_sync_to_async(say)(session, "こちらは待ちません。")
    go_on.set()
    await waiting
    assert await database_sync_to_async(said)(counseling, "client") == ["お待たせしました。"]
