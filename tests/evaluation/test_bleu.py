"""BLEU: the same as sacrebleu's and NLTK's."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction
from nltk.translate.bleu_score import corpus_bleu as nltk_corpus
from nltk.translate.bleu_score import sentence_bleu as nltk_sentence
from sacrebleu.metrics.bleu import BLEU

from answers import previous_turns, words
from kokorochat.evaluation.bleu import bleu_counts, corpus_bleu, floored, sentence_bleu
from kokorochat.evaluation.words import load_tokenizer

WEIGHTS = [(1 / n,) * n for n in range(1, 5)]
pairs = st.lists(st.tuples(words, words), min_size=1, max_size=6)


def counted(pairs):
    return np.array([bleu_counts(answer, target) for answer, target in pairs], dtype=float)


def assert_like_the_libraries(pairs):
    """Ours, from 0 to 100, beside sacrebleu's and NLTK's."""
    counts = counted(pairs)
    total = counts.sum(axis=0)
    joined = [[" ".join(side) for side in sides] for sides in zip(*pairs, strict=True)]
    for n in range(1, 5):
        theirs = BLEU(tokenize="none", smooth_method="none", max_ngram_order=n, force=True)
        assert corpus_bleu(total)[n - 1] == pytest.approx(theirs.corpus_score(joined[0], [joined[1]]).score, abs=1e-6)
    smoothing = SmoothingFunction().method1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        of_corpus = nltk_corpus([[target] for _, target in pairs], [answer for answer, _ in pairs], WEIGHTS)
        of_each = [nltk_sentence([target], answer, WEIGHTS, smoothing) for answer, target in pairs]
    assert corpus_bleu(floored(counts).sum(axis=0)) == pytest.approx(100 * np.array(of_corpus), abs=1e-6)
    assert sentence_bleu(counts) == pytest.approx(100 * np.array(of_each), abs=1e-6)


@given(pairs)
def test_corpus_and_sentence_bleu_are_those_of_sacrebleu_and_nltk(pairs):
    assert_like_the_libraries(pairs)


@pytest.mark.slow
def test_they_agree_on_a_thousand_real_pairs(corpus_path):
    split = load_tokenizer("mecab-ipadic").words
    some = previous_turns(corpus_path)[:1000]
    assert_like_the_libraries([(split(answer.text), split(answer.target)) for answer in some])


@given(st.lists(words, min_size=1, max_size=5))
def test_equal_texts_have_a_full_corpus_bleu_of_every_order_that_they_are_long_enough_for(texts):
    total = counted([(text, text) for text in texts]).sum(axis=0)
    longest = max(map(len, texts))
    assert corpus_bleu(total) == pytest.approx([100.0 if n <= longest else 0.0 for n in range(1, 5)])


@given(pairs)
def test_bleu_keeps_its_bounds(pairs):
    counts = counted(pairs)
    for bleu in (corpus_bleu(counts.sum(axis=0)), sentence_bleu(counts)):
        assert (bleu >= 0).all()
        assert (bleu <= 100 + 1e-9).all()


def test_no_answer_at_all_has_a_bleu_of_0():
    counts = counted([([], ["a", "b"]), ([], [])])
    assert corpus_bleu(counts.sum(axis=0)).tolist() == [0, 0, 0, 0]
    assert sentence_bleu(counts).tolist() == [[0, 0, 0, 0]] * 2
