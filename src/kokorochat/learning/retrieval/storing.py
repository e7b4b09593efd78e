"""An index on disk: one NumPy file for each array, opened as a memory map, and a description with their digests.

No pickle, so that to load a stranger's index runs no code of theirs; and processes on one machine share its memory.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kokorochat.corpus.sources.containers import regular_file
from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.learning.response_config import RetrievalRun
from kokorochat.learning.stored import (
    BEYOND_MEASURE,
    DESCRIPTION,
    REMEDY,
    Description,
    decode_description,
    find_description,
)
from kokorochat.tasks.lines import digest, file_bytes

FORMAT, FORMAT_VERSION = "kokorochat-retrieval", 2


class IndexDescription(Description, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands beside the arrays.

    Attributes:
        run: the settings under which the index was made and is searched.
        tokenizer: its signature, with versions.
        words: all that the indexed turns hold; the position of a word is its number.
        dialogues: their ids, in the order of the history's rows.
        digests: SHA-256 of each file of an array, by the array's name.
    """

    run: RetrievalRun
    tokenizer: str
    words: list[str]
    dialogues: list[str]
    digests: dict[str, str] = msgspec.field(default_factory=dict)


@dataclass(frozen=True)
class StoredIndex:
    """An index as opened.

    Attributes:
        place: the folder that holds the files.
        fingerprint: SHA-256 of the description, and by its digests of the arrays.
    """

    place: Path
    told: IndexDescription
    arrays: dict[str, NDArray[Any]]
    fingerprint: str


def save_index(folder: Path, description: IndexDescription, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write the arrays and, last, the description."""
    folder.mkdir()
    digests = {}
    for name, array in sorted(arrays.items()):
        file = folder / f"{name}.npy"
        np.save(file, array, allow_pickle=False)
        digests[name] = _digest(file)
    whole = msgspec.structs.replace(description, digests=digests)
    write_file(folder / DESCRIPTION, msgspec.json.encode(whole))


def read_index(folder: Path, kinds: Mapping[str, str]) -> StoredIndex:
    """Open the index in the folder of a training run, or in `model/` of it.

    Args:
        kinds: the arrays that are due, each of one dimension, by name.

    Raises:
        InputError: no index is there, or it is damaged; the message names the file.
    """
    file = find_description(folder, "a retrieval responder")
    place = file.parent
    written = file_bytes(file)
    told = decode_description(written, IndexDescription, file)
    if (told.format, told.format_version) != (FORMAT, FORMAT_VERSION) or told.digests.keys() != kinds.keys():
        raise InputError(str(file), "is not what this version of kokorochat reads", REMEDY)
    arrays = {name: _array(place / f"{name}.npy", told.digests[name], kind) for name, kind in kinds.items()}
    return StoredIndex(place, told, arrays, digest(written))


def _array(file: Path, due: str, kind: str) -> NDArray[Any]:
    try:
        if _digest(file) != due:
            raise InputError(str(file), f"is damaged, or not the one that {DESCRIPTION} belongs to", REMEDY)
        array: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False) if _holds_some(file) else np.load(file)
    except (OSError, ValueError, EOFError, TokenError, *BEYOND_MEASURE) as fault:
        raise InputError(str(file), f"can't be read as an array ({fault})", REMEDY) from None
    if array.ndim != 1 or array.dtype != np.dtype(kind):
        raise InputError(str(file), f"isn't a row of numbers ({kind})", REMEDY)
    # A plain view of the map: a slice of it takes a tenth of the time.
    return array.view(np.ndarray)


def _holds_some(file: Path) -> bool:
    """Whether an array has elements: without any it can't be mapped."""
    with open(file, "rb", opener=regular_file) as opened:
        np.lib.format.read_magic(opened)
        shape, _, _ = np.lib.format.read_array_header_1_0(opened)
        return 0 not in shape


def _digest(file: Path) -> str:
    with open(file, "rb", opener=regular_file) as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
