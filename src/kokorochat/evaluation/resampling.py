"""How sure a number is: whole dialogues, or all of a client's, are drawn again, since likes are not independent."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVEL = 0.95
"""Of all intervals."""

_NORMAL = NormalDist()


@dataclass(frozen=True)
class Resampling:
    """How clusters are drawn again: dialogues, or all dialogues of a person.

    Attributes:
        resamples: how often as many as there are are drawn.
        seed: two systems under one seed are measured on the same draws.
        by: what a cluster is, such as "dialogue" or "client".
    """

    resamples: int = 1000
    seed: int = 0
    by: str = "dialogue"

    def drawn(self, clusters: int) -> Floats:
        """How often each cluster is drawn in each resample, shape (resamples, clusters)."""
        random = np.random.default_rng(self.seed)
        drawn = random.integers(0, clusters, size=(self.resamples, clusters))
        return np.stack([np.bincount(row, minlength=clusters) for row in drawn]).astype(np.float64)

    @property
    def signature(self) -> str:
        """For signatures."""
        return f"bootstrap of {self.by}s,{self.resamples},seed {self.seed}"


def cluster_numbers(names: Sequence[str | None]) -> list[int]:
    """The number of each thing's cluster, from 0 in the order in which clusters begin.

    Args:
        names: of the clusters; None is a cluster of its own.
    """
    known: dict[tuple[bool, str | int], int] = {}
    return [
        known.setdefault((name is None, place if name is None else name), len(known))
        for place, name in enumerate(names)
    ]


def bootstrap_interval(values: Floats) -> list[list[float] | None]:
    """The middle 95 % of each column of values, shape (resamples, figures), as [low, high] (percentile bootstrap).

    A draw in which a figure isn't defined (nan) is left out of its interval; None if it is defined in no draw.
    """
    known = np.any(~np.isnan(values), axis=0)
    low, high = np.nanquantile(np.where(known, values, 0.0), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return [[float(a), float(b)] if there else None for there, a, b in zip(known.tolist(), low, high, strict=True)]


def bootstrap_p(differences: Floats, difference: Floats) -> list[float]:
    """How often chance alone gives a difference as large as the one seen, for each figure (two-sided).

    The resampled differences are shifted to a mean of 0, as if the systems were equal (the paired bootstrap test of
    sacrebleu).

    Args:
        differences: shape (resamples, figures).
        difference: that of the whole, shape (figures,).
    """
    as_large = np.abs(differences - differences.mean(axis=0)) >= np.abs(difference)
    return [float(p) for p in (as_large.sum(axis=0) + 1) / (len(differences) + 1)]


def jackknife_error(without: Floats) -> float:
    """The standard error of a figure from its values without one dialogue, shape (dialogues,).

    For a figure that falls when a dialogue is drawn twice, as a count of different words does: there a bootstrap would
    answer for a smaller corpus.
    """
    count = len(without)
    return float(np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum()))


def normal_interval(value: float, error: float) -> list[float]:
    """[low, high] of a value by its standard error."""
    width = _NORMAL.inv_cdf((1 + LEVEL) / 2) * error
    return [value - width, value + width]


def normal_p(value: float, error: float) -> float:
    """The two-sided probability of a value as far from 0 if its true value is 0."""
    return 2 * _NORMAL.cdf(-abs(value) / error) if error > 0 else float(value == 0)
