"""Times in order, length, gaps and runs."""

from datetime import timedelta

import pytest

from factories import a_dialogue
from kokorochat.corpus.checks.talk import Talk
from kokorochat.corpus.checks.timing import LONG_RUN, check_times, check_turns
from kokorochat.domain.dialogue import Dialogue, Utterance


def timed(*minutes: float) -> Dialogue:
    """A dialogue whose messages come so many minutes after the first."""
    plain = a_dialogue(*("はい",) * len(minutes))
    start = plain.utterances[0].time
    assert start is not None
    return Dialogue(
        "1",
        tuple(
            Utterance(u.role, start + timedelta(minutes=m), u.text)
            for u, m in zip(plain.utterances, minutes, strict=True)
        ),
    )


def found(dialogue: Dialogue) -> list[tuple[str, str, str]]:
    return [note[:3] for note in check_times(Talk(dialogue))]


def test_each_step_back_in_time_is_an_error_at_its_message():
    assert found(timed(0, 2, 1, 3, 2)) == [("error", "time-order", "1:2"), ("error", "time-order", "1:4")]


def test_ties_are_in_order():
    assert found(timed(0, 0, 1, 1)) == []


@pytest.mark.parametrize(("minutes", "codes"), [(135, []), (135.1, ["long"])])
def test_more_than_135_minutes_is_long(minutes, codes):
    steps = [minutes * step / 20 for step in range(21)]
    assert [code for _, code, _ in found(timed(*steps))] == codes


def test_the_longest_gap_is_named_at_the_message_that_ends_it():
    dialogue = timed(0, 12, 13, 40, 45)
    assert list(check_times(Talk(dialogue))) == [
        ("info", "long-gap", "1:3", "nobody wrote for 27.0 minutes before this, the longest of 2 such gaps")
    ]


def test_a_dialogue_with_some_times_missing_is_not_timed():
    dialogue = timed(5, 0)
    assert found(Dialogue("1", (*dialogue.utterances, Utterance(dialogue.utterances[0].role, None, "はい")))) == []


@pytest.mark.parametrize(("length", "codes"), [(LONG_RUN - 1, []), (LONG_RUN, ["long-run"])])
def test_many_messages_in_a_row_are_noticed(length, codes):
    words = ["counselor: こんにちは", *(f"client: はい{number}" for number in range(length)), "counselor: ええ"]
    assert [note[1] for note in check_turns(Talk(a_dialogue(*words)))] == codes


def test_the_same_words_twice_by_one_speaker_are_a_repeat_and_an_echo_is_none():
    dialogue = a_dialogue("client: はい", "counselor: はい", "counselor: はい", "client: ええ", "counselor: はい")
    assert [note[:3] for note in check_turns(Talk(dialogue))] == [("warning", "repeated-message", "1:2")]
