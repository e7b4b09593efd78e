"""From a path to its dialogues."""

from collections.abc import Iterator
from pathlib import Path

from kokorochat.corpus.sources import kokorochat
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError

DIALOGUE_FOLDER = "kokorochat_dialogues"
"""The data folder inside the publisher's repository."""


def corpus_files(path: Path) -> list[Path]:
    """The dialogue files of a corpus, by number (8 before 10), then by name.

    Args:
        path: the publisher's repository folder, the data folder in it, or one JSON file.

    Raises:
        InputError: nothing is there, or no dialogue file is in it.
    """
    try:
        if path.is_file():
            return [path]
        there = path.is_dir()
    except OSError as fault:
        raise InputError(str(path), f"can't be read ({fault.strerror})", "Check the path and its permissions") from None
    if not there:
        raise InputError(str(path), "no such file or folder", "Give a corpus folder or one of its JSON files")
    folder = path / DIALOGUE_FOLDER if (path / DIALOGUE_FOLDER).is_dir() else path
    try:
        files = [file for file in folder.iterdir() if file.suffix == ".json"]
    except OSError as fault:
        raise InputError(str(folder), f"can't be read ({fault.strerror})", "Check its permissions") from None
    if not files:
        raise InputError(
            str(folder), "holds no .json file", f"Give the folder that holds them, or one with {DIALOGUE_FOLDER}/"
        )
    return sorted(files, key=_by_number)


def _by_number(file: Path) -> tuple[bool, int, str]:
    number = file.stem.isascii() and file.stem.isdigit()
    return not number, int(file.stem) if number else 0, file.stem


def read_corpus(path: Path) -> Iterator[Dialogue]:
    """The dialogues of a corpus, one after the other, in the order of `corpus_files`.

    Raises:
        InputError: as soon as a file can't be used; it names the file and the field.
    """
    for file in corpus_files(path):
        yield kokorochat.read_file(file)
