"""AUGESC: emotional support that a model continued from seed posts; a dialogue a line, a list of role and text.

Some copies write the line as JSON, some as a Python literal; the Parquet copy holds the same lines in a column.
"""

import ast
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kokorochat.corpus.sources.containers import json_lines
from kokorochat.corpus.sources.parquet_file import batch_rows, parquet_batches
from kokorochat.corpus.sources.place import Glimpse, Place
from kokorochat.corpus.sources.source import NONE_HUMAN, Entry, Source, Table1Row
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError

ROLES = {"usr": Role.CLIENT, "sys": Role.COUNSELOR}

COLUMN = "text"

LONGEST_LITERAL = 256 * 1024
"""Bytes of a line that may be a Python literal: parsing one takes a hundred times its size."""

_LINE = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*[\[(]\s*['\"](?:usr|sys)['\"]")

_decoder = msgspec.json.Decoder(list[tuple[str, str]])


def _is_lines(seen: Glimpse) -> bool:
    return _LINE.match(seen.head) is not None


def _find(place: Place) -> tuple[Path, ...]:
    for pattern in ("*.txt", "*.jsonl"):
        files = place.files(pattern)
        if found := tuple(file for file in files if place.named or _is_lines(place.glimpse(file))):
            return found
    tables = place.files("*.parquet") or place.files("*.parquet", place.folder("data"))
    return tuple(file for file in tables if place.named or _is_table(place, file))


def _is_table(place: Place, file: Path) -> bool:
    if place.glimpse(file).keys != {COLUMN}:
        return False
    line = next(_column(file), (0, b""))[1]
    return isinstance(line, bytes) and _LINE.match(line) is not None


def _read(path: Path) -> Iterator[Entry | InputError]:
    rows = _column(path) if path.suffix == ".parquet" else json_lines(path)
    unit = "row" if path.suffix == ".parquet" else "line"
    for number, line in rows:
        if isinstance(line, InputError):
            yield line
            continue
        try:
            yield _entry(line, f"{path.stem}-{number}", str(path), f"{unit} {number}")
        except InputError as fault:
            yield fault


def _column(path: Path) -> Iterator[tuple[int, bytes | InputError]]:
    """The texts of the table with their rows, from 1, a batch held at a time."""
    for first, batch in parquet_batches(path, [COLUMN]):
        if isinstance(batch, InputError):
            yield first, batch
            continue
        if not batch.schema.names:
            yield first, InputError(str(path), f"has no column {COLUMN}", "Name the published Parquet copy")
            return
        for number, row in batch_rows(batch, first, path):
            text = row if isinstance(row, InputError) else row[COLUMN]
            if not isinstance(text, str | InputError):
                text = InputError(f"{path}, row {number}", "holds no text", "Fetch the file again")
            yield number, text.encode() if isinstance(text, str) else text


def _entry(line: bytes, name: str, file: str, where: str) -> Entry:
    place = f"{file}, {where}"
    turns = _turns(line, place)
    if not turns:
        raise InputError(place, "holds no utterance", "Fetch the file again")
    for index, (speaker, _) in enumerate(turns):
        if speaker not in ROLES:
            problem = f"turn {index}: {speaker[:40]!r} is neither usr nor sys"
            raise InputError(place, problem, "Mend that label, or fetch the file again")
    return Entry(Dialogue(name, tuple(Utterance(ROLES[speaker], None, text) for speaker, text in turns)), file, where)


def _turns(line: bytes, place: str) -> list[tuple[str, str]]:
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        turns = _literal(line)
    if turns is None:
        problem = "is neither JSON nor a Python literal of the form [[role, text], …]"
        raise InputError(place, problem, "Mend that line, or fetch the file again")
    return turns


def _literal(line: bytes) -> list[tuple[str, str]] | None:
    """The turns of a Python literal; None if it is none, or none of this shape. Nothing in it is ever run."""
    if len(line) > LONGEST_LITERAL:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a backslash in front of a letter that needs none
            turns = msgspec.convert(ast.literal_eval(line.decode().strip()), list[tuple[str, str]])
        "".join(text for _, text in turns).encode()
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return turns


SOURCE = Source(
    format="augesc",
    name="AUGESC",
    publisher="thu-coai/augesc",
    licence="CC BY-NC 4.0",
    language="English",
    human=NONE_HUMAN,
    unit="utterance",
    find=_find,
    read=_read,
    paper=Table1Row(False, False, None, "English", 65_000, 26.7),
)
