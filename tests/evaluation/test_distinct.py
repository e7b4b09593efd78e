"""Distinct-1 and Distinct-2 of all answers together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers import words
from kokorochat.evaluation.distinct import distinct, distinct_without

answers = st.lists(words, min_size=1, max_size=8)


def plain(texts):
    """The definition, word for word."""
    found = []
    for n in (1, 2):
        grams = [tuple(text[i : i + n]) for text in texts for i in range(len(text) - n + 1)]
        found.append(100 * len(set(grams)) / len(grams) if grams else None)
    return found


@given(answers)
def test_distinct_is_pooled_over_all_answers(texts):
    assert (
        distinct(texts) == pytest.approx(plain(texts)) if None not in plain(texts) else plain(texts) == distinct(texts)
    )


@given(answers, st.randoms())
def test_the_order_of_answers_does_not_matter(texts, random):
    assert distinct(random.sample(texts, len(texts))) == distinct(texts)


@given(answers)
def test_saying_everything_twice_halves_it(texts):
    for once, twice in zip(distinct(texts), distinct(texts * 2), strict=True):
        assert once is twice is None or twice == pytest.approx(once / 2)


@given(answers, st.data())
def test_what_is_left_without_a_dialogue_is_what_the_others_have(texts, data):
    dialogues = data.draw(st.lists(st.sampled_from("xyz"), min_size=len(texts), max_size=len(texts)))
    _, without = distinct_without(texts, dialogues)
    order = list(dict.fromkeys(dialogues))
    left = [plain([text for text, at in zip(texts, dialogues, strict=True) if at != name]) for name in order]
    # nan stands where nothing is left.
    assert without == pytest.approx(np.array(left, dtype=float), nan_ok=True)
