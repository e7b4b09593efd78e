"""Who asked not to be in it: dialogues and people that a release leaves out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kokorochat.corpus.reading import Corpus
from kokorochat.corpus.sources.containers import file_content
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError

KINDS = ("dialogue", "person", "counselor", "client")
"""What a line may name; `person` is an id in either role."""

_REMARK = re.compile(r"(?:^|\s)#")


@dataclass(frozen=True)
class LeaveOut:
    """The ids that are to be left out.

    Attributes:
        places: {(kind, id): the line that names it}.
    """

    places: dict[tuple[str, str], str] = field(default_factory=dict)

    def holds(self, dialogue: Dialogue) -> bool:
        """Whether this dialogue is left out."""
        return any(name in self.places for name in _names(dialogue))

    def missing(self, dialogues: Iterator[Dialogue]) -> list[str]:
        """The lines that name what is in none of these dialogues, each with kind and id."""
        there = {name for dialogue in dialogues for name in _names(dialogue)}
        return [f"{place}: {' '.join(name)}" for name, place in self.places.items() if name not in there]


def _names(dialogue: Dialogue) -> Iterator[tuple[str, str]]:
    yield "dialogue", dialogue.id
    for kind, identity in (("counselor", dialogue.counselor), ("client", dialogue.client)):
        if identity is not None:
            yield kind, identity
            yield "person", identity


@dataclass(frozen=True)
class Remaining(Corpus):
    """A corpus without what was asked to be left out; rows that can't be used stay, so that they are reported.

    Attributes:
        read: all rows as they were read, once: what is checked is what is released, though a file changes meanwhile.
    """

    leave_out: LeaveOut = field(default_factory=LeaveOut)
    read: tuple[Entry | InputError, ...] = ()

    def rows(self) -> Iterator[Entry | InputError]:
        """The rows that remain."""
        for row in self.read:
            if isinstance(row, InputError) or not self.leave_out.holds(row.dialogue):
                yield row


def load_leave_out(path: Path) -> LeaveOut:
    """Read a list: a line is `person ID`, `client ID`, `counselor ID` or `dialogue ID`.

    A `#` at the start or behind a space begins a remark; within an id it belongs to it, or another would be meant.

    Raises:
        InputError: the file can't be read, or a line is none of these; it names the line.
    """
    data = file_content(path)
    if isinstance(data, InputError):
        raise data
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as fault:
        raise InputError(str(path), f"can't be read as text in UTF-8 ({fault})", "Check its encoding") from None
    places: dict[tuple[str, str], str] = {}
    for number, line in enumerate(lines, start=1):
        kind, _, identity = _REMARK.split(line, maxsplit=1)[0].strip().partition(" ")
        if not kind:
            continue
        place = f"{path}, line {number}"
        if kind not in KINDS or not identity.strip():
            raise InputError(place, "is not a kind and an id", f"Write {', '.join(f'`{kind} ID`' for kind in KINDS)}")
        places.setdefault((kind, identity.strip()), place)
    return LeaveOut(places)
