"""ROUGE: the same as that of the package rouge-score with the same words."""

import sys

import absl.logging
import pytest
from hypothesis import given
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenizers import Tokenizer

from answers import previous_turns, words
from kokorochat.evaluation.ngrams import common_subsequence
from kokorochat.evaluation.rouge import rouge
from kokorochat.evaluation.words import load_tokenizer

# rouge-score brings absl, whose handler closes the stream that pytest captures when logging is set up again.
absl.logging.get_absl_handler().python_handler.stream = sys.__stderr__


class Split(Tokenizer):
    """rouge-score's own tokenizer would keep a to z only, and leave nothing of Japanese."""

    def __init__(self, words=str.split):
        self.words = words

    def tokenize(self, text):
        return self.words(text)


def theirs(scorer, answer, target):
    scores = scorer.score(target, answer)
    return [100 * scores[name].fmeasure for name in ("rouge1", "rouge2", "rougeL")]


@given(words, words)
def test_rouge_is_that_of_rouge_score(answer, target):
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=Split())
    assert rouge(answer, target) == pytest.approx(theirs(scorer, " ".join(answer), " ".join(target)), abs=1e-6)


@pytest.mark.slow
def test_they_agree_on_a_thousand_real_pairs(corpus_path):
    split = load_tokenizer("mecab-ipadic").words
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=Split(split))
    for answer in previous_turns(corpus_path)[:1000]:
        ours = rouge(split(answer.text), split(answer.target))
        assert ours == pytest.approx(theirs(scorer, answer.text, answer.target), abs=1e-6)


@given(words)
def test_equal_texts_have_a_full_rouge_as_far_as_they_have_words(text):
    assert rouge(text, text) == [100.0 if text else 0.0, 100.0 if len(text) > 1 else 0.0, 100.0 if text else 0.0]


def test_rouge_score_itself_gives_0_for_equal_japanese_texts_unless_it_is_given_words():
    assert theirs(RougeScorer(["rouge1", "rouge2", "rougeL"]), "眠れません", "眠れません") == [0, 0, 0]
    ours = load_tokenizer("mecab-ipadic").words("眠れません")
    assert rouge(ours, ours) == [100, 100, 100]


@given(words, words)
def test_a_common_subsequence_is_found_bit_by_bit_as_by_the_textbook(one, other):
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    assert common_subsequence(one, other) == table[-1][-1]
