"""JSONL with a header: the shape that sample and answer files share.

The first line tells what the file is and how it was made; each line after it is one record. The types are msgspec
structs, so one declaration is the record in code, its check on reading and its form in the file.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TypeVar

import msgspec

from kokorochat.corpus.faults import field_fault
from kokorochat.corpus.sources.containers import regular_file
from kokorochat.corpus.writing import room, write_pieces
from kokorochat.domain.errors import InputError

Header = TypeVar("Header", bound=msgspec.Struct)
Record = TypeVar("Record", bound=msgspec.Struct)

_MAKE_AGAIN = "Make the file again with the command that its first line names"

_TAKEN_BY = {
    "samples": "`kokorochat answer` takes samples",
    "answers": "`kokorochat evaluate` takes answers",
    "topic-labels": "`kokorochat corpus topics` takes topic labels, by --reference",
    "ledger": "`kokorochat answer --resume` reads the ledger beside the answers by itself",
}
"""What files of lines hold, as the `kind` in their header says it, and what takes them."""


def file_bytes(path: Path) -> bytes:
    """The content of a file that a user named.

    Raises:
        InputError: it can't be opened.
    """
    try:
        with open(path, "rb", opener=regular_file) as file:
            return file.read()
    except OSError as fault:
        raise InputError(str(path), f"can't be read ({fault.strerror})", "Check the path and its permissions") from None


def decode_line(line: bytes, kind: type[Record], place: str, remedy: str = _MAKE_AGAIN) -> Record:
    """One line as a record.

    Args:
        place: file and line, for the message.
        remedy: the same.

    Raises:
        InputError: the line isn't JSON in UTF-8, or lacks a field, or has one of another type.
    """
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.ValidationError as fault:
        there, due = _kind_of(line), kind.__struct_config__.tag
        if there in _TAKEN_BY and due in _TAKEN_BY and there != due:
            taken = f"{_TAKEN_BY[there]}; {_TAKEN_BY[str(due)]}"
            raise InputError(place, f"the file holds {there}, and not {due}", taken) from None
        field, what = field_fault(fault)
        raise InputError(place, f"field {field}: {what}" if field else what, remedy) from None
    # A surrogate without its other half, a number out of range: valid to a lenient reader, of no use to anyone.
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as fault:
        raise InputError(place, f"not readable as JSON in UTF-8 ({fault})", remedy) from None


class _Kind(msgspec.Struct):
    kind: str = ""


def _kind_of(line: bytes) -> str:
    """What a header says that its file holds."""
    try:
        return msgspec.json.decode(line, type=_Kind).kind
    except (msgspec.DecodeError, RecursionError):
        return ""


def read_lines(data: bytes, path: Path, header: type[Header], record: type[Record]) -> tuple[Header, list[Record]]:
    """The header and the records of a file's content.

    Args:
        data: the content, see `file_bytes`.
        path: the file's name for messages; lines are counted from 1.

    Raises:
        InputError: the file is empty, or a line can't be used; it names file and line.
    """
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    if not lines:
        raise InputError(str(path), "is empty, without even a header", _MAKE_AGAIN)
    first = decode_line(lines[0], header, f"{path}, line 1 (the header)")
    return first, [decode_line(line, record, f"{path}, line {n}") for n, line in enumerate(lines[1:], start=2)]


def encode_line(record: msgspec.Struct, place: str) -> bytes:
    """A record as one line, its end included.

    Raises:
        InputError: a text in it can't be written in UTF-8, such as half of a surrogate pair.
    """
    try:
        return msgspec.json.encode(record) + b"\n"
    except UnicodeEncodeError as fault:
        remedy = "Mend or leave out that text in the source"
        raise InputError(place, f"a text in it can't be written in UTF-8 ({fault.reason})", remedy) from None


def write_lines(path: Path, header: msgspec.Struct, records: Iterable[msgspec.Struct]) -> int:
    """Write header and records, whole or not at all.

    Returns:
        The number of records.

    Raises:
        InputError: a record can't be written, or the file can't be.
    """
    count = -1

    def numbered() -> Iterator[bytes]:
        nonlocal count
        for count, record in enumerate(chain([header], records)):
            yield encode_line(record, f"{path}, line {count + 1}")

    check_replaceable(path, header)
    try:
        write_pieces(path, numbered())
    except OSError as fault:
        remedy = room(fault, "a file in a folder you own")
        raise InputError(str(path), f"can't be written ({fault.strerror})", remedy) from None
    return count


def check_replaceable(path: Path, header: msgspec.Struct) -> None:
    """An older file of the same kind may be replaced; a dialogue, the samples or a device never.

    Args:
        header: of the file that is to stand there.

    Raises:
        InputError: something else stands there.
    """
    if not os.path.lexists(path):
        return
    remedy = "Name a new file, so that nothing else is overwritten"
    if not path.is_file():
        raise InputError(str(path), "exists and is no ordinary file", remedy)
    try:
        with path.open("rb") as file:
            first = file.readline()
        if first:
            msgspec.json.decode(first, type=type(header))
    except OSError as fault:
        raise InputError(str(path), f"can't be read ({fault.strerror})", remedy) from None
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise InputError(str(path), "exists and holds something else", remedy) from None


def digest(data: bytes) -> str:
    """A content's SHA-256 in hexadecimal: two files with one digest are the same file."""
    return hashlib.sha256(data).hexdigest()
