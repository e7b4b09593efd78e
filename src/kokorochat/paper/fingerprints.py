"""By what a finished step is known to be up to date: digests of all that it depends on."""

import hashlib
import os
import platform
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kokorochat.corpus.reading import Corpus
from kokorochat.domain.errors import InputError

LAYERS = ("domain", "llm", "corpus", "tasks", "evaluation", "learning")
"""Of the package, each of which rests on those before it."""

_LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "msgspec",
    "sacrebleu",
    "mecab-python3",
    "ipadic",
    "torch",
    "matplotlib",
)


def corpus_digest(corpus: Corpus) -> str:
    """Of the names and bytes of a corpus' files: it may be moved, but not changed.

    Raises:
        InputError: a file can't be read.
    """
    return files_digest(corpus.path, corpus.files, corpus.source.format)


def place_digest(place: Path) -> str:
    """The same of a file, or of all files in a folder."""
    return files_digest(place, sorted(place.rglob("*")) if place.is_dir() else [place])


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


@cache
def code_digest(layer: str) -> str:
    """Of the source of a layer and of those below it."""
    package = Path(__file__).parents[1]
    below = LAYERS[: LAYERS.index(layer) + 1]
    files = (file for name in below for file in sorted((package / name).rglob("*")) if file.suffix != ".pyc")
    return files_digest(package, files)


@cache
def versions() -> str:
    """Of Python and of the libraries that figures depend on."""
    found = [f"python {platform.python_version()}"]
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} -")
    return ", ".join(found)
