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
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise InputError(str(path), "no such file or folder", "Give a corpus folder or one of its JSON files")
    folder = path / DIALOGUE_FOLDER if (path / DIALOGUE_FOLDER).is_dir() else path
    files = [file for file in folder.iterdir() if file.suffix == ".json"]
    if not files:
        raise InputError(
            str(folder), "holds no .json file", f"Give the folder that holds them, or one with {DIALOGUE_FOLDER}/"
        )
    return sorted(
        files, key=lambda file: (not file.stem.isdigit(), int(file.stem) if file.stem.isdigit() else 0, file.stem)
    )


def read_corpus(path: Path) -> Iterator[Dialogue]:
    """The dialogues of a corpus, one after the other, in the order of `corpus_files`.

    Raises:
        InputError: as soon as a file can't be used; it names the file and the field.
    """
    for file in corpus_files(path):
        yield kokorochat.read_file(file)
