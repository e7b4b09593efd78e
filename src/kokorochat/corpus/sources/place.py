"""A path that a user named, looked at once for all sources: what lies there, and what the files begin with."""

import csv
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kokorochat.corpus.sources.containers import regular_file
from kokorochat.corpus.sources.parquet_file import arrow_place
from kokorochat.domain.errors import InputError

HEAD = 64 * 1024
"""Bytes from the start of a file by which its shape is known."""

FILES_SEEN = 16
"""Of a folder with many files, so many are looked into: one of them may be broken."""

_KEY = re.compile(rb'"((?:[^"\\]|\\.){1,80})"\s*:')
_LINES = (".jsonl", ".ndjson", ".txt")


@dataclass(frozen=True)
class Glimpse:
    """What the head of a file shows, even of a broken one.

    Attributes:
        container: "object" or "array" (one JSON value), "lines" (one JSON value a line), "csv", "parquet", "text" or
            "empty".
        keys: the keys of JSON objects at any depth, or the columns of a table, as far as the head goes.
        head: the first bytes, for a shape that has neither.
    """

    container: str
    keys: frozenset[str]
    head: bytes

    def has(self, *keys: str) -> bool:
        """Whether all these keys or columns are there."""
        return self.keys.issuperset(keys)


@dataclass(frozen=True)
class Place:
    """A path, and whether its format was named.

    Attributes:
        path: a file or folder that is there.
        named: the user named the format: files are taken by their names, whatever they hold, so that the faults of
            broken ones are reported rather than the corpus not recognised.
    """

    path: Path
    named: bool = False

    @cached_property
    def is_folder(self) -> bool:
        """Whether the path is a folder."""
        return self.path.is_dir()

    @cached_property
    def _glimpses(self) -> dict[Path, Glimpse]:
        return {}

    @cached_property
    def _listings(self) -> dict[Path, tuple[Path, ...]]:
        return {}

    def folder(self, *names: str) -> Path:
        """The folder inside the path by one of these names, the first that is there; else the path itself."""
        return next((self.path / name for name in names if (self.path / name).is_dir()), self.path)

    def files(self, pattern: str, folder: Path | None = None) -> tuple[Path, ...]:
        """The files of a folder (by default the path) by a pattern such as `*.json`, in natural order: 8 before 10.

        Hidden files are left out. If the path is a file, it alone where its name fits.
        """
        if not self.is_folder:
            return (self.path,) if self.path.match(pattern) else ()
        folder = self.path if folder is None else folder
        if folder not in self._listings:
            try:
                found = [file for file in folder.iterdir() if not file.name.startswith(".") and file.is_file()]
            except OSError as fault:
                raise InputError(str(folder), f"can't be read ({fault.strerror})", "Check its permissions") from None
            self._listings[folder] = tuple(sorted(found, key=natural))
        return tuple(file for file in self._listings[folder] if file.match(pattern))

    def folders(self, folder: Path) -> tuple[Path, ...]:
        """The folders in a folder, in natural order; hidden ones are left out."""
        try:
            found = [inner for inner in folder.iterdir() if not inner.name.startswith(".") and inner.is_dir()]
        except OSError as fault:
            raise InputError(str(folder), f"can't be read ({fault.strerror})", "Check its permissions") from None
        return tuple(sorted(found, key=natural))

    def glimpse(self, file: Path) -> Glimpse:
        """What a file begins with; looked up once.

        Raises:
            InputError: the file can't be read.
        """
        if file not in self._glimpses:
            self._glimpses[file] = glimpse(file)
        return self._glimpses[file]

    def those(self, files: Sequence[Path], shape: Callable[[Glimpse], bool]) -> tuple[Path, ...]:
        """All the files if one of the first sixteen has the shape, or the format was named; else none."""
        if self.named or any(shape(self.glimpse(file)) for file in files[:FILES_SEEN]):
            return tuple(files)
        return ()


def glimpse(file: Path) -> Glimpse:
    """What a file begins with.

    Raises:
        InputError: the file can't be read.
    """
    try:
        with open(file, "rb", opener=regular_file) as stream:
            head = stream.read(HEAD)
    except OSError as fault:
        raise InputError(str(file), f"can't be read ({fault.strerror})", "Check the path and its permissions") from None
    if head.startswith(b"PAR1"):
        return Glimpse("parquet", _parquet_columns(file), head)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if not start:
        return Glimpse("empty", frozenset(), head)
    if file.suffix == ".csv":
        return Glimpse("csv", _csv_columns(head), head)
    if start in b"[{":
        lines = file.suffix in _LINES
        container = "lines" if lines else "array" if start == b"[" else "object"
        return Glimpse(container, frozenset(key.decode("utf-8", "replace") for key in _KEY.findall(head)), head)
    return Glimpse("text", frozenset(), head)


def _csv_columns(head: bytes) -> frozenset[str]:
    text = head.decode("utf-8-sig", "replace")
    try:
        return frozenset(next(csv.reader(text.splitlines()), []))
    except csv.Error:
        return frozenset()


def _parquet_columns(file: Path) -> frozenset[str]:
    import pyarrow
    import pyarrow.parquet

    try:
        with ExitStack() as held:
            return frozenset(pyarrow.parquet.read_schema(arrow_place(file, held)).names)
    except (pyarrow.ArrowException, OSError, ValueError):
        return frozenset()


def natural(file: Path) -> tuple[list[tuple[str, int]], str]:
    """Sort key: digits in a name count as numbers, case_2 before case_10, and numbers come before words."""
    pieces = re.findall(r"([^0-9]*)([0-9]*)", file.stem)
    return [(word, int(digits or -1)) for word, digits in pieces], file.name
