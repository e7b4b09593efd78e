"""From what a user named to a corpus: `PATH`, whose format is recognised by content, or `FORMAT=PATH`.

PATH may be `hf:OWNER/NAME` too, a dataset on the Hugging Face Hub.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from kokorochat.corpus.collector import collector_paused
from kokorochat.corpus.hub import PREFIX, hub_folder
from kokorochat.corpus.sources import (
    annomi,
    augesc,
    cactus,
    chat,
    client_reactions,
    cpsycoun,
    esconv,
    esdcot,
    healme,
    kokorochat,
    mibot,
    multilingual_kokorochat,
    smilechat,
)
from kokorochat.corpus.sources.place import Place
from kokorochat.corpus.sources.source import Entry, Source
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import writable

SOURCES: tuple[Source, ...] = (
    healme.SOURCE,
    esdcot.SOURCE,
    cactus.SOURCE,
    smilechat.SOURCE,
    augesc.SOURCE,
    annomi.SOURCE,
    esconv.SOURCE,
    client_reactions.SOURCE,
    kokorochat.SOURCE,
    multilingual_kokorochat.ENGLISH,
    multilingual_kokorochat.CHINESE,
    esconv.FAILED,
    cpsycoun.SOURCE,
    cpsycoun.TEST_SET,
    mibot.SOURCE,
    chat.SOURCE,
)
"""All corpora that can be read, in the order of the paper's Table 1, then the others."""


@dataclass(frozen=True)
class Corpus:
    """A corpus that was found: what it is, and where.

    Attributes:
        path: as the user named it.
        files: in reading order, at least one.
    """

    source: Source
    path: Path
    files: tuple[Path, ...]

    def rows(self) -> Iterator[Entry | InputError]:
        """The entries in the order of the files, and for each row that can't be used the fault in its place."""
        for file in self.files:
            rows = self.source.read(file)
            yield from rows if writable(str(file)) == str(file) else map(_with_writable_names, rows)

    def entries(self) -> Iterator[Entry]:
        """The entries, one at a time.

        Raises:
            InputError: as soon as a row can't be used; it names file, row and field.
        """
        for row in self.rows():
            if isinstance(row, InputError):
                raise row
            yield row

    def dialogues(self) -> Iterator[Dialogue]:
        """The dialogues alone; raises as `entries` does."""
        return (entry.dialogue for entry in self.entries())

    def load(self) -> list[Dialogue]:
        """All dialogues in memory at once, sooner than a list of `dialogues`; raises as `entries` does."""
        with collector_paused():
            return list(self.dialogues())


def _with_writable_names(row: Entry | InputError) -> Entry | InputError:
    """A row of a file whose name isn't UTF-8: what was named after it can be written all the same."""
    if isinstance(row, InputError):
        return row
    return replace(
        row,
        dialogue=replace(row.dialogue, id=writable(row.dialogue.id)),
        labels={name: tuple(map(writable, values)) for name, values in row.labels.items()},
        remarks=tuple(replace(remark, message=writable(remark.message)) for remark in row.remarks),
    )


def find_corpora(spec: str | Path) -> list[Corpus]:
    """All corpora at a place, at least one.

    Args:
        spec: the publisher's repository folder, the data folder in it, a file, hf:OWNER/NAME, or FORMAT=PATH with one
            of `SOURCES` and any of these.

    Raises:
        InputError: nothing is there, or nothing that is recognised.
    """
    sources, path, named = _named(str(spec))
    try:
        there = path.is_file() or path.is_dir()
    except OSError as fault:
        raise InputError(str(path), f"can't be read ({fault.strerror})", "Check the path and its permissions") from None
    if not there:
        raise InputError(str(path), "no such file or folder", "Give a corpus folder or one of its files")
    place = Place(path, named)
    found = [Corpus(source, path, files) for source in sources if (files := source.find(place))]
    formats = {corpus.source.format for corpus in found}
    found = [corpus for corpus in found if corpus.source.second_to not in formats]
    if found:
        return found
    if place.named:
        names = " or ".join(source.name for source in sources)
        raise InputError(str(path), f"holds no file of {names}", "Compare it with docs/data-format.md")
    if not place.is_folder and place.glimpse(path).container == "parquet" and not place.glimpse(path).keys:
        raise InputError(str(path), "not readable as Parquet", "Fetch or write the file again")
    formats_known = ", ".join(source.format for source in SOURCES if not source.unreleased)
    raise InputError(
        str(path),
        "no known corpus is recognised there",
        "Name its format as FORMAT=PATH to be told what is wrong (JSONL of your own is chat=PATH); the formats are: "
        + formats_known,
    )


def find_corpus(spec: str | Path) -> Corpus:
    """The one corpus at a place; see `find_corpora`.

    Raises:
        InputError: none is there, or more than one.
    """
    found = find_corpora(spec)
    if len(found) > 1:
        names = ", ".join(corpus.source.format for corpus in found)
        raise InputError(
            str(found[0].path), f"holds several corpora ({names})", "Name one as FORMAT=PATH, or give its own folder"
        )
    return found[0]


def read_corpus(spec: str | Path) -> Iterator[Dialogue]:
    """The dialogues of the one corpus at a place, one after the other.

    Raises:
        InputError: none is there, or as soon as a row can't be used.
    """
    return find_corpus(spec).dialogues()


def _named(spec: str) -> tuple[tuple[Source, ...], Path, bool]:
    """The sources that may be meant, the path, and whether a format was named.

    A format names its variants too: `x` also `x-en`.
    """
    name, equals, rest = spec.partition("=")
    if not equals or "/" in name or os.path.exists(spec):
        return SOURCES, _path(spec), False
    chosen = tuple(s for s in SOURCES if s.format == name or s.format.startswith(f"{name}-"))
    if not chosen:
        known = ", ".join(source.format for source in SOURCES)
        raise InputError(spec, f"{name!r} is not a format that is known", f"Name one of: {known}")
    unreleased = next((source for source in chosen if source.unreleased), None)
    if unreleased is not None:
        raise InputError(spec, f"{unreleased.name} was not released", unreleased.unreleased)
    return chosen, _path(rest), True


def _path(text: str) -> Path:
    path = Path(text)
    return hub_folder(text.removeprefix(PREFIX)) if text.startswith(PREFIX) and not os.path.exists(text) else path
