"""Whether models that were trained apart have learnt of the dialogues that they would be tested on."""

from functools import cached_property
from pathlib import Path

from kokorochat.corpus.digests import SHORT, Contents
from kokorochat.corpus.reading import Corpus
from kokorochat.corpus.splits.outline import Outline, outline
from kokorochat.corpus.splits.response import response_split
from kokorochat.corpus.splits.score import score_split
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted
from kokorochat.learning.learnt_from import LearntFrom, read_learnt
from kokorochat.paper.systems import ScoreSplit, System, Systems


class Tested:
    """The dialogues of a corpus that the rows of a file of systems are tested on; it is read when it is asked for."""

    def __init__(self, corpus: Corpus, systems: Systems) -> None:
        self._corpus, self._systems = corpus, systems
        self._ids: dict[ScoreSplit | None, frozenset[str]] = {}

    def reason(self, system: System, split: ScoreSplit | None) -> str | None:
        """Why a system that was trained apart can have no row; None where it can, or doesn't tell what it learnt from.

        Args:
            split: of a score system.
        """
        for folder in system.folders:
            try:
                record = read_learnt(Path(folder))
                found = record and self._known(record, split)
            except InputError as fault:
                return str(fault)
            if found:
                return f"{folder} {found}" + (f"; train it again: {system.make}" if system.make else "")
        return None

    def _known(self, record: LearntFrom, split: ScoreSplit | None) -> str | None:
        _, here = self._read
        if record.corpus != here:
            return f"learnt from another corpus ({record.corpus[:SHORT]}, and this is {here[:SHORT]})"
        tested = self._tested(split)
        known = len(tested.intersection(record.dialogues))
        return f"has learnt {known:,} of {counted(len(tested), 'test dialogue')} ({record.told})" if known else None

    @property
    def corpus(self) -> str:
        """The short digest of the corpus."""
        return self._read[1][:SHORT]

    @cached_property
    def _read(self) -> tuple[list[Outline], str]:
        """The outlines of the corpus, and its digest."""
        with_texts = any(split.group == "duplicates" for split in self._systems.split)
        contents = Contents(self._corpus.entries())
        outlines = [outline(entry, with_texts) for entry in contents]
        return outlines, contents.digest

    def _tested(self, split: ScoreSplit | None) -> frozenset[str]:
        if split not in self._ids:
            outlines, _ = self._read
            if split is None:
                # By whatever group, the test part of responses is the same.
                parts = [response_split(outlines, self._systems.response.seed)]
            else:
                parts = [score_split(outlines, *runs, split.group) for runs in split.runs]
            self._ids[split] = frozenset(id for part in parts for id in part.parts["test"])
        return self._ids[split]
