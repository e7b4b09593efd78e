"""How well two labellings agree: Cohen's kappa, the confusion matrix, each class, and an interval by bootstrap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kokorochat.evaluation.resampling import LEVEL, Floats, Resampling, bootstrap_interval, cluster_numbers

RESAMPLES = 2000
"""Bootstrap samples behind an interval."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One dialogue under two labellings.

    Attributes:
        reference: the class that is held to be right.
        label: the class that is compared with it.
        group: whoever makes labels alike, such as the client; None counts as a group of its own.
    """

    reference: str
    label: str
    group: str | None = None


def agreement(pairs: Sequence[Pair], classes: Sequence[str], majority: str | None = None) -> dict[str, Any]:
    """How well labels agree with a reference. All shares are 0 to 1.

    Args:
        classes: all that there are, in the order of the matrix.
        majority: the class that a model without any input would always say; by default the reference's most frequent.

    Returns:
        `n`; `accuracy`, the share of equal labels; `kappa`, unweighted, None where it isn't defined: no dialogues, or
        one class alone in both; `interval{accuracy, kappa, level, by, groups}`, see `_interval`; `confusion`, a row for
        each class of the reference, a column for each label; `classes`, for each {class, reference, labels,
        precision, recall}, where a share of nothing is None; `majority{class, accuracy}`.
    """
    index = {name: place for place, name in enumerate(classes)}
    matrix = np.zeros((len(classes), len(classes)), dtype=np.int64)
    for pair in pairs:
        matrix[index[pair.reference], index[pair.label]] += 1
    rows, columns = matrix.sum(axis=1), matrix.sum(axis=0)
    (accuracy,), (kappa,) = _figures(matrix[None])
    if majority is None and pairs:
        majority = classes[int(rows.argmax())]
    return {
        "n": len(pairs),
        "accuracy": _known(accuracy),
        "kappa": _known(kappa),
        "interval": _interval(pairs, index),
        "confusion": matrix.tolist(),
        "classes": [
            {
                "class": name,
                "reference": int(rows[i]),
                "labels": int(columns[i]),
                "precision": _share(matrix[i, i], columns[i]),
                "recall": _share(matrix[i, i], rows[i]),
            }
            for i, name in enumerate(classes)
        ],
        "majority": {
            "class": majority,
            "accuracy": None if majority is None else _share(rows[index[majority]], len(pairs)),
        },
    }


def _share(part: Any, whole: Any) -> float | None:
    return float(part / whole) if whole else None


def _figures(matrices: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Accuracy and kappa of each matrix, shape (matrices, classes, classes); nan where they aren't defined.

    Kappa is (observed - expected) / (1 - expected), here in whole numbers up to the last division, so that a chance
    agreement of exactly 1 is seen as such.
    """
    n, equal = matrices.sum(axis=(1, 2)), matrices.trace(axis1=1, axis2=2)
    expected = (matrices.sum(axis=1) * matrices.sum(axis=2)).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return equal / n, (n * equal - expected) / (n * n - expected)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _interval(pairs: Sequence[Pair], index: dict[str, int]) -> dict[str, Any] | None:
    """Percentile bootstrap over groups: one client's dialogues are alike, so they are drawn together or not at all.

    None with fewer than two groups. Draws in which a figure isn't defined are left out of its interval.
    """
    places = cluster_numbers([pair.group for pair in pairs])
    groups = max(places, default=-1) + 1
    if groups < 2:
        return None
    size = len(index)
    counts = np.zeros((groups, size * size))
    for place, pair in zip(places, pairs, strict=True):
        counts[place, index[pair.reference] * size + index[pair.label]] += 1
    drawn = (Resampling(RESAMPLES).drawn(groups) @ counts).astype(np.int64)
    accuracy, kappa = bootstrap_interval(np.stack(_figures(drawn.reshape(RESAMPLES, size, size)), axis=1))
    return {
        "accuracy": accuracy,
        "kappa": kappa,
        "level": LEVEL,
        "by": "dialogue" if all(pair.group is None for pair in pairs) else "client",
        "groups": groups,
    }
