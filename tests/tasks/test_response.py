"""The response task: neighbouring utterances are one turn, and every counselor turn with a history is a sample."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from factories import a_dialogue
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.evaluation.measurement import conditions, signature
from kokorochat.tasks.response import (
    CLIENT_INSTRUCTIONS,
    INSTRUCTIONS,
    JOINERS,
    dialogue_of,
    merged_turns,
    response_header,
    response_samples,
    whole_sentences,
)

TALK = (
    "counselor: こんにちは",
    "client: 眠れません",
    "client: もう三日です",
    "counselor: 三日も",
    "counselor: つらいですね",
    "counselor: （聴いています）",
    "client: はい",
    "counselor: 何がありましたか",
)

utterances = st.lists(st.builds(Utterance, st.sampled_from(Role), st.none(), st.text("あい。", min_size=1, max_size=4)))


def test_utterances_of_one_role_are_joined_by_what_is_named():
    talk = a_dialogue(*TALK).utterances
    assert [turn.text for turn in merged_turns(talk)][1:3] == [
        "眠れません\nもう三日です",
        "三日も\nつらいですね\n（聴いています）",
    ]
    assert merged_turns(talk, "")[1].text == "眠れませんもう三日です"
    assert [turn.index for turn in merged_turns(talk)] == [0, 1, 3, 6, 7]


@given(utterances)
def test_merging_loses_nothing_and_leaves_roles_alternating(talk):
    turns = merged_turns(talk)
    assert "\n".join(turn.text for turn in turns) == "\n".join(utterance.text for utterance in talk)
    assert all(one.role is not other.role for one, other in itertools.pairwise(turns))
    assert all(talk[turn.index].role is turn.role for turn in turns)


@given(utterances)
def test_a_turn_merged_with_line_breaks_can_be_taken_apart_again(talk):
    apart = [(turn.role, text) for turn in merged_turns(talk) for text in turn.text.split("\n")]
    assert apart == [(utterance.role, utterance.text) for utterance in talk]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("つらいですね。いつからで", "つらいですね。"),
        ("つらいですね…！　いつからですか？それは", "つらいですね…！　いつからですか？"),
        ("はい\nそうです\nそれで", "はい\nそうです"),
        ("「もう嫌だ。」と思っ", "「もう嫌だ。」"),
        ("I see. Since 3.5 years it", "I see."),
        ("つらいですね", ""),
        ("\nつらい", ""),
        ("", ""),
    ],
)
def test_of_a_text_that_was_broken_off_whole_sentences_are_left(text, whole):
    assert whole_sentences(text) == whole


def test_a_sample_is_the_whole_history_and_the_next_turn():
    first, second = response_samples(a_dialogue(*TALK, id="123"))
    assert [(message.role, message.content) for message in first.messages] == [
        ("system", INSTRUCTIONS["ja"]),
        ("assistant", "こんにちは"),
        ("user", "眠れません\nもう三日です"),
    ]
    assert first.target == "三日も\nつらいですね\n（聴いています）"
    assert [message.role for message in second.messages] == ["system", "assistant", "user", "assistant", "user"]
    assert second.target == "何がありましたか"


def test_the_id_names_the_first_utterance_of_the_answer():
    ids = [sample.id for sample in response_samples(a_dialogue(*TALK, id="chat:7"))]
    assert ids == ["chat:7:3", "chat:7:7"]
    assert {dialogue_of(id) for id in ids} == {"chat:7"}


def test_asked_for_the_client_a_sample_is_the_same_talk_seen_from_the_other_side():
    first, second = response_samples(a_dialogue(*TALK, id="123"), role=Role.CLIENT)
    assert [(message.role, message.content) for message in first.messages] == [
        ("system", CLIENT_INSTRUCTIONS["ja"]),
        ("user", "こんにちは"),
    ]
    assert (first.id, first.target) == ("123:1", "眠れません\nもう三日です")
    assert [message.role for message in second.messages] == ["system", "user", "assistant", "user"]
    assert (second.id, second.target) == ("123:6", "はい")


@given(utterances)
def test_every_turn_but_the_first_is_a_sample_of_one_role_or_the_other(talk):
    dialogue = Dialogue("1", tuple(talk))
    targets = {s.id: s.target for role in Role for s in response_samples(dialogue, role=role)}
    assert targets == {f"1:{turn.index}": turn.text for turn in merged_turns(talk)[1:]}


def test_only_a_header_of_the_clients_turns_names_the_role():
    assert b"role" not in msgspec.json.encode(response_header("test", 0)).replace(b"out_of_role", b"")
    header = response_header("test", 0, role=Role.CLIENT)
    assert b'"role":"client"' in msgspec.json.encode(header)
    assert "role=client" in signature("response:bleu", conditions(header, "greedy"))
    assert "|role=" not in signature("response:bleu", conditions(response_header("test", 0), "greedy"))


def test_an_opening_turn_has_no_history_and_is_no_sample():
    assert not list(response_samples(a_dialogue("counselor: こんにちは", "client: はい")))
    assert len(list(response_samples(a_dialogue("client: はい", "counselor: こんにちは")))) == 1


def test_without_talk_outside_the_role_ids_stay_and_neighbours_merge():
    talk = ("client: はい", "counselor: （少し待って）", "client: いいえ", "counselor: そうですか")
    with_it = list(response_samples(a_dialogue(*talk)))
    (without,) = response_samples(a_dialogue(*talk), keep_out_of_role=False)
    assert [sample.id for sample in with_it] == ["1:1", "1:3"]
    assert (without.id, without.messages[1].content) == ("1:3", "はい\nいいえ")


def test_the_instruction_may_be_asked_in_either_language_and_the_talk_stays():
    (ja, _), (en, _) = (list(response_samples(a_dialogue(*TALK), language=language)) for language in INSTRUCTIONS)
    assert ja.messages[0].content != en.messages[0].content
    assert ja.messages[1:] == en.messages[1:]
    assert ja.target == en.target


def test_a_header_names_the_joiner_and_without_a_part_no_seed():
    header = response_header(None, 3)
    assert (header.part, header.seed, header.joiner, header.out_of_role) == ("all", None, "newline", "kept")
    assert response_header("test", 3, joiner="space").joiner == "space"
    assert set(JOINERS) == {"newline", "space", "nothing"}


@pytest.mark.slow
def test_the_release_has_as_many_responses_as_are_known(corpus_path):
    of_all, of_test = 0, 0
    for dialogue in read_corpus(corpus_path):
        count = sum(1 for _ in response_samples(dialogue))
        of_all += count
        of_test += count if dialogue.feedback.total >= 99 else 0
    assert (of_all, of_test) == (231_769, 4_631)
