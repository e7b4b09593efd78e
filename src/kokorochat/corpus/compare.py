"""The paper's Table 1 from the data: what each corpus holds, beside what the paper prints of it.

docs/figures/table-1.md defines the columns, the units and the states.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from kokorochat.corpus.reading import SOURCES, Corpus, find_corpora
from kokorochat.corpus.sources.source import BOTH_HUMAN, Entry, Source, Table1Row
from kokorochat.domain.errors import InputError

REPRODUCED = "reproduced"
DIFFERS = "differs"
PARTIAL = "partial"
UNREADABLE = "unreadable"
UNRELEASED = "unreleased"
NOT_GIVEN = "not given"
NOT_IN_TABLE = "not in Table 1"

UTTERANCE = "utterance"
RUN = "run"
"""Neighbouring utterances of one role, counted as one."""


@dataclass
class Count:
    """What was counted of one corpus; `add` each of its rows once.

    Attributes:
        lengths: how long all dialogues are together, by unit.
        unreadable: rows that could not be used.
        first_fault: why, of the first of them.
    """

    source: Source
    path: str
    dialogues: int = 0
    scored: int = 0
    lengths: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    first_fault: InputError | None = None

    def add(self, row: Entry | InputError) -> None:
        """Count one dialogue, or one row that could not be used."""
        if isinstance(row, InputError):
            self.unreadable += 1
            self.first_fault = self.first_fault or row
            return
        self.dialogues += 1
        self.scored += row.score is not None
        self.lengths[UTTERANCE] += len(row.dialogue.utterances)
        self.lengths[RUN] += sum(1 for _ in groupby(row.dialogue.utterances, key=lambda utterance: utterance.role))
        self.lengths.update(row.counts)

    def average(self, unit: str) -> float | None:
        """Units per dialogue; None without dialogues."""
        return self.lengths[unit] / self.dialogues if self.dialogues else None

    def other_units(self) -> dict[str, float]:
        """Averages in the units that Table 1 does not use for this corpus."""
        units = [unit for unit in self.lengths if unit != self.source.unit]
        return {unit: self.lengths[unit] / self.dialogues for unit in units}


def count_corpus(corpus: Corpus, rows: Iterable[Entry | InputError]) -> Count:
    """All rows of a corpus counted, one at a time.

    Args:
        rows: the corpus' rows, perhaps with a progress bar around them.
    """
    count = Count(corpus.source, str(corpus.path))
    for row in rows:
        count.add(row)
    return count


def corpora_to_compare(specs: Sequence[str]) -> list[Corpus]:
    """The corpora at all the places, each found before one of them is read.

    A corpus that was not released may be named: it has its row in the table anyway.

    Raises:
        InputError: at one of the places is nothing, or nothing that is recognised.
    """
    unreleased = {source.format for source in SOURCES if source.unreleased}
    given = [spec for spec in specs if spec.partition("=")[0] not in unreleased]
    return [corpus for spec in given for corpus in find_corpora(spec)]


def table_1(counts: Sequence[Count]) -> list[dict[str, Any]]:
    """The rows of the table: the paper's in its order, then the corpora that are not in it.

    A row of the paper whose corpus was not given is there with the paper's figures alone, so that the table is whole.
    """
    rows = []
    for source in SOURCES:
        given = [count for count in counts if count.source is source]
        if source.paper is not None and not given:
            state = (UNRELEASED, source.unreleased) if source.unreleased else (NOT_GIVEN, "")
            rows.append(_row(source, None, *state))
        rows += [_row(source, count, *_state(count, source.paper)) for count in given if source.paper is not None]
    others = [count for count in counts if count.source.paper is None]
    return rows + [_row(count.source, count, *_state(count, None)) for count in others]


def _row(source: Source, count: Count | None, status: str, reason: str) -> dict[str, Any]:
    paper = source.paper
    return {
        "name": source.name,
        "format": source.format,
        "path": count.path if count else None,
        "publisher": source.publisher,
        "licence": source.licence,
        "human_made": human_made(source),
        "scored": source.scale is not None if count else paper is not None and paper.scored,
        "n_scored": count.scored if count else None,
        "score_items": _items(source) if count else paper and paper.items,
        "language": source.language,
        "dialogues": count.dialogues if count else None,
        "avg_utterances": count.average(source.unit) if count else None,
        "count_unit": source.unit,
        "other_units": count.other_units() if count else {},
        "unreadable": count.unreadable if count else 0,
        "paper": {
            "dialogues": paper and paper.dialogues,
            "avg_utterances": paper and paper.average,
        },
        "status": status,
        "reason": reason,
    }


def human_made(source: Source) -> bool | str | None:
    """True or false for both roles alike, else the role that was a person, as "client only"; None if not known."""
    if source.human is None or len(source.human) == 1:
        return f"{next(iter(source.human)).value} only" if source.human else None
    return source.human == BOTH_HUMAN


def _items(source: Source) -> int | None:
    return len(source.scale.items) if source.scale else None


def _state(count: Count, paper: Table1Row | None) -> tuple[str, str]:
    """(status, reason) of a corpus that was read. What could not be read outweighs everything else."""
    if count.first_fault is not None:
        rows = count.dialogues + count.unreadable
        return UNREADABLE, f"{count.unreadable:,} of {rows:,} rows can't be used; the first: {count.first_fault}"
    if paper is None:
        released = count.source.released or 0
        lacking = f"{count.dialogues:,} of the {released:,} dialogues of the release are there"
        stated = count.source.stated or count.dialogues
        unlike = f"{count.dialogues:,} dialogues are there, its publisher's README counts {stated:,}"
        told = unlike if count.dialogues != stated else ""
        return (PARTIAL, lacking) if count.dialogues < released else (NOT_IN_TABLE, told)
    differences = list(_differences(count, paper))
    if count.dialogues < paper.dialogues:
        lacking = f"{count.dialogues:,} of {paper.dialogues:,} dialogues are there"
        return PARTIAL, "; ".join([lacking, *differences])
    return (DIFFERS, "; ".join(differences)) if differences else (REPRODUCED, "")


def _differences(count: Count, paper: Table1Row) -> Iterator[str]:
    """Where the data don't give what the paper prints, to its digits, and why as far as the data tell."""
    source = count.source
    if count.dialogues > paper.dialogues:
        what = f"{count.dialogues:,} dialogues, the paper prints {paper.dialogues:,}"
        rounded = paper.dialogues % 1000 == 0 and round(count.dialogues, -3) == paper.dialogues
        yield f"{what}, which is that number rounded to thousands" if rounded else what
    average = count.average(source.unit)
    if average is not None and not _prints_as(average, paper.average):
        met = [unit for unit, other in count.other_units().items() if _prints_as(other, paper.average)]
        why = f", which {plural(met[0])} would give" if met else ""
        yield f"{average:.1f} {plural(source.unit)} per dialogue, the paper prints {paper.average:.1f}{why}"
    if human_made(source) != paper.human_made:
        yield f"human-made is {human_made(source)}, the paper prints {paper.human_made}"
    if _items(source) != paper.items:
        yield f"{_items(source) or 'no'} score items, the paper prints {paper.items or 'none'}"
    if source.language != paper.language:
        yield f"the language is {source.language}, the paper prints {paper.language}"


def _prints_as(value: float, printed: float) -> bool:
    return f"{value:.1f}" == f"{printed:.1f}"


def plural(unit: str) -> str:
    """`labelled line` → `labelled lines`, `utterance before the response` → `utterances before the response`."""
    noun, before, rest = unit.partition(" before ")
    return f"{noun}s{before}{rest}"
