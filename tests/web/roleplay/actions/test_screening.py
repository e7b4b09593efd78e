"""A rated session is judged by the rules of the corpus, as its dialogue would be."""

from uuid import uuid4

import pytest
from django.utils import timezone

from cast import a_session, end, rate, talk
from factories import a_dialogue
from kokorochat.corpus.filters import PAPER
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.web.export import dialogue_of
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Screening, Session


def fresh(session: Session) -> Session:
    return Session.objects.select_related("feedback").get(pk=session.pk)


def reasons(session: Session) -> list[str]:
    return Screening.objects.get(session=session).reasons


@pytest.mark.parametrize(
    ("count", "minutes", "values", "due"),
    [
        (30, 30, {}, []),
        (29, 30, {}, ["few-utterances"]),
        (30, 29.99, {}, ["short"]),
        (30, 30, {"value": 3}, ["all-threes"]),
        (30, 30, {"value": 5}, []),
        (2, 1, {"value": 3}, ["few-utterances", "short", "all-threes"]),
    ],
)
def test_it_says_what_the_corpus_says_of_the_dialogue(session, clock, count, minutes, values, due):
    for place in range(count):
        clock(minutes * place / (count - 1))
        talk(session, f"{place}")
    end(session)
    rate(session, **values)
    assert reasons(session) == due == list(PAPER.reasons(dialogue_of(fresh(session))))


def test_fractions_of_a_second_count_as_they_do_in_a_dialogue(session, clock):
    clock(0.9 / 60)
    talk(session, "はじめ")
    clock(30)  # 29:59.1 on the clock, but thirty minutes by whole seconds
    for place in range(30):
        talk(session, f"{place}")
    end(session)
    rate(session)
    assert reasons(session) == [] == list(PAPER.reasons(dialogue_of(fresh(session))))


def test_the_clients_checks_screen_too(session):
    talk(session, "はい。")
    end(session)
    rate(session, ["unwilling_to_continue"])
    assert reasons(session)[-1] == "unwilling_to_continue"


def test_what_is_taken_back_or_said_in_a_stop_does_not_count(session, aoi, midori, clock):
    for place in range(30):
        clock(place * 2)
        said = actions.say(session.pk, midori, uuid4(), f"{place}")
    actions.stop(session.pk, aoi, uuid4())
    actions.say(session.pk, aoi, uuid4(), "少し休みます。")
    end(session)
    rate(session)
    before = Screening.objects.get(session=session)
    assert before.reasons == []
    clock(70)
    actions.withdraw(session.pk, midori, said.message_id)
    after = Screening.objects.get(session=session)
    assert after.reasons == ["few-utterances"] == list(PAPER.reasons(dialogue_of(fresh(session))))
    assert after.changed_at == timezone.now() > before.changed_at


def test_what_changes_nothing_leaves_the_time(session, midori, clock):
    said = talk(session, "一", "二", "三")[1]
    end(session)
    rate(session)
    before = Screening.objects.get(session=session)
    clock(60)
    actions.withdraw(session.pk, midori, said.message_id)
    assert Screening.objects.get(session=session).changed_at == before.changed_at


def test_the_commonest_value_and_how_many_have_it_are_kept(session):
    end(session)
    rate(session, value=4, **{ITEM_KEYS[0]: 1})
    screening = Screening.objects.get(session=session)
    assert (screening.value, screening.alike) == (4, 19)


def test_a_session_without_a_rating_is_not_judged(session):
    talk(session, "はい。")
    end(session)
    assert not Screening.objects.exists()


def test_a_past_session_is_judged_when_it_is_stored(aoi, midori):
    session = actions.keep_past_session(a_dialogue(items=(3,) * 20), aoi, midori)
    assert reasons(session) == ["few-utterances", "short", "all-threes"]


def test_an_empty_talk_that_was_rated_is_judged_too(aoi, midori):
    session = a_session(aoi, midori)
    end(session)
    rate(session)
    assert reasons(session) == ["few-utterances"] == list(PAPER.reasons(dialogue_of(fresh(session))))
