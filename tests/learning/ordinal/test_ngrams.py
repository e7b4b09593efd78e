"""N-grams as numbers: what is counted is what stands in the texts, and training sees what prediction sees."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.learning.lexicon import grams
from kokorochat.learning.ordinal.ngrams import vocabulary

TEXTS = st.lists(st.text("abあ\n😀\ud800", max_size=12), min_size=1, max_size=6)


def spelt(known):
    """The n-grams of a vocabulary as texts, in its order."""
    told = []
    for code in known.codes.tolist():
        numbers = [code >> 16 * place & 0xFFFF for place in (3, 2, 1, 0)]
        told.append("".join(chr(known.alphabet[number - 1]) for number in numbers if number))
    return told


@given(TEXTS, st.integers(1, 4), st.integers(1, 3))
def test_those_are_known_that_stand_in_enough_texts(texts, longest, fewest):
    known, _ = vocabulary(texts, longest, fewest)
    documents = Counter(gram for text in texts for gram in grams(text, longest))
    often = {gram for gram, count in documents.items() if count >= fewest}
    assert spelt(known) == sorted(often, key=lambda gram: (len(gram), gram))
    rarity = [np.log((1 + len(texts)) / (1 + documents[gram])) + 1 for gram in spelt(known)]
    assert known.idf == pytest.approx(rarity, rel=1e-6)


@given(TEXTS, st.integers(1, 4), st.integers(1, 3))
def test_the_vectors_of_training_are_those_of_prediction_to_the_bit(texts, longest, fewest):
    known, learnt = vocabulary(texts, longest, fewest)
    later = known.vectors(texts)
    for part in ("data", "indices", "indptr"):
        assert np.array_equal(getattr(learnt, part), getattr(later, part))


@given(TEXTS, st.text("abcあ\n", max_size=12))
def test_a_vector_is_tf_idf_of_length_1_and_passes_over_the_unknown(texts, new):
    known, _ = vocabulary(texts, 2, 1)
    counts = grams(new, 2)
    worth = [(1 + np.log(counts[g])) * w if counts[g] else 0 for g, w in zip(spelt(known), known.idf, strict=True)]
    length = np.linalg.norm(worth)
    assert known.vectors([new]).toarray()[0] == pytest.approx(np.array(worth) / (length or 1), abs=1e-6)


def test_without_a_frequent_n_gram_nothing_is_read():
    known, vectors = vocabulary(["ab", "cd"], 4, 2)
    assert len(known.codes) == 0
    assert vectors.shape == known.vectors(["ab", "cd"]).shape == (2, 0)
