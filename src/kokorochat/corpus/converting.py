"""A corpus in another container, one dialogue (in Parquet one group of rows) held at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kokorochat.corpus.sources.published import encode_line
from kokorochat.corpus.sources.source import Entry, Source
from kokorochat.corpus.writing import check_free, new_folder, write_corpus, write_lines


@dataclass(frozen=True, slots=True)
class Converted:
    """How much was written."""

    dialogues: int
    files: int


def convert(source: Source, entries: Iterable[Entry], to: str, out: Path) -> Converted:
    """Write the entries of a corpus to a new folder, which appears only when all are written.

    Args:
        source: what the corpus is: KokoroChat's shape is kept.
        to: "json" (a file for each dialogue), "jsonl" or "parquet" (one file of all).

    Raises:
        InputError: an entry can't be read or written in that shape, or `out` is not free or can't be written.
    """
    if to == "json":
        dialogues = write_corpus((entry.dialogue for entry in entries), out)
        return Converted(dialogues, dialogues)
    check_free(out)
    with new_folder(out) as scratch:
        file = scratch / f"{source.format}.{to}"
        if to == "jsonl":
            return Converted(write_lines((encode_line(entry.dialogue) for entry in entries), file), 1)
        from kokorochat.corpus.parquet import write_parquet

        return Converted(write_parquet(entries, file), 1)
