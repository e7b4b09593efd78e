"""The practice client: follows its script, answers once, and needs no memory of its own."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import groupby
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from cast import WORK, a_session, end, talk
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.dialogue import Role, is_out_of_role
from kokorochat.web.practice import partner, replies
from kokorochat.web.practice.script import FAREWELL, client_answer
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Event, Feedback, Session

DIALOGUES = list(read_corpus(DEMO_CORPUS))


@pytest.fixture
def alone(aoi, renshu) -> Session:
    return a_session(aoi, renshu, conditions=actions.Conditions(*WORK))


def counsel(session: Session, text: str) -> None:
    actions.say(session.pk, session.counselor, uuid4(), text)


def answers(session: Session) -> list[str]:
    return list(Event.objects.filter(session=session, role="client").order_by("number").values_list("text", flat=True))


def turns(dialogue) -> list[tuple[Role, tuple[str, ...]]]:
    played = [utterance for utterance in dialogue.utterances if not is_out_of_role(utterance.text)]
    return [(role, tuple(u.text for u in group)) for role, group in groupby(played, key=lambda u: u.role)]


# --- the script ---


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.id)
def test_whoever_says_the_scripts_own_words_gets_its_own_answers(dialogue):
    script = turns(dialogue)
    if script[0][0] is Role.CLIENT:
        script = script[1:]
    prompts = ["".join(texts) for role, texts in script if role is Role.COUNSELOR]
    due = [texts for role, texts in script if role is Role.CLIENT]
    got = [client_answer(dialogue, prompts[: place + 1], place) for place in range(len(due))]
    assert got == due


def test_a_script_that_has_run_out_says_farewell():
    said = ["それで？"] * 200
    assert client_answer(DIALOGUES[0], said, 199) == (FAREWELL,)


def test_no_answer_is_given_twice():
    said = [f"{number}つ目の質問です。いかがですか。" for number in range(40)]
    given = [client_answer(DIALOGUES[0], said, place) for place in range(40)]
    told = [answer for answer in given if answer != (FAREWELL,)]
    assert len(set(told)) == len(told) > 3


# --- its turns ---


def test_it_waits_until_it_is_spoken_to(alone, at_once):
    assert partner.take_turn(alone.pk) is False
    assert answers(alone) == []


def test_it_answers_as_its_script_says_and_then_waits(alone, at_once):
    for place, text in enumerate(("こんにちは。今日はどうされましたか。", "いつごろからですか。")):
        counsel(alone, text)
        for _ in range(12):
            partner.take_turn(alone.pk)
        said = ["こんにちは。今日はどうされましたか。", "いつごろからですか。"][: place + 1]
        due = [words for turn in range(place + 1) for words in client_answer(replies.script_of(alone), said, turn)]
        assert answers(alone) == due


def test_it_listens_before_it_writes_and_writes_before_it_sends(alone, monkeypatch):
    began = timezone.now()
    monkeypatch.setattr(actions.events.timezone, "now", lambda: began)
    counsel(alone, "こんにちは。今日はどうされましたか。")
    seen = []
    for seconds in (0, 3.9, 4.2, 9.1):
        monkeypatch.setattr(actions.events.timezone, "now", lambda s=seconds: began + timedelta(seconds=s))
        seen.append((partner.take_turn(alone.pk), len(answers(alone))))
    assert seen[0] == seen[1] == (False, 0)
    assert seen[2] == (True, 0)
    assert seen[3][1] == 1


def test_it_reads_along(alone, at_once):
    counsel(alone, "こんにちは。")
    partner.take_turn(alone.pk)
    assert Session.objects.get(pk=alone.pk).client_seen >= 1


def test_a_restart_amid_an_answer_neither_loses_nor_doubles_a_word(alone, at_once, monkeypatch):
    monkeypatch.setattr(replies, "client_answer", lambda *_: ("一つ目", "二つ目", "三つ目"))
    counsel(alone, "どうぞ。")
    assert partner.take_turn(alone.pk) is True
    replies._scripts.cache_clear()  # all that a process has in mind
    for _ in range(5):
        partner.take_turn(alone.pk)
    assert answers(alone) == ["一つ目", "二つ目", "三つ目"]


@pytest.mark.django_db(transaction=True)
def test_two_open_screens_do_not_double_its_answers(alone, at_once, monkeypatch):
    monkeypatch.setattr(replies, "client_answer", lambda *_: ("一つ目", "二つ目", "三つ目"))
    counsel(alone, "どうぞ。")
    together = threading.Barrier(4)

    def screen(_: int) -> None:
        try:
            for _ in range(4):
                together.wait(10)
                partner.take_turn(alone.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as screens:
        list(screens.map(screen, range(4)))
    assert answers(alone) == ["一つ目", "二つ目", "三つ目"]


def test_whoever_takes_a_message_back_is_answered_to_the_next_one(alone, at_once, monkeypatch):
    monkeypatch.setattr(replies, "client_answer", lambda script, said, place: (f"{place + 1}つ目の答え",))
    for number, due in ((1, 1), (2, 2), (3, 3)):
        message_id = uuid4()
        actions.say(alone.pk, alone.counselor, message_id, f"{number}つ目の質問です。")
        partner.take_turn(alone.pk)
        assert len(answers(alone)) == due
        if number == 2:
            actions.withdraw(alone.pk, alone.counselor, message_id)
            for _ in range(3):
                assert partner.take_turn(alone.pk) is False
    assert answers(alone) == ["1つ目の答え", "2つ目の答え", "3つ目の答え"]


def test_whoever_takes_back_the_only_message_is_waited_for(alone, at_once):
    message_id = uuid4()
    actions.say(alone.pk, alone.counselor, message_id, "こんにちは。")
    actions.withdraw(alone.pk, alone.counselor, message_id)
    assert partner.take_turn(alone.pk) is False
    assert answers(alone) == []


def test_after_the_end_it_rates_once(alone, at_once):
    counsel(alone, "こんにちは。")
    end(alone)
    for _ in range(3):
        assert partner.take_turn(alone.pk) is False
    feedback = Feedback.objects.get(session=alone)
    assert feedback.items == replies.script_of(alone).feedback.by_key()
    assert answers(alone) == []


def test_it_never_speaks_for_a_person(session, at_once):
    talk(session, "こんにちは。")
    assert partner.take_turn(session.pk) is False
    assert answers(session) == []
    end(session)
    partner.take_turn(session.pk)
    assert not Feedback.objects.exists()


def test_the_script_fits_the_agreed_topic(aoi, renshu):
    topics = {dialogue.topic.main for dialogue in replies._scripts()}
    for topic in topics:
        session = a_session(aoi, renshu, conditions=actions.Conditions(topic, "…"))
        assert replies.script_of(session).topic.main is topic
