"""A field of the index gives the cosine of TF-IDF, and only terms that are frequent enough and known count."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity

from kokorochat.learning.retrieval.field import build_field, terms_of

TEXTS = st.lists(st.lists(st.integers(0, 5), max_size=8), min_size=1, max_size=8)


def field_of(texts, fewest=1, words=6):
    return build_field(*terms_of([np.array(text, dtype=np.int32) for text in texts], words), len(texts), fewest)


def told(text, words=6):
    return Counter(terms_of([np.array(text, dtype=np.int32)], words)[0].tolist())


@given(TEXTS)
def test_similarities_are_cosines_of_tf_idf(texts):
    field = field_of(texts)
    counts = [told(text) for text in texts]
    terms = sorted(set().union(*counts))
    spread = np.array([sum(term in count for count in counts) for term in terms])
    dense = np.array([[1 + np.log(c[t]) if c[t] else 0 for t in terms] for c in counts]).reshape(len(texts), -1)
    dense = dense * np.log(len(texts) / spread) if terms else np.zeros((len(texts), 1))
    expected = cosine_similarity(dense)
    for text, row in zip(texts, expected, strict=True):
        assert field.similarities(told(text)) == pytest.approx(row, abs=1e-5)


def test_pairs_do_not_reach_into_the_next_text_or_across_a_word_that_is_not_known():
    def terms(*texts):
        return Counter(terms_of([np.array(text, dtype=np.int32) for text in texts], 6)[0].tolist())

    assert terms([1], [2]) == terms([1]) + terms([2])
    assert terms([1, 6, 2]) == terms([1]) + terms([2])
    assert terms([1, 2]).total() == 3


def test_a_text_without_a_known_term_is_like_nothing():
    field = field_of([[1, 2], [3]], words=6)
    assert field.similarities(told([4, 5])).tolist() == [0, 0]
    assert field.similarities({}).tolist() == [0, 0]


def test_a_term_that_stands_in_too_few_rows_is_not_known():
    field = field_of([[1, 2], [1, 3], [4]], fewest=2)
    assert len(field.terms) == 1
    assert field.similarities(told([2])).tolist() == [0, 0, 0]
