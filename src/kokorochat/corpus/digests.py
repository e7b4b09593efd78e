"""Digests of files: of a corpus that may be moved, but not changed, and of whatever else a result depends on."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from kokorochat.corpus.reading import Corpus
from kokorochat.domain.errors import InputError


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
