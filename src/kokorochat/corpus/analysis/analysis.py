"""All that the figures, the page and `--json` show of a corpus, gathered in one reading of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kokorochat.corpus.analysis.histogram import Histogram, score_histogram
from kokorochat.corpus.analysis.people import People
from kokorochat.corpus.analysis.terms import characteristic_terms
from kokorochat.corpus.correlation import Correlation, correlations, spearman_matrix
from kokorochat.corpus.features import FEATURE_KEYS, dialogue_features
from kokorochat.corpus.sources.source import Entry, Source
from kokorochat.corpus.statistics import Statistics
from kokorochat.domain.feedback import HIGHEST_TOTAL, ITEM_KEYS
from kokorochat.domain.topic import Topic, TopicClass


@dataclass(frozen=True, slots=True)
class Spread:
    """Where a feature's values lie: the median and the middle half, over the dialogues that have it."""

    n: int
    low_quartile: float | None
    median: float | None
    high_quartile: float | None


@dataclass(frozen=True)
class Analysis:
    """What was found in a corpus.

    Attributes:
        statistics: as `corpus stats --json` prints them (Table 3).
        scores: of the dialogues that have one, in reading order.
        histogram: of these (Figure 3).
        spreads: of each feature, over all dialogues.
        tests: each feature's correlation with the score (Figure 4); of all features in any case.
        items: the keys of the questionnaire, empty without one; `item_spearman` their correlations, of shape
            (items, items), over `rated` dialogues (Figure 11).
        terms: the characteristic terms of each topic (Figure 2).
        people: age and gender, where a table of them was given (Figure 9).
    """

    source: Source
    statistics: dict[str, Any]
    scores: tuple[int, ...]
    histogram: Histogram
    spreads: dict[str, Spread]
    tests: dict[str, Correlation]
    items: tuple[str, ...]
    item_spearman: list[list[float | None]]
    rated: int
    terms: Mapping[TopicClass, list[str]]
    people: People | None = None

    @property
    def is_release(self) -> bool:
        """Whether this is, by its format and size, the corpus that the paper's §4 describes."""
        paper = self.source.paper
        return self.has_paper_items and paper is not None and paper.dialogues == self.statistics["dialogues"]

    @property
    def has_paper_items(self) -> bool:
        """Whether the questionnaire is the paper's, D1 to D20."""
        return self.items == ITEM_KEYS

    @property
    def clusters(self) -> int:
        """The most clients, or dialogues without client ids, that a feature's correlation comes from."""
        return max((test.clusters for test in self.tests.values()), default=0)

    @property
    def by_client(self) -> bool:
        """Whether the corpus tells clients apart, so that they are the clusters."""
        return bool(self.statistics["speakers"]["client"])

    def item_pairs(self) -> dict[tuple[int, int], float | None]:
        """The correlation of each two items, by their positions from 0, the smaller one first."""
        size = len(self.item_spearman)
        return {(i, j): self.item_spearman[i][j] for i in range(size) for j in range(i + 1, size)}


@dataclass
class Gathering:
    """What is kept of each dialogue while a corpus is read: numbers, ids and the topic's few words, no talk."""

    source: Source
    statistics: Statistics = field(default_factory=Statistics)
    features: list[list[float]] = field(default_factory=list)
    scores: list[int | None] = field(default_factory=list)
    clients: list[str | None] = field(default_factory=list)
    ratings: list[Mapping[str, int]] = field(default_factory=list)
    topics: list[Topic] = field(default_factory=list)
    starts: set[datetime] = field(default_factory=set)
    latest: datetime | None = None

    def add(self, entry: Entry) -> None:
        """Take in one dialogue."""
        dialogue = entry.dialogue
        self.statistics.add(entry)
        self.features.append([np.nan if v is None else v for v in dialogue_features(dialogue).values()])
        self.scores.append(entry.score)
        self.clients.append(dialogue.client)
        if entry.ratings is not None:
            self.ratings.append(entry.ratings)
        if dialogue.topic is not None:
            self.topics.append(dialogue.topic)
        for utterance in (*dialogue.utterances[:1], *dialogue.utterances[-1:]):
            if utterance.time is not None:
                self.latest = max(utterance.time, self.latest or utterance.time)
        if dialogue.utterances and dialogue.utterances[0].time is not None:
            self.starts.add(dialogue.utterances[0].time)

    @property
    def dated(self) -> bool:
        """Whether the times are a clock's: where all sessions begin at one midnight, they count from its start."""
        return len(self.starts) > 1 or any(start.time() != time() for start in self.starts)

    @property
    def last_year(self) -> int | None:
        """The year of the last utterance; None where the corpus doesn't tell."""
        return self.latest.year if self.latest is not None and self.dated else None

    def analysis(self, people: People | None = None) -> Analysis:
        """What all dialogues together show."""
        scores = tuple(score for score in self.scores if score is not None)
        items = self._items()
        values = np.array(self.features, dtype=np.float64).reshape(-1, len(FEATURE_KEYS))
        scored = np.array([score is not None for score in self.scores], dtype=bool)
        columns = {key: values[:, index] for index, key in enumerate(FEATURE_KEYS)}
        if not self.dated:
            columns["start_hour"] = np.full(len(values), np.nan)
        ratings = np.array([[rating[item] for item in items] for rating in self.ratings], dtype=np.float64)
        return Analysis(
            source=self.source,
            statistics=self.statistics.summary(),
            scores=scores,
            histogram=score_histogram(scores, *self._possible_scores(items)),
            spreads={key: _spread(column) for key, column in columns.items()},
            tests=correlations(
                {key: column[scored] for key, column in columns.items()},
                np.array(scores, dtype=np.float64),
                self._clusters(),
            ),
            items=items,
            item_spearman=spearman_matrix(ratings) if items else [],
            rated=len(self.ratings),
            terms=characteristic_terms(self.topics),
            people=people,
        )

    def _items(self) -> tuple[str, ...]:
        """The questionnaire's items; where the source has none of its own, those that every rated dialogue has."""
        if not self.ratings:
            return ()
        if self.source.scale is not None:
            return self.source.scale.items
        return tuple(item for item in self.ratings[0] if all(item in rating for rating in self.ratings))

    def _possible_scores(self, items: tuple[str, ...]) -> tuple[int, int] | tuple[None, None]:
        """The lowest and highest possible score, where the questionnaire is known."""
        if items == ITEM_KEYS:
            return 0, HIGHEST_TOTAL
        scale = self.source.scale
        return (scale.lowest * len(items), scale.highest * len(items)) if scale is not None else (None, None)

    def _clusters(self) -> NDArray[np.int64]:
        """The client of each scored dialogue as a number; a dialogue without a client is one of its own."""
        numbers: dict[str | int, int] = {}
        found = [
            numbers.setdefault(index if client is None else client, len(numbers))
            for index, (score, client) in enumerate(zip(self.scores, self.clients, strict=True))
            if score is not None
        ]
        return np.array(found, dtype=np.int64)


def _spread(column: NDArray[np.float64]) -> Spread:
    there = column[~np.isnan(column)]
    if not len(there):
        return Spread(0, None, None, None)
    low, middle, high = (float(value) for value in np.quantile(there, (0.25, 0.5, 0.75)))
    return Spread(len(there), low, middle, high)


def gather(source: Source, entries: Iterable[Entry]) -> Gathering:
    """Read a corpus through once; one dialogue is held at a time."""
    gathering = Gathering(source)
    for entry in entries:
        gathering.add(entry)
    return gathering


def document(analysis: Analysis) -> dict[str, Any]:
    """The numbers under the names of docs/data-format.md; one that can't be told is None."""
    return {
        "statistics": analysis.statistics,
        "score_histogram": analysis.histogram.as_dict(),
        "feature_spearman": {key: test.rho for key, test in analysis.tests.items()},
        "feature_tests": {key: test.as_dict() for key, test in analysis.tests.items()},
        "feature_values": {
            key: {"n": s.n, "low_quartile": s.low_quartile, "median": s.median, "high_quartile": s.high_quartile}
            for key, s in analysis.spreads.items()
        },
        "items": list(analysis.items),
        "item_spearman": analysis.item_spearman,
        "topic_terms": {topic.value: terms for topic, terms in analysis.terms.items()},
    }
