"""One question to a model, with the answer that is due; and the file that holds many."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.llm.chat import Message
from kokorochat.tasks.lines import decode_line, digest, file_bytes, read_lines, write_lines

Language = Literal["ja", "en"]
"""Of an instruction; the talk itself stays as it is."""


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One utterance as a model may see it: without ids of people and without the date.

    Attributes:
        seconds: since the first turn of the sample; None where the corpus has no times.
    """

    role: Role
    seconds: float | None
    text: str


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question. It never names a person: neither the rater's nor the counselor's id is in it.

    Attributes:
        id: the dialogue's id; in the response task `dialogue:index`, see `tasks.response`.
        messages: the question for a chat model.
        target: the answer that is due, as a chat model would write it; None if nobody gave one.
        dialogue: the same input, turn by turn, for a model that doesn't read a prompt.
    """

    id: str
    messages: tuple[Message, ...]
    target: str | None
    dialogue: tuple[Turn, ...] = ()


class SampleHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="samples"):
    """How a file of samples was made.

    Attributes:
        version: of this package.
        task: "score" or "response".
        part: of the split, such as "train" or "test"; "all" without a split.
        split: the rule of the split, "none" without one.
        seed: of train and validation; None without a split.
        test_seed: of the test part; None where it isn't drawn.
        out_of_role: "left out" or "kept": whether talk outside the role-play, the closing exchange about it included,
            is in the input (see `tasks.score`; in the response task the closing exchange is always kept).
        command: what was typed.
        group: what no two parts share, one of `corpus.splits.grouping.GROUPS`.
        joiner: what stands between merged utterances, by its name in `tasks.response.JOINERS`; None in other tasks.
        language: of the instruction in the response task. In the score task None for Japanese, so that files made
            before there was a choice stay the same bytes.
        role: whose turns the response task asks for. Absent for the counselor's, so that files of the paper's task stay
            the same bytes.
        corpus: the first digits of the corpus' digest, see `corpus.digests.Contents`; None in files of before.
    """

    version: str
    task: str
    part: str
    split: str
    seed: int | None
    test_seed: int | None
    out_of_role: Literal["left out", "kept"]
    command: str
    group: str = "none"
    joiner: Literal["newline", "space", "nothing"] | None = None
    language: Language | None = None
    role: Literal["client"] | msgspec.UnsetType = msgspec.UNSET
    corpus: str | None = None

    @property
    def asked_role(self) -> Role:
        """Whose turns the response task asks for."""
        return Role.CLIENT if self.role == "client" else Role.COUNSELOR


class SampleFile(msgspec.Struct, frozen=True):
    """A file of samples as read.

    Attributes:
        digest: SHA-256 of the file, by which answers tell what they answer.
    """

    header: SampleHeader
    samples: list[Sample]
    digest: str


def write_samples(path: Path, header: SampleHeader, samples: Iterable[Sample]) -> int:
    """Write a file of samples, whole or not at all, and return their number.

    Raises:
        InputError: a text can't be written in UTF-8, or the file can't be written.
    """
    return write_lines(path, header, samples)


def read_samples(path: Path) -> SampleFile:
    """Read a file of samples.

    Raises:
        InputError: the file can't be read, a line is broken, or two samples share an id; it names file and line.
    """
    data = file_bytes(path)
    header, samples = read_lines(data, path, SampleHeader, Sample)
    seen: set[str] = set()
    for number, sample in enumerate(samples, start=2):
        if sample.id in seen:
            raise InputError(f"{path}, line {number}", f"sample {sample.id} was there before", "Leave it in once")
        seen.add(sample.id)
    return SampleFile(header, samples, digest(data))


def read_sample_header(path: Path) -> SampleHeader:
    """How a file of samples was made, without reading the samples.

    Raises:
        InputError: the file can't be read, or its first line is no header.
    """
    try:
        with path.open("rb") as file:
            line = file.readline()
    except OSError as fault:
        raise InputError(str(path), f"can't be read ({fault.strerror})", "Check the path and its permissions") from None
    return decode_line(line, SampleHeader, f"{path}, line 1 (the header)")


def check_same_corpus(name: str, digest: str, header: SampleHeader) -> None:
    """See that a corpus is the one that samples were made of: ids are numbers, of which every corpus has the same.

    Args:
        name: of the corpus, as the user gave it; `digest` is its short one.

    Raises:
        InputError: it is another one; samples of before don't tell theirs.
    """
    if header.corpus not in (None, digest):
        problem = f"is another corpus ({digest}) than that of the samples ({header.corpus})"
        raise InputError(name, problem, "Name the corpus that the samples were made of")
