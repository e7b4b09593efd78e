"""How a corpus' scores are distributed (paper Figure 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

_WIDTHS = (1, 2, 5, 10, 20, 50, 100)
_MOST_BINS = 12


@dataclass(frozen=True, slots=True)
class Bin:
    """The scores from `first` to `last`, both included, and how many dialogues have one of them."""

    first: int
    last: int
    count: int

    @property
    def label(self) -> str:
        """The bin in words: `60–69`, or `100` alone."""
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"


@dataclass(frozen=True, slots=True)
class Histogram:
    """The distribution of the scores; without any, no bins and no mean.

    Attributes:
        lowest: the lowest possible score, as far as it is known; `highest` the highest.
        deviation: the standard deviation, n − 1 in the denominator; None for fewer than two scores.
        skewness: the third standardised moment, below zero if the longer tail is on the left; None if all are equal.
    """

    bins: tuple[Bin, ...]
    lowest: int
    highest: int
    n: int
    mean: float | None
    median: float | None
    deviation: float | None
    skewness: float | None

    def as_dict(self) -> dict[str, Any]:
        """The histogram as it is printed by `--json`."""
        return {
            "bins": [{"from": bin.first, "to": bin.last, "count": bin.count} for bin in self.bins],
            "mean": self.mean,
            "median": self.median,
            "deviation": self.deviation,
            "skewness": self.skewness,
            "n": self.n,
        }


def score_histogram(scores: Sequence[int], lowest: int | None = None, highest: int | None = None) -> Histogram:
    """Bins of equal width from the lowest possible score, at most twelve; the last one ends at the highest.

    0 to 100 gives 0–9, …, 90–99 and 100 alone, as in the paper.

    Args:
        lowest: the lowest possible score; that of the data where it is not known or not kept to. So is `highest`.
    """
    if not scores:
        return Histogram((), 0, 0, 0, None, None, None, None)
    lowest = min(scores) if lowest is None else min(lowest, *scores)
    highest = max(scores) if highest is None else max(highest, *scores)
    span = highest - lowest + 1
    width = next((width for width in _WIDTHS if span <= width * _MOST_BINS), span)
    counts = [0] * -(-span // width)
    for score in scores:
        counts[(score - lowest) // width] += 1
    starts = range(lowest, highest + 1, width)
    bins = [Bin(start, min(start + width - 1, highest), count) for start, count in zip(starts, counts, strict=True)]
    mean = fmean(scores)
    squares = sum((score - mean) ** 2 for score in scores)
    cubes = sum((score - mean) ** 3 for score in scores)
    n = len(scores)
    return Histogram(
        bins=tuple(bins),
        lowest=lowest,
        highest=highest,
        n=n,
        mean=mean,
        median=median(scores),
        deviation=(squares / (n - 1)) ** 0.5 if n > 1 else None,
        skewness=(cubes / n) / (squares / n) ** 1.5 if len(set(scores)) > 1 else None,
    )
