"""What ACC, ACC_soft and MAE don't show of predicted ratings: chance, order, bias, and whether probabilities hold.

"Always 3" has an ACC_soft of 75 on the release; a kappa of 0 tells what it is worth.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import isfinite
from statistics import fmean
from typing import Any

from kokorochat.domain.feedback import HIGHEST, LOWEST

VALUES = range(LOWEST, HIGHEST + 1)

BINS = 10
"""Of equal width, for the expected calibration error."""


def weighted_kappa(due: Sequence[int], said: Sequence[int]) -> float | None:
    """Cohen's kappa with quadratic weights: 1 for equal ratings, 0 for what the two distributions give by chance.

    None where chance leaves nothing to disagree on: nothing rated, or both sides always the same one value.
    """
    # In whole numbers, so that a constant answer has a kappa of exactly 0.
    observed = len(due) * sum((a - b) ** 2 for a, b in zip(due, said, strict=True))
    of_due, of_said = Counter(due), Counter(said)
    expected = sum(n * m * (a - b) ** 2 for a, n in of_due.items() for b, m in of_said.items())
    return 1 - observed / expected if expected else None


def rank_correlation(due: Sequence[float], said: Sequence[float]) -> float | None:
    """Spearman's rho; None for fewer than two pairs, or if one side is constant."""
    if len(set(due)) < 2 or len(set(said)) < 2:
        return None
    from scipy.stats import spearmanr

    return float(spearmanr(due, said).statistic)


def usable_probabilities(values: Any) -> list[float] | None:
    """Six probabilities for 0 to 5 that sum to 1, to a thousandth; None if `values` are none."""
    if not isinstance(values, Sequence) or isinstance(values, str | bytes) or len(values) != len(VALUES):
        return None
    if not all(type(value) in (int, float) and isfinite(value) and value >= 0 for value in values):
        return None
    return [float(value) for value in values] if abs(sum(values) - 1) <= 1e-3 else None


def reliability(rows: Sequence[tuple[int, Sequence[float]]]) -> list[dict[str, float]]:
    """How often the likeliest value (the lowest of several) was right, and how often it was said to be, in ten bins.

    Args:
        rows: (what was due, six probabilities).

    Returns:
        `n`, mean `confidence` and `accuracy` (0–1) for each bin that isn't empty.
    """
    bins: dict[int, list[tuple[float, bool]]] = {}
    for due, probabilities in rows:
        confidence = max(probabilities)
        right = probabilities.index(confidence) == due
        bins.setdefault(min(BINS - 1, int(confidence * BINS)), []).append((confidence, right))
    return [
        {"n": len(some), "confidence": fmean(c for c, _ in some), "accuracy": fmean(right for _, right in some)}
        for _, some in sorted(bins.items())
    ]


def calibration_error(rows: Sequence[tuple[int, Sequence[float]]]) -> float | None:
    """The expected calibration error (Guo et al. 2017), 0–1: the mean gap of `reliability`, weighted by the bins."""
    if not rows:
        return None
    return sum(one["n"] * abs(one["confidence"] - one["accuracy"]) for one in reliability(rows)) / len(rows)


def ranked_probability_score(rows: Sequence[tuple[int, Sequence[float]]]) -> float | None:
    """The mean squared gap between cumulative probabilities and what came, summed over the steps 0–5; 0 is perfect.

    A proper score; the calibration error alone is low, too, for one who says the same of every dialogue.
    """
    if not rows:
        return None
    return fmean(
        sum((p - (due <= value)) ** 2 for value, p in zip(VALUES, accumulate(probabilities), strict=True))
        for due, probabilities in rows
    )


def calibration(pairs: Sequence[tuple[Mapping[str, int], Mapping[str, Any] | None]], keys: Sequence[str]) -> Any:
    """The figures of probabilities, item by item; None if no answer has any.

    Args:
        pairs: (what was due, {key: six probabilities} or None) for each answer.

    Returns:
        `n` item values with usable probabilities, `unusable` ones, `items` {key: {ece, rps}} and the `reliability` of
        all together.
    """
    there = [(due, said) for due, said in pairs if said is not None]
    if not there:
        return None
    rows = {
        key: [(due[key], p) for due, said in there if (p := usable_probabilities(said.get(key))) is not None]
        for key in keys
    }
    n = sum(map(len, rows.values()))
    return {
        "n": n,
        "unusable": len(there) * len(keys) - n,
        "items": {
            key: {"ece": calibration_error(some), "rps": ranked_probability_score(some)} for key, some in rows.items()
        },
        "reliability": reliability([row for some in rows.values() for row in some]),
    }
