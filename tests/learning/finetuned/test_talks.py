"""What is learnt of a dialogue is what its samples ask, and what is left out is left out from the beginning."""

import pytest

from factories import a_dialogue
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.talks import response_talk, score_talk, turns_to_drop, without_oldest
from kokorochat.tasks.response import response_samples
from kokorochat.tasks.score import score_sample

DIALOGUE = a_dialogue("ようこそ。", "眠れません。", "いつからですか。", "春からです。", "つらいですね。", "はい。")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_each_reply_stands_behind_the_messages_of_its_sample(role, language):
    for dialogue in read_corpus(DEMO_CORPUS):
        talk = response_talk(dialogue, language=language, role=role)
        asked = {sample.id: sample for sample in response_samples(dialogue, language=language, role=role)}
        assert list(talk.learnt.values()) == list(asked)
        for place, id in talk.learnt.items():
            assert talk.messages[:place] == asked[id].messages
            assert talk.messages[place].content == asked[id].target


def test_the_turn_that_opens_a_dialogue_is_read_and_not_learnt():
    talk = response_talk(DIALOGUE)
    assert talk.messages[1].content == "ようこそ。"
    assert talk.learnt == {3: "1:2", 5: "1:4"}


def test_the_twenty_values_are_the_answer_to_the_question_of_the_score_task():
    sample, talk = score_sample(DIALOGUE), score_talk(DIALOGUE)
    assert talk.messages[:-1] == sample.messages
    assert talk.messages[-1].content == sample.target
    assert talk.learnt == {2: "1"}


def test_a_dialogue_that_nobody_rated_teaches_no_scores():
    with pytest.raises(InputError, match="no twenty-item feedback"):
        score_talk(a_dialogue(items=None))


def test_the_oldest_turns_go_first_and_a_reply_without_history_is_not_learnt():
    talk = response_talk(DIALOGUE)
    assert without_oldest(talk, 0) == talk
    shorter = without_oldest(talk, 2)
    assert [message.content for message in shorter.messages[1:]] == [
        "いつからですか。",
        "春からです。",
        "つらいですね。",
        "はい。",
    ]
    assert shorter.messages[0] == talk.messages[0]
    assert (shorter.learnt, shorter.left_out) == ({3: "1:4"}, 2)
    assert turns_to_drop(talk) == 3
    assert without_oldest(talk, 3).learnt == {2: "1:4"}


def test_of_a_transcript_the_oldest_lines_go_first():
    talk = score_talk(DIALOGUE)
    lines = talk.messages[1].content.split("\n")
    assert turns_to_drop(talk) == len(lines) - 1
    shorter = without_oldest(talk, 4)
    assert shorter.messages[1].content == "\n".join(lines[4:])
    assert (shorter.messages[0], shorter.messages[2]) == (talk.messages[0], talk.messages[2])
    assert shorter.learnt == talk.learnt
