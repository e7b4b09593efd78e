"""The words by which one topic's descriptions differ from all others' (paper Figure 2, the outer keywords).

The paper's keywords sum up the dialogues' short descriptions (`topic.sub`) and are not released. Here they are
counted: a term is a run of two or more kanji, katakana or Latin letters, taken once from each dialogue, and the terms
of a topic are those with the highest z of the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and
Quinn 2008).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import log, sqrt
from typing import NamedTuple

from kokorochat.domain.topic import Topic, TopicClass

_TERM = re.compile(r"[\u3400-\u9fff々〆]{2,}|[ァ-ヴー]{2,}|[^\W\d_ぁ-ヿ\u3400-\u9fff]{2,}")

MOST_TERMS = 5
FEWEST_DIALOGUES = 5
"""A term that stands in fewer dialogues of the topic is chance, and might tell of somebody."""

LEAST_Z = 1.96


def terms(text: str) -> frozenset[str]:
    """The terms of a short description, Latin letters in lower case."""
    return frozenset(_TERM.findall(text.lower()))


def characteristic_terms(topics: Iterable[Topic]) -> dict[TopicClass, list[str]]:
    """For each topic that occurs, up to five terms, the most characteristic first; none for a topic alone.

    Of two terms of which one holds the other, only the more characteristic is given.
    """
    by_topic: dict[TopicClass, Counter[str]] = {}
    for topic in topics:
        by_topic.setdefault(topic.main, Counter()).update(terms(topic.sub))
    overall: Counter[str] = Counter()
    for counts in by_topic.values():
        overall.update(counts)
    return {topic: _most(counts, overall) for topic, counts in by_topic.items()}


def _most(counts: Mapping[str, int], overall: Counter[str]) -> list[str]:
    here, together = sum(counts.values()), overall.total()
    scored = []
    for term, count in counts.items():
        if count < FEWEST_DIALOGUES:
            continue
        # The prior weighs as much as one mention of each term of the corpus, so that rare terms don't win by chance.
        prior = _Mentions(len(overall) * overall[term] / together, len(overall))
        z = _z(_Mentions(count, here), _Mentions(overall[term] - count, together - here), prior)
        if z > LEAST_Z:
            scored.append((-z, term))
    chosen: list[str] = []
    for _, term in sorted(scored):
        if len(chosen) < MOST_TERMS and not any(term in other or other in term for other in chosen):
            chosen.append(term)
    return chosen


class _Mentions(NamedTuple):
    """How often a term is mentioned, of so many mentions of any term."""

    term: float
    all: float

    def log_odds(self) -> float:
        return log(self.term / (self.all - self.term))


def _z(here: _Mentions, elsewhere: _Mentions, prior: _Mentions) -> float:
    """The z of the log-odds ratio of a term here against elsewhere, the prior added to both; 0 if there is no other."""
    one = _Mentions(here.term + prior.term, here.all + prior.all)
    other = _Mentions(elsewhere.term + prior.term, elsewhere.all + prior.all)
    if one.term >= one.all or other.term >= other.all:
        return 0.0
    return (one.log_odds() - other.log_odds()) / sqrt(1 / one.term + 1 / other.term)
