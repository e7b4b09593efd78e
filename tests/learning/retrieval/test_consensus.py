"""Minimum Bayes risk: its counts are those of the metrics, and what most replies say wins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.evaluation.ngrams import common_subsequence, ngrams
from kokorochat.evaluation.rouge import rouge
from kokorochat.learning.retrieval.consensus import (
    LONGEST,
    Utility,
    common_subsequences,
    expected_utility,
    shared_grams,
)

REPLIES = st.lists(st.lists(st.integers(0, 6), max_size=12), min_size=1, max_size=6)


def arrays(replies):
    return [np.array(words, dtype=np.int32) for words in replies]


@given(REPLIES, st.sampled_from([1, 2]))
def test_grams_are_shared_as_often_as_they_stand_in_both(replies, n):
    shared = shared_grams(arrays(replies), n)
    for one, row in zip(replies, shared, strict=True):
        assert row.tolist() == [(ngrams(one, n) & ngrams(other, n)).total() for other in replies]


@given(REPLIES, REPLIES)
def test_common_subsequences_are_those_of_the_metric(some, others):
    found = common_subsequences(arrays(some), arrays(others))
    assert found.tolist() == [[common_subsequence(one, other) for other in others] for one in some]


def test_of_a_long_reply_the_first_64_words_are_compared():
    long = np.arange(LONGEST + 30, dtype=np.int32)
    assert common_subsequences([long], [long]).tolist() == [[LONGEST]]
    assert common_subsequences([long], [long[LONGEST:]]).tolist() == [[0]]


@given(REPLIES, st.data())
def test_worth_is_the_weighted_mean_of_rouge(replies, data):
    weights = np.array(data.draw(st.lists(st.floats(0, 1), min_size=len(replies), max_size=len(replies))))
    best, worth = expected_utility(arrays(replies), weights, Utility(0.4, 0.3, 0.3), len(replies))
    assert sorted(best.tolist()) == list(range(len(replies)))
    for place, value in zip(best, worth, strict=True):
        scores = np.array([rouge(replies[place], other) for other in replies]) / 100
        assert value == pytest.approx(weights @ scores @ [0.4, 0.3, 0.3])


def test_what_most_replies_say_in_other_words_beats_what_one_says():
    pool = arrays([[1, 2, 3, 4], [9, 9, 9], [1, 2, 3, 5], [1, 2, 3, 6, 7]])
    best, worth = expected_utility(pool, np.ones(4), Utility(1, 1, 1), 4)
    assert best[np.argmax(worth)] == 0
    heavy = np.array([1.0, 50.0, 1.0, 1.0])
    best, worth = expected_utility(pool, heavy, Utility(1, 1, 1), 4)
    assert best[np.argmax(worth)] == 1
