"""Digests: of a corpus, by its files or by what they say, and of whatever else a result depends on."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from kokorochat.corpus.reading import Corpus
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError

SHORT = 12
"""Digits by which headers and signatures name a corpus."""


class Contents:
    """The entries of a corpus on their way to whoever reads them, and a digest of all that they say.

    It is the same in whatever files the corpus lies, as JSON or as Parquet: of each dialogue talk, people, topic and
    rating count, and their order, for splits follow from it.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Take the entries of the whole corpus; they are read once."""
        self._entries = entries
        self._found = hashlib.sha256()
        self._read = False

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._entries:
            self._found.update(_told(entry.dialogue, entry.score))
            yield entry
        self._read = True

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal digits, once all entries were read."""
        assert self._read, "the digest of a corpus is known when all of it was read"
        return self._found.hexdigest()

    @property
    def short(self) -> str:
        """Its first digits, as headers and signatures name the corpus."""
        return self.digest[:SHORT]

    def read(self) -> "Contents":
        """Read what is left of the entries, for whoever asks for the digest alone; gives itself back."""
        for _ in self:
            pass
        return self


def _told(dialogue: Dialogue, score: int | None) -> bytes:
    told = [dialogue, score]
    try:
        # The marks of a feedback are a set, which every process would write in an order of its own.
        return msgspec.json.encode(told, order="deterministic")
    except UnicodeEncodeError:
        # Half of a surrogate pair, which JSON can't say.
        return repr(msgspec.to_builtins(told, order="deterministic")).encode("utf-8", "surrogatepass")


def corpus_digest(corpus: Corpus) -> str:
    """Of the names and bytes of a corpus' files: it may be moved, but not changed.

    Raises:
        InputError: a file can't be read.
    """
    return files_digest(corpus.path, corpus.files, corpus.source.format)


def files_digest(place: Path, files: Iterable[Path], salt: str = "") -> str:
    """Of files by their names below `place` and their bytes.

    Raises:
        InputError: one can't be read.
    """
    found = hashlib.sha256(salt.encode())
    for file in files:
        if file.is_dir():
            continue
        try:
            with file.open("rb") as stream:
                content = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as fault:
            problem = f"can't be read ({fault.strerror})"
            raise InputError(str(file), problem, "Check the path and its permissions") from None
        found.update(os.fsencode(f"{os.path.relpath(file, place)}\0{content}\n"))
    return found.hexdigest()
