"""A corpus curated: the paper's filters with their reasons (§4), and talk outside the role tagged or left out.

docs/figures/curation.md defines the reasons, the kinds of talk and the files.
"""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from kokorochat import __version__
from kokorochat.corpus.filters import PAPER, Filters
from kokorochat.corpus.out_of_role import KINDS, out_of_role
from kokorochat.corpus.reading import Corpus
from kokorochat.corpus.sources import chat, kokorochat
from kokorochat.corpus.sources.containers import file_content
from kokorochat.corpus.sources.published import encode
from kokorochat.corpus.sources.source import Entry
from kokorochat.corpus.writing import check_free, new_folder
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import cell, writable

MANIFEST, TAGS, LINES = "curation.json", "out-of-role.csv", "dialogues.jsonl"

UNREADABLE, NOTHING_LEFT = "unreadable", "nothing-left"
"""Reasons beside those of the filters: a row that can't be used; a dialogue all of whose messages were left out."""

Rows = Iterable[Entry | InputError]


@dataclass(frozen=True, slots=True)
class Rule:
    """How a corpus is curated.

    Attributes:
        filters: judged on the dialogue as it was recorded, before anything is left out.
        leave_out: the kinds of talk outside the role that are left out; all kinds are tagged in any case.
        skip_unreadable: drop rows that can't be used, instead of refusing the corpus.
    """

    filters: Filters = PAPER
    leave_out: Collection[str] = ()
    skip_unreadable: bool = False

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why a dialogue may be dropped."""
        skipped = (UNREADABLE,) if self.skip_unreadable else ()
        return *skipped, *self.filters.names, *((NOTHING_LEFT,) if self.leave_out else ())

    def as_dict(self) -> dict[str, Any]:
        """The rule as the manifest shows it."""
        return {
            "fewest_utterances": self.filters.fewest_utterances,
            "fewest_minutes": self.filters.fewest_minutes,
            "all_alike": sorted(self.filters.all_alike),
            "leave_out_of_role": list(self.leave_out),
            "skip_unreadable": self.skip_unreadable,
        }


@dataclass
class Outcome:
    """What became of a corpus.

    Attributes:
        kept: the number of dialogues that were written.
        dropped: {reason: number of dialogues}; a dialogue with several reasons counts under the first.
        not_judged: kept dialogues that a filter couldn't judge: {"times" or "feedback": how many lack them}.
        out_of_role: messages of the kept dialogues outside the role, by kind.
        left_out: how many of them were left out.
    """

    kept: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    not_judged: Counter[str] = field(default_factory=Counter)
    out_of_role: Counter[str] = field(default_factory=Counter)
    left_out: int = 0

    def counts(self) -> dict[str, Any]:
        """The counts as the manifest and the command show them."""
        return {
            "kept": self.kept,
            "dropped": self.dropped,
            "not_judged": dict(self.not_judged),
            "out_of_role": {kind: self.out_of_role[kind] for kind in KINDS},
            "left_out": self.left_out,
        }


def curate(
    corpus: Corpus, out: Path, rule: Rule | None = None, command: str = "", progress: Callable[[Rows], Rows] = iter
) -> Outcome:
    """Write what is kept of a corpus to a new folder, which appears only when all is written.

    A corpus in the published shape is kept in that shape, to the byte where a file holds one dialogue of which nothing
    was left out; another is written as generic chat, without loss.

    Args:
        command: what was typed, for the manifest.
        progress: wraps the rows as they are read.

    Raises:
        InputError: a row can't be used and the rule doesn't skip it, an id is there twice, or `out` can't be written.
            Nothing is written then.
    """
    check_free(out)
    rule = rule or Rule()
    with new_folder(out) as folder:
        with (folder / TAGS).open("w", encoding="utf-8", newline="") as tags, _shape_of(corpus, folder) as kept:
            curator = _Curator(rule, kept, csv.writer(tags))
            for row in progress(corpus.rows()):
                curator.take(row)
        manifest = {
            "command": command,
            "version": __version__,
            "source": _source(corpus),
            "rule": rule.as_dict(),
            **curator.outcome.counts(),
            "dropped_dialogues": curator.dropped,
            "files": kept.digests(),
        }
        told = writable(json.dumps(manifest, ensure_ascii=False, indent=2))
        (folder / MANIFEST).write_text(told + "\n", encoding="utf-8")
    return curator.outcome


class _Curator:
    """Takes the rows one after the other, keeps or drops them, and counts."""

    def __init__(self, rule: Rule, kept: "_Shape", tags: "_Table") -> None:
        self.outcome = Outcome(dropped=dict.fromkeys(rule.reasons, 0))
        self.dropped: list[dict[str, Any]] = []
        self._rule, self._kept, self._tags = rule, kept, tags
        self._places: dict[str, str] = {}
        tags.writerow(("utterance", "role", "kind"))

    def take(self, row: Entry | InputError) -> None:
        """Keep or drop a row.

        Raises:
            InputError: it can't be used and isn't to be skipped, or its id was there before.
        """
        if isinstance(row, InputError):
            if not self._rule.skip_unreadable:
                raise row
            self._drop("", row.place, {UNREADABLE: row.problem})
            return
        dialogue = row.dialogue
        place = row.place
        before = self._places.setdefault(dialogue.id, place)
        if before is not place:
            raise InputError(place, f"dialogue {dialogue.id} is in {before} too", "Remove one, or give it a new id")
        reasons = self._rule.filters.reasons(dialogue)
        tags = out_of_role(dialogue)
        left_out = {index for index, kind in tags.items() if kind in self._rule.leave_out}
        if len(left_out) == len(dialogue.utterances):
            reasons[NOTHING_LEFT] = "every message is left out"
        if reasons:
            self._drop(dialogue.id, place, reasons)
            return
        for index, kind in tags.items():
            self._tags.writerow((cell(f"{dialogue.id}:{index}"), dialogue.utterances[index].role.value, kind))
        self.outcome.kept += 1
        self.outcome.out_of_role.update(tags.values())
        self.outcome.left_out += len(left_out)
        for part, value in (("times", dialogue.minutes), ("feedback", dialogue.feedback)):
            if value is None:
                self.outcome.not_judged[part] += 1
        self._kept.add(_without(row, left_out) if left_out else row, whole=not left_out)

    def _drop(self, id: str, place: str, reasons: dict[str, str]) -> None:
        self.outcome.dropped[next(iter(reasons))] += 1
        self.dropped.append({"id": id, "place": place, "reasons": reasons})


def _without(entry: Entry, left_out: set[int]) -> Entry:
    """An entry without some messages, and without what was counted or remarked of it when they were there."""
    utterances = tuple(u for index, u in enumerate(entry.dialogue.utterances) if index not in left_out)
    return replace(entry, dialogue=replace(entry.dialogue, utterances=utterances), counts={}, remarks=())


class _Table(Protocol):
    """A table that is written row by row."""

    def writerow(self, row: Iterable[str], /) -> Any: ...


class _Shape(Protocol):
    """How kept dialogues are written."""

    def add(self, entry: Entry, whole: bool) -> None:
        """Write one; `whole` if it is as it was read."""

    def digests(self) -> dict[str, str]:
        """The files that were written, each with its SHA-256."""


@contextmanager
def _shape_of(corpus: Corpus, folder: Path) -> Iterator[_Shape]:
    if corpus.source.format == kokorochat.SOURCE.format:
        yield _PublishedShape(folder)
        return
    with (folder / LINES).open("wb") as stream:
        yield _ChatLines(stream)


class _PublishedShape:
    """One file for each dialogue, in the folder where the publisher has them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / kokorochat.DIALOGUE_FOLDER
        self._folder.mkdir()
        self._digests: dict[str, str] = {}

    def add(self, entry: Entry, whole: bool) -> None:
        path = Path(entry.file)
        data = file_content(path) if whole and not entry.where and path.suffix == ".json" else encode(entry.dialogue)
        if isinstance(data, InputError):
            raise data
        file = self._folder / f"{entry.dialogue.id}.json"
        file.write_bytes(data)
        self._digests[f"{self._folder.name}/{file.name}"] = hashlib.sha256(data).hexdigest()

    def digests(self) -> dict[str, str]:
        return self._digests


class _ChatLines:
    """One file of generic chat, a line for each dialogue."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._digest = stream, hashlib.sha256()

    def add(self, entry: Entry, whole: bool) -> None:
        line = chat.encode(entry) + b"\n"
        self._stream.write(line)
        self._digest.update(line)

    def digests(self) -> dict[str, str]:
        return {LINES: self._digest.hexdigest()}


def _source(corpus: Corpus) -> dict[str, Any]:
    """What was read: the digest is that of all its files' bytes in reading order."""
    digest = hashlib.sha256()
    for path in corpus.files:
        if path.is_file():
            with path.open("rb") as stream:
                while piece := stream.read(1024 * 1024):
                    digest.update(piece)
    return {
        "path": str(corpus.path),
        "format": corpus.source.format,
        "licence": corpus.source.licence,
        "files": len(corpus.files),
        "sha256": digest.hexdigest(),
    }
