"""The containers that corpora come in, opened alike: what can't be opened comes out as the fault in its place."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from kokorochat.domain.errors import InputError

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes of one line; more is no dialogue but a file without line ends, which must not fill the memory."""


def file_content(path: Path) -> bytes | InputError:
    """All bytes of a file."""
    try:
        return path.read_bytes()
    except OSError as fault:
        return InputError(str(path), f"can't be read ({fault.strerror})", "Check the path and its permissions")


def json_lines(path: Path) -> Iterator[tuple[int, bytes | InputError]]:
    """The lines of a file with their numbers, from 1; blank ones are passed over. One line is held at a time."""
    number = 0
    try:
        with path.open("rb") as stream:
            while line := stream.readline(LONGEST_LINE):
                number += 1
                if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                    remedy = "Write one record a line"
                    yield number, InputError(f"{path}, line {number}", "is longer than 64 MiB", remedy)
                    return
                if line.strip():
                    yield number, line
    except OSError as fault:
        remedy = "Check the path and its permissions"
        yield number + 1, InputError(str(path), f"can't be read ({fault.strerror})", remedy)


def json_array(path: Path) -> Iterator[tuple[int, bytes | InputError]]:
    """The elements of a file that is one JSON array, undecoded, with their positions, from 0.

    The file's bytes are held once; elements are cut out of them without being decoded all together.
    """
    data = file_content(path)
    if isinstance(data, InputError):
        yield 0, data
        return
    try:
        elements = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        yield 0, InputError(str(path), f"not readable as a JSON array in UTF-8 ({fault})", "Fetch the file again")
        return
    for position, element in enumerate(elements):
        yield position, bytes(element)
