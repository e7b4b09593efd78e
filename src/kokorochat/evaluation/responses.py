"""What a model would have said next, and the file that holds it together with what the counselor said."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted
from kokorochat.evaluation.answers import AnswerHeader, AnswerLine, read_answer_lines


@dataclass(frozen=True, slots=True)
class Said:
    """What a response model says to one sample.

    Attributes:
        failure: why there is no text, or not all of it, as in `ResponseAnswer`.
    """

    text: str
    failure: str | None = None


class ResponseAnswer(AnswerLine, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a file of response answers.

    Attributes:
        text: what the model says; it may be empty.
        target: copied from the sample, so that this file is all that an evaluation needs.
        model: as named on the command line.
        decoding: how the text was chosen.
        failure: why there is no text, or not all of it: a short stable name, a colon, and what is known of it.
    """

    text: str
    target: str
    model: str
    decoding: str
    failure: str | None = None


class ResponseFile(msgspec.Struct, frozen=True):
    """A file of response answers as read."""

    header: AnswerHeader
    answers: list[ResponseAnswer]


def read_responses(path: Path) -> ResponseFile:
    """Read a file of response answers, one for each sample that was asked.

    Raises:
        InputError: the file can't be read, is of another task, a line is broken, a sample is answered twice or names no
            dialogue, or answers are missing: figures over some of the samples can't be compared with those over all.
    """
    header, answers = read_answer_lines(path, "response", ResponseAnswer)
    for number, answer in enumerate(answers, start=2):
        if ":" not in answer.sample:
            problem = f"sample {answer.sample} names no turn of a dialogue"
            raise InputError(f"{path}, line {number}", problem, "Answer a file of `samples response`")
    if len(answers) != header.samples:
        remedy = "Make it again with `kokorochat answer`; a model with nothing to say answers with an empty text"
        raise InputError(str(path), f"{counted(len(answers), 'answer')} to {counted(header.samples, 'sample')}", remedy)
    return ResponseFile(header, answers)
