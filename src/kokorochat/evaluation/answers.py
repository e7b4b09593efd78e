"""What a model said, and the file that holds it together with what was due."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from kokorochat.domain.errors import InputError
from kokorochat.tasks.lines import file_bytes, read_lines
from kokorochat.tasks.sample import SampleHeader
from kokorochat.tasks.score import parse_target


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a score model says of one dialogue.

    Attributes:
        items: {key: 0…5}; None if nothing of the kind could be read from the model's words.
        probabilities: {key: six probabilities, for 0…5} from a model that has them.
    """

    items: dict[str, int] | None
    probabilities: dict[str, list[float]] | None = None


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a file of score answers; it may come from elsewhere, so its items are judged by the metric.

    Attributes:
        sample: the sample's id.
        items: should be {key: 0…5}; anything else counts as wrong, see `evaluation.score_metrics`.
        target: copied from the sample, so that this file is all that an evaluation needs.
        model: as named on the command line.
        decoding: the rule from the model's output to whole numbers.
        probabilities: {key: six probabilities, for 0…5} from a model that has them.
    """

    sample: str
    items: Any
    target: str
    model: str
    decoding: str
    probabilities: dict[str, list[float]] | None = None


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
    """

    version: str
    model: str
    fingerprint: str
    decoding: str
    samples: int
    samples_digest: str
    made_of: SampleHeader
    command: str


class AnswerFile(msgspec.Struct, frozen=True):
    """A file of answers as read."""

    header: AnswerHeader
    answers: list[Answer]

    def pairs(self) -> list[tuple[Mapping[str, int], Any]]:
        """(target, items) for each answer, as `score_metrics` takes them."""
        return [(parse_target(answer.target) or {}, answer.items) for answer in self.answers]


def read_answers(path: Path) -> AnswerFile:
    """Read a file of score answers. Items may hold anything; targets must be twenty whole numbers from 0 to 5.

    Raises:
        InputError: the file can't be read, a line is broken, a target is none, a sample is answered twice, or more
            samples are answered than were asked; the message names file and line.
    """
    header, answers = read_lines(file_bytes(path), path, AnswerHeader, Answer)
    seen: set[str] = set()
    for number, answer in enumerate(answers, start=2):
        place = f"{path}, line {number}"
        if answer.sample in seen:
            raise InputError(place, f"sample {answer.sample} is answered twice", "Leave one of the answers in")
        if parse_target(answer.target) is None:
            problem = "the target isn't twenty items with whole numbers from 0 to 5"
            raise InputError(place, problem, "Answer samples of rated dialogues only")
        seen.add(answer.sample)
    if len(answers) > header.samples:
        problem = f"{len(answers)} answers to {header.samples} samples"
        raise InputError(str(path), problem, "Make the file again with `kokorochat answer`")
    return AnswerFile(header, answers)
