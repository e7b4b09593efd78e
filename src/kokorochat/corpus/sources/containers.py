"""The containers that corpora come in, opened alike: what can't be opened comes out as the fault in its place."""

import csv
import errno
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from kokorochat.domain.errors import InputError

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of one line or element; more is no dialogue but a file without ends, which must not fill the memory."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def regular_file(name: str, flags: int) -> int:
    """An opener for `open` that refuses what is no file instead of waiting for it, as a pipe would have one wait.

    A file that it makes has the rights that `open` gives one: without a mode it could be run.

    Raises:
        OSError: as the system says, or it is no regular file.
    """
    handle = os.open(name, flags | getattr(os, "O_NONBLOCK", 0), 0o666)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, "it is not a file", name)


def file_content(path: Path) -> bytes | InputError:
    """All bytes of a file that holds one dialogue, and so isn't longer than one may be."""
    try:
        with open(path, "rb", opener=regular_file) as stream:
            if os.fstat(stream.fileno()).st_size > LONGEST_LINE:
                return InputError(str(path), "is longer than 64 MiB", "Name the right file, or fetch it again")
            return stream.read()
    except OSError as fault:
        return InputError(str(path), f"can't be read ({fault.strerror})", "Check the path and its permissions")


def json_lines(path: Path) -> Iterator[tuple[int, bytes | InputError]]:
    """The lines of a file with their numbers, from 1; blank ones are passed over. One line is held at a time.

    A file without any is a fault: it was not written to its end, or fetched by halves.
    """
    number, empty = 0, True
    try:
        with open(path, "rb", opener=regular_file) as stream:
            while line := stream.readline(LONGEST_LINE):
                number += 1
                if number == 1:
                    line = line.removeprefix(BYTE_ORDER_MARK)
                if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                    remedy = "Write one record a line"
                    yield number, InputError(f"{path}, line {number}", "is longer than 64 MiB", remedy)
                    return
                if line.strip():
                    empty = False
                    yield number, line
        if empty:
            yield 1, InputError(str(path), "is empty", "Fetch or write the file again")
    except OSError as fault:
        remedy = "Check the path and its permissions"
        yield number + 1, InputError(str(path), f"can't be read ({fault.strerror})", remedy)


_CHUNK = 1024 * 1024
_STRING = rb'"(?:[^"\\]++|\\.)*+("?)'
_INSIDE = re.compile(_STRING + rb"|[\[{]++|[\]}]++", re.DOTALL)
_BETWEEN = re.compile(_STRING + rb"|[\[{]++|[\]},]", re.DOTALL)


def json_array(path: Path) -> Iterator[tuple[int, bytes | InputError]]:
    """The elements of a file that is one JSON array, undecoded, with their positions, from 0.

    The file is read in pieces and one element is held at a time, so that an array of any size can be read: only
    strings and brackets are looked at here, and what stands between two commas is the decoder's to judge. Of a file
    that is cut off, the elements before the cut come out, then the fault.
    """
    try:
        with open(path, "rb", opener=regular_file) as stream:
            yield from _elements(stream, str(path))
    except OSError as fault:
        remedy = "Check the path and its permissions"
        yield 0, InputError(str(path), f"can't be read ({fault.strerror})", remedy)


def _elements(stream: IO[bytes], file: str) -> Iterator[tuple[int, bytes | InputError]]:
    remedy = "Fetch the file again"
    held = stream.read(_CHUNK).removeprefix(BYTE_ORDER_MARK).lstrip()
    if not held.startswith(b"["):
        what = f"begins with {held[:1]!r}" if held else "is empty"
        yield 0, InputError(file, f"{what[:40]}: it is not a JSON array", "Name the right file, or fetch it again")
        return
    position, depth = 0, 1
    start = at = 1  # where the element begins, and how far it was looked at, in what is held
    while True:
        token = (_BETWEEN if depth == 1 else _INSIDE).search(held, at)
        if token is None or token[1] == b"":  # nothing more, or a string that goes on behind what is held
            at = token.start() if token else len(held)
            more = stream.read(max(_CHUNK, len(held) - start)) if len(held) - start < LONGEST_LINE else b""
            if not more:
                what = (
                    "is longer than 64 MiB" if len(held) - start >= LONGEST_LINE else "is cut off: the file ends in it"
                )
                yield position, InputError(f"{file}, element {position}", what, remedy)
                return
            held, at, start = held[start:] + more, at - start, 0
            continue
        sign, at = token[0], token.end()
        if sign[0] in b"[{":
            depth += len(sign)
        elif depth > 1 and sign[0] in b"]}":
            closed = min(len(sign), depth - 1)
            depth, at = depth - closed, token.start() + closed
        elif sign in b",]":
            element = held[start : token.start()]
            if sign == b"," or element.strip() or position:
                yield position, element
            if sign == b"]":
                break
            position, start = position + 1, at
        elif sign == b"}":
            yield position, InputError(f"{file}, element {position}", "closes a bracket that is not open", remedy)
            return
    rest = held[at:] or stream.read(_CHUNK)
    while rest:
        if rest.strip():
            yield position + 1, InputError(file, "goes on behind the end of its JSON array", remedy)
            return
        rest = stream.read(_CHUNK)


_LAST = "\x00end\x00"


def csv_rows(path: Path, *needed: str) -> Iterator[tuple[int, dict[str, str] | InputError]]:
    """The rows of a table in UTF-8 by column name, each with the line on which it begins; one is held at a time.

    A cell may hold line breaks; cells behind the last column must be empty. A row that has too few cells, too many, or
    bytes that are no UTF-8 comes out as its fault. Where a quote isn't closed, nothing behind it can be told apart.

    Args:
        needed: columns without which there is nothing to be read; without one, that alone comes out as a fault.
    """
    try:
        # What isn't UTF-8 is kept as lone surrogates, so that its row is known and the others can be read.
        with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="", opener=regular_file) as stream:
            yield from _rows(stream, str(path), needed)
    except OSError as fault:
        yield 1, InputError(str(path), f"can't be read ({fault.strerror})", "Check the path and its permissions")


def _rows(stream: IO[str], file: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str] | InputError]]:
    def lines() -> Iterator[str]:
        while line := stream.readline(LONGEST_LINE):
            yield line
        yield _LAST  # comes out as a row of its own unless the file ends within quotes

    reader = csv.reader(lines())
    columns: list[str] | None = None
    line, begin, fetch = 1, 1, "Fetch the file again"
    try:
        for row in reader:
            line, begin = begin, reader.line_num + 1
            if row == [_LAST]:
                break
            if row and row[-1].endswith(_LAST):
                yield line, InputError(f"{file}, line {line}", "opens a quote that the file never closes", fetch)
                return
            if not any(row):
                continue
            fault = _row_fault(row, columns)
            if columns is None:
                lacking = [column for column in needed if row.count(column) != 1]
                if fault or lacking:
                    what = fault or f"has no column {lacking[0]}, or several"
                    yield line, InputError(file, what, "Name the right file, or compare it with docs/data-format.md")
                    return
                columns = row
            elif fault:
                yield line, InputError(f"{file}, line {line}", fault, "Mend that row, or fetch the file again")
            else:
                yield line, dict(zip(columns, row, strict=False))
    except csv.Error as error:
        what = f"is no row of a table ({error}); the rest was not read"
        yield begin, InputError(f"{file}, line {begin}", what, fetch)
        return
    if columns is None:
        yield 1, InputError(file, "is empty", fetch)


def _row_fault(row: list[str], columns: list[str] | None) -> str:
    try:
        "".join(row).encode()
    except UnicodeEncodeError:
        return "holds bytes that are not UTF-8"
    if columns is not None and (len(row) < len(columns) or any(row[len(columns) :])):
        return f"has {len(row)} cells for {len(columns)} columns"
    return ""
