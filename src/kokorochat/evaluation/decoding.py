"""The decision that is best for one metric, from six probabilities; the lowest of several that are equally good."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate

from kokorochat.domain.feedback import HIGHEST, LOWEST

Probabilities = Sequence[float]

VALUES = range(LOWEST, HIGHEST + 1)


def mode(probabilities: Probabilities) -> int:
    """The likeliest value: best for ACC."""
    return max(VALUES, key=lambda value: probabilities[value - LOWEST])


def window(probabilities: Probabilities) -> int:
    """The value that is most likely missed by one at most: best for ACC_soft."""
    return max(VALUES, key=lambda value: sum(probabilities[max(0, value - LOWEST - 1) : value - LOWEST + 2]))


def median(probabilities: Probabilities) -> int:
    """The least value that is reached or fallen short of with a chance of one half: best for MAE."""
    half = sum(probabilities) / 2
    return next((v for v, below in zip(VALUES, accumulate(probabilities), strict=True) if below >= half), HIGHEST)


BEST_FOR: Mapping[str, Callable[[Probabilities], int]] = {"acc": mode, "acc_soft": window, "mae": median}
"""The decision for each metric."""
