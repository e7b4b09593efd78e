"""What a published corpus is to the rest of the toolkit: a Source, whose files give Entries.

One file beside this one describes each corpus. A reader never guesses: a row that it can't use comes out as the
InputError that stands in its place, so that a validator can list it and go on, and everybody else can stop there.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from kokorochat.corpus.sources.place import Place
from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError

BOTH_HUMAN = frozenset(Role)
NONE_HUMAN: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Scale:
    """The questionnaire by which a corpus' clients rated their session.

    Attributes:
        items: the keys in the order of the questionnaire.
        lowest: the lowest value of each item; `highest` the highest, both included.
    """

    items: tuple[str, ...]
    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Remark:
    """What reading noticed and the dialogue itself doesn't show any more; `corpus check` reports it.

    Attributes:
        level: "warning" or "info": what is an error can't be read at all.
        code: a stable name for the kind of remark.
        where: the utterance (`id:index`) or field; empty for the whole dialogue.
    """

    level: Literal["warning", "info"]
    code: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One dialogue of a corpus, with what its source tells of it beyond the talk.

    Attributes:
        dialogue: its ids are unique in the corpus; a corpus without ids gets them from file, split and position.
        file: where it was read.
        where: the row in that file, such as `line 12`; empty if the file holds this dialogue alone.
        ratings: the client's ratings on the source's scale, {item: value}; None where none were given. A partial
            rating is left out with a remark.
        counts: how long the dialogue is in other units than utterances, {unit: number}.
        group: what must not be torn apart by a split though it isn't a person: a video, a thought; None without.
        labels: what the publisher says of the dialogue beyond talk and rating, in their own words, {name: values}.
        remarks: what reading noticed.
    """

    dialogue: Dialogue
    file: str
    where: str = ""
    ratings: Mapping[str, int] | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    group: str | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @property
    def place(self) -> str:
        """File and row, for messages."""
        return f"{self.file}, {self.where}" if self.where else self.file

    @property
    def score(self) -> int | None:
        """The client's total: as recorded where the corpus has a rule for it, else the sum of the ratings."""
        if self.dialogue.feedback is not None:
            return self.dialogue.feedback.total
        return sum(self.ratings.values()) if self.ratings is not None else None


@dataclass(frozen=True, slots=True)
class Table1Row:
    """What the paper prints of a corpus (Table 1).

    Attributes:
        average: utterances per dialogue, in the unit that the source names.
        items: the number of score items; None for a corpus without a score.
    """

    human_made: bool
    scored: bool
    items: int | None
    language: str
    dialogues: int
    average: float


@dataclass(frozen=True)
class Source:
    """One published corpus, or one shape of files.

    Attributes:
        format: the name in FORMAT=PATH.
        name: the corpus' name as the paper writes it.
        publisher: the repository or page where it is released.
        licence: as its publisher states it.
        language: of the talk.
        human: the roles that were people; the others were written by a model. None where the files don't tell.
        unit: what Table 1 counts per dialogue: "utterance", or one of the units in `Entry.counts`.
        find: the files of this corpus at a place, in reading order; empty if it is not there.
        read: the entries of one of these files, and an InputError for each row that can't be used.
        scale: the clients' questionnaire; None without.
        released: how many dialogues the whole release holds; None where that is not known or the shape is also that of
            users' own corpora.
        stated: how many dialogues the publisher's README counts, where that is not what the release holds; else None.
        paper: the corpus' row in Table 1; None if it isn't there.
        second_to: the format that a folder means if it holds both corpora; empty for none.
        unreleased: why there is nothing to be read, with the source of what is known; empty for a released corpus.
    """

    format: str
    name: str
    publisher: str
    licence: str
    language: str
    human: frozenset[Role] | None
    unit: str
    find: Callable[[Place], tuple[Path, ...]]
    read: Callable[[Path], Iterator[Entry | InputError]]
    scale: Scale | None = None
    released: int | None = None
    stated: int | None = None
    paper: Table1Row | None = None
    second_to: str = ""
    unreleased: str = ""
