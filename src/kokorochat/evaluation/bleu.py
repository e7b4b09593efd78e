"""BLEU (Papineni et al. 2002) from counts that add up, so that a corpus may be resampled without counting again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kokorochat.evaluation.ngrams import ngrams

Floats = NDArray[np.float64]

ORDERS = 4
"""BLEU-1 to BLEU-4: BLEU-n is the geometric mean of the precisions of 1- to n-grams, times the brevity penalty."""

_EPSILON = 0.1
"""What NLTK's `method1` puts in the place of a count of 0 (Chen and Cherry 2014)."""

MATCHES, TOTALS = slice(0, ORDERS), slice(ORDERS, 2 * ORDERS)
ANSWER_WORDS, TARGET_WORDS = 2 * ORDERS, 2 * ORDERS + 1
COLUMNS = 2 * ORDERS + 2
"""The columns of counts: n-grams that match, n-grams that there are (each for 1 to 4), words of answer and target."""


def bleu_counts(answer: Sequence[str], target: Sequence[str]) -> list[int]:
    """The counts of one answer, see COLUMNS. An n-gram matches as often as it stands in the target."""
    matches = [sum((ngrams(answer, n) & ngrams(target, n)).values()) for n in range(1, ORDERS + 1)]
    totals = [max(0, len(answer) - n + 1) for n in range(1, ORDERS + 1)]
    return [*matches, *totals, len(answer), len(target)]


def corpus_bleu(counts: Floats) -> Floats:
    """BLEU-1…4 in percent of counts that were summed over a corpus, without smoothing; as sacrebleu has it.

    Args:
        counts: shape (…, 10).

    Returns:
        Shape (…, 4); 0 where no n-gram of the order matches.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(counts[..., MATCHES] / counts[..., TOTALS])
        shorter = np.minimum(0.0, 1 - counts[..., TARGET_WORDS] / counts[..., ANSWER_WORDS])
    means = np.cumsum(np.where(counts[..., MATCHES] > 0, logs, -np.inf), axis=-1) / np.arange(1, ORDERS + 1)
    bleu: Floats = 100 * np.exp(means + np.where(counts[..., ANSWER_WORDS] > 0, shorter, 0.0)[..., None])
    return bleu


def floored(counts: Floats) -> Floats:
    """Counts as NLTK takes them: each answer has one n-gram at least, even one too short to have any."""
    changed = counts.copy()
    changed[..., TOTALS] = np.maximum(1, counts[..., TOTALS])
    return changed


def sentence_bleu(counts: Floats) -> Floats:
    """BLEU-1…4 in percent of single answers, smoothed as NLTK's `method1` does it.

    An answer of fewer than n words can't have a full BLEU-n under this smoothing, even if it equals its target.

    Args:
        counts: shape (answers, 10).

    Returns:
        Shape (answers, 4); 0 where no word matches.
    """
    changed = floored(counts)
    changed[..., MATCHES] = np.where(counts[..., MATCHES] == 0, _EPSILON, counts[..., MATCHES])
    return np.where(counts[..., :1] > 0, corpus_bleu(changed), 0.0)
