"""The counts of a corpus: paper Table 3, the screening of A.3 and the topics of Figure 2."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.dialogue import Role
from kokorochat.domain.feedback import CHECKS
from kokorochat.domain.topic import TopicClass

_SCREENING = dict(zip((check.key for check in CHECKS), ("harmful", "unethical", "unwilling"), strict=True))


@dataclass
class Statistics:
    """Running counts; `add` each dialogue once. Utterances are single messages, unmerged; lengths are code points."""

    dialogues: int = 0
    counselors: set[str] = field(default_factory=set)
    clients: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    utterances: Counter[Role] = field(default_factory=Counter)
    characters: Counter[Role] = field(default_factory=Counter)
    scores: list[int] = field(default_factory=list)
    screening: Counter[str] = field(default_factory=Counter)
    topics: Counter[TopicClass] = field(default_factory=Counter)

    def add(self, entry: Entry) -> None:
        """Count one dialogue."""
        dialogue = entry.dialogue
        self.dialogues += 1
        if dialogue.counselor is not None:
            self.counselors.add(dialogue.counselor)
        if dialogue.client is not None:
            self.clients.add(dialogue.client)
        if dialogue.counselor is not None and dialogue.client is not None:
            self.pairs.add((dialogue.counselor, dialogue.client))
        for role in Role:
            lengths = [len(utterance.text) for utterance in dialogue.utterances if utterance.role is role]
            self.utterances[role] += len(lengths)
            self.characters[role] += sum(lengths)
        if entry.score is not None:
            self.scores.append(entry.score)
        if dialogue.feedback is not None:
            self.screening.update(_SCREENING[key] for key in dialogue.feedback.checks)
            self.screening["any"] += bool(dialogue.feedback.checks)
        if dialogue.topic is not None:
            self.topics[dialogue.topic.main] += 1

    def summary(self) -> dict[str, Any]:
        """The figures under the names of docs/data-format.md; a mean over nothing is None."""
        return {
            "dialogues": self.dialogues,
            "speakers": {
                "total": len(self.counselors | self.clients),
                "counselor": len(self.counselors),
                "client": len(self.clients),
            },
            "pairs": len(self.pairs),
            "utterances": _by_role(self.utterances),
            "utterances_per_dialogue": {
                name: _ratio(count, self.dialogues) for name, count in _by_role(self.utterances).items()
            },
            "characters_per_utterance": {
                name: _ratio(count, _by_role(self.utterances)[name])
                for name, count in _by_role(self.characters).items()
            },
            "score": {
                "mean": fmean(self.scores) if self.scores else None,
                "median": median(self.scores) if self.scores else None,
            },
            "screening": {name: self.screening[name] for name in (*_SCREENING.values(), "any")},
            "topics": [
                {"topic": topic.value, "count": count, "percent": 100 * count / self.topics.total()}
                for topic, count in self.topics.most_common()
            ],
        }


def _by_role(counts: Counter[Role]) -> dict[str, int]:
    return {"total": counts.total(), **{role.value: counts[role] for role in Role}}


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def corpus_statistics(entries: Iterable[Entry]) -> dict[str, Any]:
    """The summary of all dialogues; holds one of them at a time."""
    statistics = Statistics()
    for entry in entries:
        statistics.add(entry)
    return statistics.summary()
