"""Tokens: a text comes back as it was, the role that comes next ends a turn, and only replies are to be written."""

import pytest

from factories import a_dialogue
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.errors import InputError
from parts import need_torch

need_torch()

from kokorochat.learning.small.vocabulary import (  # noqa: E402
    CLIENT,
    COUNSELOR,
    LONGEST_TOKEN,
    STAGES,
    UNKNOWN,
    learn_vocabulary,
    rating_level,
    stage_of,
)


@pytest.fixture(scope="module")
def vocabulary():
    return learn_vocabulary(read_corpus(DEMO_CORPUS), 800)


def test_a_text_of_known_characters_comes_back_as_it_was(vocabulary):
    for dialogue in [*read_corpus(DEMO_CORPUS)][:4]:
        for utterance in dialogue.utterances:
            tokens = vocabulary.tokens(utterance.text)
            if UNKNOWN not in tokens:
                assert vocabulary.text(tokens) == utterance.text
    assert vocabulary.text(vocabulary.tokens("はい。\nそうです")) == "はい。\nそうです"


def test_frequent_words_are_one_token_and_none_is_long(vocabulary):
    assert len(vocabulary.tokens("ありがとうございます")) < 5
    assert max(len(vocabulary.text([token])) for token in range(len(vocabulary))) <= LONGEST_TOKEN


def test_a_character_that_was_hardly_ever_seen_is_unknown_and_never_written(vocabulary):
    assert vocabulary.tokens("鬱") == [UNKNOWN]
    assert vocabulary.text([UNKNOWN, CLIENT, COUNSELOR]) == ""


def test_the_same_dialogues_give_the_same_tokens(vocabulary):
    assert learn_vocabulary(read_corpus(DEMO_CORPUS), 800).json() == vocabulary.json()


def test_what_the_counselor_writes_after_a_history_is_due_and_its_end_too(vocabulary):
    talk = vocabulary.talk([(False, "はい。"), (True, "はい"), (False, "そうですか。"), (True, "はい")])
    roles = [token for token in talk.tokens.tolist() if token in (CLIENT, COUNSELOR)]
    assert roles == [COUNSELOR, CLIENT, COUNSELOR, CLIENT, COUNSELOR]
    due = talk.tokens[talk.due].tolist()
    assert due == [*vocabulary.tokens("そうですか。"), CLIENT]
    assert len(talk.tokens) == len(talk.stages) == len(talk.due)


def test_where_the_counselor_goes_on_they_are_asked_for_all_the_same(vocabulary):
    assert vocabulary.talk([(False, "はい。")]).tokens[-1] == CLIENT
    assert vocabulary.talk([(False, "はい。")], counselor_next=True).tokens[-1] == COUNSELOR
    assert vocabulary.talk([]).tokens.tolist() == [COUNSELOR]


def test_stages_rise_with_the_turns_and_ratings_with_the_score():
    stages = [stage_of(turn) for turn in range(1000)]
    assert stages == sorted(stages)
    assert (stages[0], stages[-1]) == (0, STAGES - 1)
    assert [rating_level(score) for score in (0, 9, 10, 99, 100)] == [0, 0, 1, 9, 9]


def test_dialogues_without_a_word_teach_nothing():
    with pytest.raises(InputError, match="no text"):
        learn_vocabulary([a_dialogue("", "")], 100)
