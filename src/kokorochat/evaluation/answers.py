"""What a model said, and the file that holds it together with what was due."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted
from kokorochat.evaluation.measurement import conditions
from kokorochat.tasks.lines import decode_line, file_bytes, read_lines
from kokorochat.tasks.sample import SampleHeader
from kokorochat.tasks.score import parse_target


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a score model says of one dialogue.

    Attributes:
        items: {key: 0…5}; None if nothing of the kind could be read from the model's words.
        probabilities: {key: six probabilities, for 0…5} from a model that has them.
        failure: why there are no items, as in `Answer`; None from a model that has nothing to tell.
    """

    items: dict[str, int] | None
    probabilities: dict[str, list[float]] | None = None
    failure: str | None = None


_COUNT = re.compile(r" \(of [0-9,]+\)(?= or |$)")


def told_decodings(counts: Mapping[str, int]) -> str:
    """How the answers of a file were decoded, for its header; of several ways each with its number of answers."""
    if len(counts) == 1:
        return next(iter(counts))
    ordered = sorted(counts, key=lambda decoding: (-counts[decoding], decoding))
    return " or ".join(f"{decoding} (of {counts[decoding]:,})" for decoding in ordered)


def without_counts(decoding: str) -> str:
    """The ways that a header tells, in an order that doesn't hang on how many answers each has."""
    return " or ".join(sorted(_COUNT.sub("", decoding).split(" or "))) if _COUNT.search(decoding) else decoding


class AnswerLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the lines of all files of answers have in common.

    Attributes:
        sample: the sample's id.
    """

    sample: str


Line = TypeVar("Line", bound=AnswerLine)

MOST_DIALOGUES = 100_000
"""Of a file of score answers: missing ones are drawn again like others, so a header alone could fill the memory."""


class Answer(AnswerLine, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a file of score answers; it may come from elsewhere, so its items are judged by the metric.

    Attributes:
        items: should be {key: 0…5}; anything else counts as wrong, see `evaluation.score_metrics`.
        target: copied from the sample, so that this file is all that an evaluation needs.
        model: as named on the command line.
        decoding: the rule from the model's output to whole numbers.
        probabilities: {key: six probabilities, for 0…5} from a model that has them.
        failure: why there are no items: a short stable name, a colon, and what is known of it.
    """

    items: Any
    target: str
    model: str
    decoding: str
    probabilities: dict[str, list[float]] | None = None
    failure: str | None = None


class AnswerHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="answers"):
    """How a file of answers was made.

    Attributes:
        version: of this package.
        model: as named on the command line.
        fingerprint: of the model's content: a model trained anew under the same name has another.
        decoding: the rule from the model's output to whole numbers.
        samples: how many were asked; fewer answers mean that some are missing.
        samples_digest: SHA-256 of the file of samples.
        made_of: the header of the file of samples.
        command: what was typed.
        knows: what the model was told besides the samples, such as "rater"; None for a model that was told nothing.
        learnt: of how many of the dialogues that are asked about it has learnt; "unknown" for a model that doesn't tell
            what it learnt from; None for one that learnt nothing from a corpus, and in files made before it was told.
        settings: of a trained model, by which runs under several seeds are known to be of one system, see
            `learning.learnt_from`; None for any other, and where the model doesn't tell them.
        learnt_group: what no two parts of the model's own split share, if that is less than in the split of the
            samples: it may have learnt near-duplicates of their dialogues, say. None where it keeps as much apart.
    """

    version: str
    model: str
    fingerprint: str
    decoding: str
    samples: int
    samples_digest: str
    made_of: SampleHeader
    command: str
    knows: str | None = None
    learnt: int | Literal["unknown"] | None = None
    settings: str | None = None
    learnt_group: str | None = None

    def conditions(self) -> dict[str, object]:
        """What numbers of these answers depend on, for their signature."""
        return conditions(self.made_of, self.decoding, self.knows, self.learnt, self.learnt_group)


class AnswerFile(msgspec.Struct, frozen=True):
    """A file of answers as read."""

    header: AnswerHeader
    answers: list[Answer]

    def pairs(self) -> list[tuple[Mapping[str, int], Any]]:
        """(target, items) for each answer, as `score_metrics` takes them."""
        return [(parse_target(answer.target) or {}, answer.items) for answer in self.answers]

    def probabilities(self) -> list[dict[str, list[float]] | None]:
        """Those of each answer, in the order of `pairs`."""
        return [answer.probabilities for answer in self.answers]


def read_answer_header(path: Path) -> AnswerHeader:
    """How a file of answers was made, whatever its task.

    Raises:
        InputError: the file can't be read, or its first line is no header.
    """
    first, _, _ = file_bytes(path).partition(b"\n")
    return decode_line(first, AnswerHeader, f"{path}, line 1 (the header)")


def failure_counts(failures: Iterable[str | None]) -> dict[str, int]:
    """How often each name stands in failures, the most frequent first; None is no failure."""
    return dict(Counter(failure.partition(":")[0] for failure in failures if failure).most_common())


def read_answer_lines(path: Path, task: str, record: type[Line]) -> tuple[AnswerHeader, list[Line]]:
    """Header and answers of a file of answers to one task, each sample answered once.

    Raises:
        InputError: the file can't be read, is of another task, a line is broken, a sample is answered twice, or more
            samples are answered than were asked; the message names file and line.
    """
    data = file_bytes(path)
    first, _, _ = data.partition(b"\n")
    if first:
        there = decode_line(first, AnswerHeader, f"{path}, line 1 (the header)").made_of.task
        if there != task:
            raise InputError(str(path), f"holds answers to the {there} task", f"Use `kokorochat evaluate {there}`")
    header, answers = read_lines(data, path, AnswerHeader, record)
    seen: set[str] = set()
    for number, answer in enumerate(answers, start=2):
        if answer.sample in seen:
            problem = f"sample {answer.sample} is answered twice"
            raise InputError(f"{path}, line {number}", problem, "Leave one of the answers in")
        seen.add(answer.sample)
    if len(answers) > header.samples:
        problem = f"{counted(len(answers), 'answer')} to {counted(header.samples, 'sample')}"
        raise InputError(str(path), problem, "Make the file again with `kokorochat answer`")
    return header, answers


def read_answers(path: Path) -> AnswerFile:
    """Read a file of score answers. Items may hold anything; targets must be twenty whole numbers from 0 to 5.

    Raises:
        InputError: the file can't be used, see `read_answer_lines`, or a target is none; it names file and line.
    """
    header, answers = read_answer_lines(path, "score", Answer)
    if header.samples > MOST_DIALOGUES:
        problem = f"tells of {header.samples:,} samples, and of more than {MOST_DIALOGUES:,} nothing is measured"
        raise InputError(str(path), problem, "Make the file again with `kokorochat answer`")
    for number, answer in enumerate(answers, start=2):
        if parse_target(answer.target) is None:
            problem = "the target isn't twenty items with whole numbers from 0 to 5"
            raise InputError(f"{path}, line {number}", problem, "Answer samples of rated dialogues only")
    return AnswerFile(header, answers)
