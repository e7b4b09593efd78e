"""The paper's split for score prediction."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.splits import score_split
from kokorochat.domain.errors import InputError


@given(st.integers(10, 400), st.integers(0, 99))
def test_every_dialogue_is_in_exactly_one_part(count, seed):
    parts = score_split(range(count), seed)
    assert sorted(chain(*parts.values())) == list(range(count))
    assert len(parts["test"]) == len(parts["validation"]) == count // 10


def test_seeds_change_training_and_validation_but_not_the_test_part():
    one, two = score_split(range(100), 1), score_split(range(100), 2)
    assert one["test"] == two["test"]
    assert one["validation"] != two["validation"]
    assert score_split(range(100), 1, test_seed=5)["test"] != one["test"]


def test_the_release_gives_the_test_size_that_the_papers_table_8_implies():
    assert len(score_split(range(6589), 0)["test"]) == 658


def test_nine_dialogues_are_too_few():
    with pytest.raises(InputError, match="too few"):
        score_split(range(9), 0)
