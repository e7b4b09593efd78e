"""The course of a talk: lengths, waits and marks, of the whole and of its parts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.domain.dialogue import Role
from kokorochat.learning.ordinal.dynamics import FEATURES, MARK_NAMES, course, talk_of
from kokorochat.tasks.sample import Turn

TURNS = [
    Turn(Role.CLIENT, 0, "aaa"),
    Turn(Role.CLIENT, 100, "bb。"),
    Turn(Role.COUNSELOR, 130, "つらいですね？"),
    Turn(Role.COUNSELOR, 200, "d"),
]


def told(turns):
    return dict(zip(FEATURES, course(talk_of(turns)), strict=True))


def test_a_response_is_timed_from_the_end_of_one_run_to_the_start_of_the_next():
    found = told(TURNS)
    assert np.expm1(found["whole: counselor, mean seconds to answer"]) == pytest.approx(30)
    assert np.expm1(found["whole: counselor, mean seconds to go on"]) == pytest.approx(70)
    assert np.isnan(found["whole: client, mean seconds to answer"])
    assert found["whole: minutes"] == pytest.approx(200 / 60)


def test_lengths_and_marks_are_those_of_each_role():
    found = told(TURNS)
    assert np.expm1(found["whole: client, characters"]) == pytest.approx(6)
    assert found["whole: client, full stop"] == 0.5
    assert (found["whole: counselor, question"], found["whole: counselor, feelings"]) == (0.5, 0.5)
    assert (found["client opens"], found["client closes"], found["counselor closes"]) == (1, 0, 1)


def test_the_thirds_together_are_the_whole():
    parts = [
        told(TURNS[:3] * 5)[f"{part}: client, utterances"] for part in ("first third", "middle third", "last third")
    ]
    assert np.expm1(parts).sum() == pytest.approx(10)


turns = st.builds(
    Turn, st.sampled_from(Role), st.none() | st.floats(0, 1e6), st.text(max_size=10) | st.sampled_from(["？", "笑"])
)


@given(st.lists(turns, max_size=12), st.data())
def test_a_talk_without_an_utterance_is_counted_like_one_that_never_had_it(words, data):
    assert len(course(talk_of(words))) == len(FEATURES)
    if words:
        index = data.draw(st.integers(0, len(words) - 1))
        shorter = course(talk_of(words[:index] + words[index + 1 :]))
        assert np.array_equal(course(talk_of(words).without(index)), shorter, equal_nan=True)


@pytest.mark.parametrize("text", ["そうします^_^", "（＾_＾）", "(笑)", "なるほどww", "楽しい♪"])
def test_laughter_is_known_in_each_of_its_forms(text):
    assert talk_of([Turn(Role.CLIENT, None, text)]).marks[0][MARK_NAMES.index("laughter")]
    assert not talk_of([Turn(Role.CLIENT, None, "そうします_")]).marks[0][MARK_NAMES.index("laughter")]
