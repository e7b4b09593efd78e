"""The figures of a dataset card, counted from the released dialogues themselves."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from kokorochat.corpus.out_of_role import out_of_role
from kokorochat.corpus.release.cells import FEWEST, shown
from kokorochat.corpus.sources.source import Entry
from kokorochat.corpus.statistics import Statistics
from kokorochat.domain.feedback import CHECKS, HIGHEST_TOTAL
from kokorochat.domain.topic import TopicClass

BIN = 10
"""Points of a score that one row of the distribution covers; the full hundred has its own."""


@dataclass(frozen=True)
class Figures:
    """What a card prints; a count that must not be shown is None.

    Attributes:
        summary: as `corpus stats` gives it (paper Table 3), every count exact.
        topics: dialogues by topic, most first.
        scores: dialogues by score, in steps of ten: "0–9" … "90–99", "100"; empty without feedback.
        totals: dialogues by what the checks did to the total (paper A.3): whole, half, zero; empty without feedback.
        rated: dialogues with a score.
        ratings: {item: (ratings, mean, standard deviation)} where ten or more rated it.
        outside: messages outside the role-play, by their brackets, marks and words (`out_of_role`).
    """

    summary: dict[str, Any]
    topics: dict[TopicClass, int | None]
    scores: dict[str, int | None]
    totals: dict[str, int | None]
    rated: int
    ratings: dict[str, tuple[int, float, float]]
    outside: int


def figures_of(entries: Iterable[Entry]) -> Figures:
    """Count each entry once."""
    statistics = Statistics()
    scores: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    ratings: dict[str, list[int]] = {}
    outside = 0
    for entry in entries:
        statistics.add(entry)
        feedback = entry.dialogue.feedback
        if feedback is not None:
            scores[_bin(feedback.total)] += 1
            totals[_effect(feedback.checks)] += 1
        for item, value in (entry.ratings or {}).items():
            ratings.setdefault(item, []).append(value)
        outside += len(out_of_role(entry.dialogue))
    bins = [_bin(low) for low in range(0, HIGHEST_TOTAL + 1, BIN)] if scores else []
    return Figures(
        summary=statistics.summary(),
        topics=shown(dict(statistics.topics.most_common())),
        scores=shown({name: scores[name] for name in bins}),
        totals=shown({name: totals[name] for name in ("whole", "half", "zero")} if totals else {}),
        rated=len(statistics.scores),
        ratings={item: _spread(values) for item, values in ratings.items() if len(values) >= FEWEST},
        outside=outside,
    )


def _bin(score: int) -> str:
    low = score - score % BIN
    return f"{low}–{low + BIN - 1}" if low < HIGHEST_TOTAL else str(HIGHEST_TOTAL)


def _effect(checks: frozenset[str]) -> str:
    effects = {check.effect for check in CHECKS if check.key in checks}
    return "zero" if "zero" in effects else "half" if "half" in effects else "whole"


def _spread(values: Sequence[int]) -> tuple[int, float, float]:
    return len(values), fmean(values), stdev(values)
