"""Spearman's rank correlation, with intervals and p-values that know that one rater gives many ratings.

Dialogues of one client are not independent: 38 % of the variance of KokoroChat's scores lies between clients. So whole
clients are drawn again in the bootstrap, not dialogues. Ranks are taken once, over all dialogues, and kept in every
draw. A draw then needs of each client only six sums (n, Σx, Σy, Σx², Σy², Σxy), and two thousand draws are one product
of matrices. What is taken as random is who the clients are; dialogues that share a counselor count as independent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

Floats = NDArray[np.float64]

DRAWS, SEED = 2000, 20250727
"""The bootstrap's size and its fixed seed: the same corpus gives the same digits."""

LEVEL = 0.95
"""The intervals' level, each taken by itself."""

FEWEST_CLUSTERS = 10
"""With fewer clients than this a bootstrap over them says nothing; ρ then stands alone."""

_CELLS = 4_000_000
"""How many weights are held at once, so that memory stays small where every dialogue is its own cluster."""


@dataclass(frozen=True, slots=True)
class Correlation:
    """One rank correlation. Whatever can't be told is None.

    Attributes:
        rho: Spearman's ρ; None with fewer than two values, or if all are equal.
        low: the lower end of the 95 % interval; `high` the upper.
        p: of ρ = 0, two-sided; `p_adjusted` after Holm over all features tested together.
        n: the dialogues in which both values are there.
        clusters: the clients (or dialogues, without client ids) that these come from.
    """

    rho: float | None
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None
    n: int
    clusters: int

    def as_dict(self) -> dict[str, float | int | None]:
        """The correlation as it is printed by `--json`."""
        return asdict(self)


def ranks(values: Floats) -> Floats:
    """Ranks from 1, equal values sharing the mean of theirs; shape (n,), no nan."""
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    mean = last - (counts - 1) / 2
    return np.asarray(mean[where], dtype=np.float64)


def spearman(x: Floats, y: Floats) -> float | None:
    """Spearman's ρ of two columns of equal length: Pearson's r of their ranks. None if one doesn't vary."""
    return _pearson(ranks(x), ranks(y))


def _pearson(x: Floats, y: Floats) -> float | None:
    if len(x) < 2:
        return None
    x, y = x - x.mean(), y - y.mean()
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return min(1.0, max(-1.0, float(x @ y) / spread)) if spread > 0 else None


def spearman_matrix(columns: Floats) -> list[list[float | None]]:
    """ρ of every pair of columns; shape (n, k) → k lists of k. None where a column doesn't vary."""
    ranked = [ranks(column) for column in columns.T]
    size = len(ranked)
    matrix: list[list[float | None]] = [[None] * size for _ in range(size)]
    for i in range(size):
        for j in range(i, size):
            matrix[i][j] = matrix[j][i] = _pearson(ranked[i], ranked[j])
    return matrix


def holm(ps: Sequence[float | None]) -> list[float | None]:
    """p-values adjusted by Holm's step-down rule over all that are there; None stays None.

    The smallest is multiplied by their number m, the next by m − 1, and so on; none gets smaller than one before it,
    none larger than 1. So the chance that any true null is rejected stays below the level.
    """
    order = sorted((p, index) for index, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    highest = 0.0
    for step, (p, index) in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - step) * p))
        adjusted[index] = highest
    return adjusted


def correlations(columns: Mapping[str, Floats], score: Floats, clusters: NDArray[np.int64]) -> dict[str, Correlation]:
    """ρ of each column with the score, with interval and p-values.

    The standard error is that of the bootstrap's draws on Fisher's scale, z = artanh ρ. The interval is
    z ± t·SE and p that of z / SE, both by Student's t with one degree of freedom less than there are clusters, so an
    interval and its (unadjusted) p always agree.

    Args:
        columns: by name, shape (n,), nan where a dialogue lacks the value.
        score: shape (n,), no nan.
        clusters: shape (n,), the client of each dialogue as a number from 0 without holes.
    """
    found = {name: _rank_pair(column, score, clusters) for name, column in columns.items()}
    errors = _standard_errors([pair for _, pair in found.values()], int(clusters.max()) + 1 if len(clusters) else 0)
    singles = {}
    for (name, (rho, pair)), error in zip(found.items(), errors, strict=True):
        count = len(np.unique(pair.clusters))
        singles[name] = Correlation(rho, *_fisher(rho, error, count), None, len(pair.clusters), count)
    adjusted = holm([single.p for single in singles.values()])
    return {
        name: Correlation(s.rho, s.low, s.high, s.p, p, s.n, s.clusters)
        for (name, s), p in zip(singles.items(), adjusted, strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Pair:
    """The centred ranks of a column and of the score where both are there, and the clusters of these rows."""

    x: Floats
    y: Floats
    clusters: NDArray[np.int64]

    def sums(self, clusters: int) -> Floats:
        """n, Σx, Σy, Σx², Σy², Σxy of each cluster; shape (clusters, 6)."""
        x, y = self.x, self.y
        parts = (np.ones_like(x), x, y, x * x, y * y, x * y)
        return np.stack([np.bincount(self.clusters, part, clusters) for part in parts], axis=1)


def _rank_pair(column: Floats, score: Floats, clusters: NDArray[np.int64]) -> tuple[float | None, _Pair]:
    there = ~np.isnan(column)
    x, y = ranks(column[there]), ranks(score[there])
    pair = _Pair(x - x.mean() if len(x) else x, y - y.mean() if len(y) else y, clusters[there])
    return _pearson(x, y), pair


def _standard_errors(pairs: Sequence[_Pair], clusters: int) -> Floats:
    """The standard deviation of artanh ρ over the draws, for each pair; nan where a draw can't be told."""
    if not pairs or clusters < FEWEST_CLUSTERS:
        return np.full(len(pairs), np.nan)
    sums = np.concatenate([pair.sums(clusters) for pair in pairs], axis=1)
    random = np.random.default_rng(SEED)
    even = np.full(clusters, 1 / clusters)
    drawn = []
    left = DRAWS
    while left:
        rows = min(left, max(1, _CELLS // clusters))
        drawn.append(random.multinomial(clusters, even, size=rows) @ sums)
        left -= rows
    n, x, y, xx, yy, xy = np.moveaxis(np.concatenate(drawn).reshape(DRAWS, len(pairs), 6), 2, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = (n * xy - x * y) / np.sqrt((n * xx - x * x) * (n * yy - y * y))
        return np.asarray(np.std(np.arctanh(rho), axis=0, ddof=1), dtype=np.float64)


def _fisher(rho: float | None, error: float, clusters: int) -> tuple[float | None, float | None, float | None]:
    """Low, high and p from the standard error on Fisher's scale."""
    if rho is None or abs(rho) >= 1 or not np.isfinite(error) or error <= 0 or clusters < FEWEST_CLUSTERS:
        return None, None, None
    z, freedom = float(np.arctanh(rho)), clusters - 1
    reach = float(stdtrit(freedom, (1 + LEVEL) / 2)) * error
    p = 2 * float(stdtr(freedom, -abs(z) / error))
    return float(np.tanh(z - reach)), float(np.tanh(z + reach)), p
