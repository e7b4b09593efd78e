"""Distinct-1 and Distinct-2 (Li et al. 2016): how many different n-grams all answers have together, for each n-gram."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kokorochat.evaluation.ngrams import ngrams

Floats = NDArray[np.float64]

NAMES = ("1", "2")
_SHARED = -1


def distinct(answers: Sequence[Sequence[str]]) -> list[float | None]:
    """Distinct-1 and Distinct-2 in percent, pooled over all answers; None where there is no n-gram at all."""
    return distinct_without(answers, range(len(answers)))[0]


def distinct_without(
    answers: Sequence[Sequence[str]], dialogues: Sequence[Hashable]
) -> tuple[list[float | None], Floats]:
    """Distinct-1 and Distinct-2 in percent, over all and over all but one dialogue.

    Args:
        dialogues: that of each answer.

    Returns:
        The two values of all answers, and shape (dialogues, 2): those when one dialogue is left out, in the order in
        which they first stand; nan where no n-gram would be left.
    """
    numbers: dict[Hashable, int] = {}
    at = [numbers.setdefault(dialogue, len(numbers)) for dialogue in dialogues]
    whole: list[float | None] = []
    without = []
    for n in (1, 2):
        owner: dict[Any, int] = {}
        totals = np.zeros(len(numbers))
        for place, words in zip(at, answers, strict=True):
            for gram, count in ngrams(words, n).items():
                totals[place] += count
                if owner.setdefault(gram, place) != place:
                    owner[gram] = _SHARED
        alone = np.bincount([place for place in owner.values() if place != _SHARED], minlength=len(numbers))
        total = totals.sum()
        whole.append(100 * len(owner) / float(total) if total else None)
        with np.errstate(divide="ignore", invalid="ignore"):
            without.append(100 * (len(owner) - alone) / (total - totals))
    return whole, np.stack(without, axis=1)
