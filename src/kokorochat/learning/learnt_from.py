"""What a model learnt from: a file beside it, by which nobody measures it by mistake on what it knows already."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from kokorochat import __version__
from kokorochat.corpus.digests import SHORT, files_digest
from kokorochat.corpus.splits.split import Split
from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted
from kokorochat.learning.stored import DESCRIPTION, REMEDY
from kokorochat.tasks.lines import decode_line, file_bytes
from kokorochat.tasks.sample import SampleFile, SampleHeader

FILE = "learnt.json"
"""In the folder of a model, beside its description or above the folders of its parts."""


class LearntFrom(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="learnt"):
    """What a model learnt from.

    Attributes:
        version: of this package.
        model: digest of the descriptions below the file's folder, so that it isn't taken for another model's.
        task: "score", "response" or "topic".
        part: of the split, such as "train"; "all" for all sessions of a corpus.
        split: the rule of the split; `group`, `seed` and `test_seed` as in its `Split`.
        corpus: digest of the whole corpus, see `corpus.digests.Contents`.
        dialogues: the ids of those that were learnt.
        settings: digest of the run file's values, its seeds and the split apart: runs that differ in it are no runs of
            one system. None in files made before it was told.
    """

    version: str
    model: str
    task: str
    part: str
    split: str
    group: str
    seed: int
    test_seed: int | None
    corpus: str
    dialogues: list[str]
    settings: str | None = None

    @property
    def told(self) -> str:
        """The part and its split, in words."""
        test = "" if self.test_seed is None else f", test seed {self.test_seed}"
        return f"{self.part} of the split {self.split}, seed {self.seed}{test}"

    @property
    def test_part(self) -> str:
        """What asks for samples that the model doesn't know."""
        if self.part == "all":
            return "`samples` of another corpus: it has learnt all sessions of this one"
        seeds = f"--group {self.group} --seed {self.seed}"
        if self.test_seed is not None:
            seeds += f" --test-seed {self.test_seed}"
        return f"those of the test part of its split: `samples {self.task} PATH --part test {seeds}`"


def write_learnt(model: Path, split: Split, part: str, corpus: str, settings: str | None = None) -> None:
    """Write what a model in a folder learnt from: one part of a split.

    Args:
        corpus: its digest; `settings` that of the run's.
    """
    record = LearntFrom(
        version=__version__,
        model=_descriptions_digest(model),
        task=split.task,
        part=part,
        split=split.rule,
        group=split.group,
        seed=split.seed,
        test_seed=split.test_seed,
        corpus=corpus,
        dialogues=list(split.parts[part]),
        settings=settings,
    )
    write_file(model / FILE, msgspec.json.encode(record))


def read_learnt(folder: Path) -> LearntFrom | None:
    """What the model of a training run's folder, or of `model/` in it, learnt from; None for one that doesn't tell.

    Raises:
        InputError: the file is damaged, or another model's.
    """
    for place in (folder / "model", folder):
        file = place / FILE
        if file.is_file():
            record = decode_line(file_bytes(file), LearntFrom, str(file), REMEDY)
            if record.model != _descriptions_digest(place):
                raise InputError(str(file), "is not of the model beside it, or that was changed", REMEDY)
            return record
    return None


def _descriptions_digest(model: Path) -> str:
    return files_digest(model, sorted(model.rglob(DESCRIPTION)))


@dataclass(frozen=True)
class Overlap:
    """What a model knows of the dialogues that it is asked about.

    Attributes:
        learnt: as in `evaluation.answers.AnswerHeader`, as are `settings` and `learnt_group`.
        notes: what must be said of it, in sentences.
    """

    learnt: int | Literal["unknown"] | None = None
    notes: tuple[str, ...] = ()
    settings: str | None = None
    learnt_group: str | None = None


UNTAUGHT = Overlap()
"""Of a model that has learnt nothing from a corpus."""


def overlap(
    asked: SampleFile, dialogue_of: Callable[[str], str], place: Path, folders: Sequence[Path], learnt_too: bool
) -> Overlap:
    """See whether a model has learnt of the dialogues that it is to be asked about.

    Args:
        dialogue_of: gives the dialogue of a sample by the sample's id.
        place: the file of samples, for messages.
        folders: where the model and its parts lie; none for a model that has learnt nothing from a corpus.
        learnt_too: go on though it has.

    Raises:
        InputError: it has learnt some, and `learnt_too` isn't given; or what it learnt from can't be read.
    """
    ids = {dialogue_of(sample.id) for sample in asked.samples}
    corpus, known, same_names, notes, silent = asked.header.corpus, set[str](), set[str](), list[str](), False
    settings: list[str | None] = []
    looser: list[str] = []
    for folder in folders:
        record = read_learnt(folder)
        settings.append(None if record is None else record.settings)
        if record is not None and not _keeps_apart(record, asked.header):
            looser.append(record.group)
            notes.append(_other_group(place, asked.header.group, folder, record))
        if record is None:
            silent = True
            notes.append(f"{folder} doesn't tell what it learnt from: perhaps it knows these dialogues; train it again")
        elif corpus is None or record.corpus.startswith(corpus):
            mine = ids.intersection(record.dialogues)
            if mine and not learnt_too:
                raise _refused(place, folder, record, len(mine), len(ids))
            known |= mine
        else:
            same = ids.intersection(record.dialogues)
            same_names |= same
            notes.append(_other_corpus(place, corpus, folder, record, len(same)))
    if not folders:
        return UNTAUGHT
    if known:
        notes.append(f"of {counted(len(ids), 'dialogue')} of {place} the model has learnt {len(known):,}")
    learnt: int | Literal["unknown"] = len(known) or ("unknown" if silent or same_names else 0)
    told = [one for one in settings if one is not None]
    return Overlap(
        learnt,
        tuple(notes),
        "+".join(told) if len(told) == len(settings) else None,
        "+".join(sorted(set(looser))) or None,
    )


def _keeps_apart(record: LearntFrom, asked: SampleHeader) -> bool:
    """Whether a model was trained without whatever the split of the samples keeps out of their part.

    Of another corpus nothing is known by its ids; that is told by itself.
    """
    if asked.corpus is not None and not record.corpus.startswith(asked.corpus):
        return True
    by_person = record.group == "person" and asked.group in ("client", "counselor")
    return asked.group in ("none", record.group) or by_person


def _other_group(place: Path, group: str, folder: Path, record: LearntFrom) -> str:
    return (
        f"{place} is of a split by {group}, and {folder} learnt from {record.told}: it may know what that split keeps "
        "apart, which every signature will tell"
    )


def _refused(place: Path, folder: Path, record: LearntFrom, known: int, asked: int) -> InputError:
    problem = f"of its {counted(asked, 'dialogue')} {folder} has learnt {known:,} ({record.told})"
    remedy = f"Take {record.test_part}; or add --learnt-too, which every signature will tell"
    return InputError(str(place), problem, remedy)


def _other_corpus(place: Path, corpus: str, folder: Path, record: LearntFrom, same: int) -> str:
    told = f"{place} is of another corpus ({corpus}) than {folder} learnt from ({record.corpus[:SHORT]})"
    if same:
        told += f"; {counted(same, 'id')} of its dialogues are among the learnt ones, which may be chance or may not"
    return told
