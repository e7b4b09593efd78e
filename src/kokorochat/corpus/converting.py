"""A corpus in another container, one dialogue (in Parquet one group of rows) held at a time."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kokorochat.corpus.sources import chat, kokorochat, published
from kokorochat.corpus.sources.source import Entry, Source
from kokorochat.corpus.writing import check_free, new_folder, write_array, write_corpus, write_lines


@dataclass(frozen=True, slots=True)
class Converted:
    """How much was written."""

    dialogues: int
    files: int


def convert(source: Source, entries: Iterable[Entry], to: str, out: Path) -> Converted:
    """Write the entries of a corpus to a new folder, which appears only when all are written.

    Args:
        source: what the corpus is. KokoroChat keeps its published shape; every other corpus becomes generic chat.
        to: "json" (of KokoroChat a file for each dialogue, of others one array), "jsonl" or "parquet" (one file).

    Raises:
        InputError: an entry can't be read or written in that shape, or `out` is not free or can't be written.
    """
    is_published = source.format == kokorochat.SOURCE.format
    if is_published and to == "json":
        dialogues = write_corpus((entry.dialogue for entry in entries), out)
        return Converted(dialogues, dialogues)
    check_free(out)
    with new_folder(out) as scratch:
        file = scratch / f"{source.format}.{to}"
        if to == "parquet":
            from kokorochat.corpus.parquet import CHAT, PUBLISHED, write_parquet

            return Converted(write_parquet(entries, file, PUBLISHED if is_published else CHAT), 1)
        records = (published.encode_line(e.dialogue) if is_published else chat.encode(e) for e in entries)
        return Converted((write_lines if to == "jsonl" else write_array)(records, file), 1)
