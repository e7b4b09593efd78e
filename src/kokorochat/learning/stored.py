"""A model on disk: arrays and JSON, without pickle, so that to load a stranger's model runs no code of theirs."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from kokorochat.corpus.faults import field_fault
from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.tasks.lines import digest, file_bytes

ARRAYS, DESCRIPTION = "weights.npz", "model.json"

REMEDY = "Name the folder that `kokorochat train` wrote, or train again"


LARGEST_UNPACKED = 1024**3
"""Bytes of all arrays; models have a fiftieth of it, and a small file could unpack to more than the memory holds."""

BEYOND_MEASURE = (NotImplementedError, MemoryError, OverflowError, RecursionError, SyntaxError, RuntimeError)
"""What else reading a stranger's arrays may raise: a shape of no memory's size, a header nested without end, a key."""


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The part of a stored model that isn't arrays; each kind of model adds its own.

    Attributes:
        format: the kind of model.
        arrays_digest: SHA-256 of the file of arrays, so that two halves of different models don't pass for one.
    """

    format: str
    format_version: int
    arrays_digest: str = ""


Told = TypeVar("Told", bound=Description)


@dataclass(frozen=True)
class StoredModel(Generic[Told]):
    """A model's files as read.

    Attributes:
        place: the folder that holds the two files.
        fingerprint: SHA-256 of the description, and by its digest of the arrays.
    """

    place: Path
    told: Told
    arrays: dict[str, NDArray[Any]]
    fingerprint: str

    def take(self, name: str, shape: tuple[int, ...], kind: str) -> Any:
        """The array of that name.

        Raises:
            InputError: it isn't there, or not of this shape and kind, or holds what is no finite number.
        """
        array = self.arrays.get(name)
        if array is None or array.shape != shape or array.dtype != np.dtype(kind) or not np.isfinite(array).all():
            problem = f"isn't an array of {shape} finite numbers ({kind})"
            raise InputError(f"{self.place / ARRAYS}, {name}", problem, REMEDY)
        return array

    def check(self, due: Mapping[str, object]) -> None:
        """See that the description says what this version of the package reads.

        Raises:
            InputError: a field holds another value.
        """
        for key, value in due.items():
            if getattr(self.told, key) != value:
                place = f"{self.place / DESCRIPTION}, {key}"
                raise InputError(place, "is not what this version of kokorochat reads", REMEDY)


def save_model(folder: Path, description: Description, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a model's two files."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **dict(arrays))
    write_file(folder / ARRAYS, buffer.getvalue())
    whole = msgspec.structs.replace(description, arrays_digest=digest(buffer.getvalue()))
    write_file(folder / DESCRIPTION, msgspec.json.encode(whole))


def read_model(folder: Path, kind: type[Told], what: str) -> StoredModel[Told]:
    """Read a model from the folder of a training run, or from `model/` in it.

    Args:
        what: the kind of model in words, for the message.

    Raises:
        InputError: no model of this kind is there, or it is damaged; the message names the file.
    """
    description_file = find_description(folder, what)
    place = description_file.parent
    arrays_file = place / ARRAYS
    written, packed = file_bytes(description_file), file_bytes(arrays_file)
    told = decode_description(written, kind, description_file)
    if told.arrays_digest != digest(packed):
        raise InputError(str(arrays_file), f"is damaged, or not the one that {DESCRIPTION} belongs to", REMEDY)
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > LARGEST_UNPACKED:
            raise ValueError(f"{unpacked:,} bytes when unpacked")
        with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if strange := [name for name, array in arrays.items() if not isinstance(array, np.ndarray)]:
            raise ValueError(f"{strange[0]!r} is none")
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, *BEYOND_MEASURE) as fault:
        raise InputError(str(arrays_file), f"can't be read as arrays ({fault})", REMEDY) from None
    return StoredModel(place, told, arrays, digest(written))


def find_description(folder: Path, what: str) -> Path:
    """The description of a stored model in the folder of a training run, or in `model/` of it.

    Raises:
        InputError: none is there.
    """
    for file in (folder / "model" / DESCRIPTION, folder / DESCRIPTION):
        try:
            if file.is_file():
                return file
        except OSError as fault:
            problem = f"can't be looked at ({fault.strerror})"
            raise InputError(str(file), problem, "Check the path and its permissions") from None
    raise InputError(str(folder), f"holds no {DESCRIPTION} of {what}", REMEDY)


def decode_description(data: bytes, kind: type[Told], file: Path) -> Told:
    """The description of a stored model from its bytes.

    Raises:
        InputError: it isn't JSON of this kind; the message names file and field.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as fault:
        key, problem = field_fault(fault)
        told = _format_of(data)
        problem = f"{problem}; the file says that it is of the kind {told!r}" if told else problem
        raise InputError(f"{file}, {key}" if key else str(file), problem, REMEDY) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(str(file), f"not readable as JSON in UTF-8 ({fault})", REMEDY) from None


class _Format(msgspec.Struct):
    format: str = ""


def _format_of(data: bytes) -> str:
    """The kind of model that a description names; a model of another kind is the likeliest reason of a wrong field."""
    try:
        return msgspec.json.decode(data, type=_Format).format[:40]
    except (msgspec.ValidationError, RecursionError):
        return ""
