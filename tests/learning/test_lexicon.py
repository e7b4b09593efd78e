"""The lexicon: every n-gram is counted, and its vectors are those of scikit-learn."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.learning.lexicon import Lexicon, grams, lexicon


def test_vectors_are_those_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = ["ねむれません。", "それは、つらいですね。", "はい。はい。", "ああああ"]
    theirs = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True).fit(texts)
    ours = lexicon(texts, 2, 10_000)
    assert list(ours.index) == list(theirs.get_feature_names_out())
    assert ours.vectors(texts).toarray() == pytest.approx(theirs.transform(texts).toarray())


@given(st.text(), st.integers(1, 4))
def test_every_gram_of_a_text_is_counted(text, longest):
    counted = grams(text, longest)
    spans = [text[at : at + n] for n in range(1, longest + 1) for at in range(len(text) - n + 1)]
    assert counted == Counter(spans)


@given(st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_vectors_have_length_one_or_know_nothing(texts):
    known = lexicon(texts[:1], 2, 20)
    lengths = np.linalg.norm(known.vectors(texts).toarray(), axis=1)
    assert all(length == pytest.approx(1) or length == 0 for length in lengths)


def test_a_lexicon_keeps_the_most_frequent_grams():
    assert set(lexicon(["aab", "ab"], 1, 1).index) == {"a"}
    assert isinstance(lexicon([""], 2, 5), Lexicon)
