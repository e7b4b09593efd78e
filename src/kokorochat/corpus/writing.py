"""From dialogues to files, whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from kokorochat.corpus.sources import kokorochat
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that at every moment either the old or the whole new content stands at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # A temporary file is its owner's alone; this one is for whoever the process lets read.
        Path(name).chmod(0o666 & ~_mask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _mask() -> int:
    """The process's umask; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def write_corpus(dialogues: Iterable[Dialogue], out: Path) -> int:
    """Write each dialogue to `out/ID.json` in the published shape; the folder appears only when all are written.

    Returns:
        The number of dialogues.

    Raises:
        InputError: `out` exists and isn't an empty folder, or a dialogue lacks a part that the shape needs.
    """
    if os.path.lexists(out) and (out.is_symlink() or not out.is_dir() or any(out.iterdir())):
        raise InputError(
            str(out), "exists and is not an empty folder", "Name a new folder, so that nothing is overwritten"
        )
    count = 0
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=out.parent, prefix=".corpus."))
        try:
            for dialogue in dialogues:
                (scratch / f"{dialogue.id}.json").write_bytes(kokorochat.encode(dialogue))
                count += 1
            scratch.chmod(0o777 & ~_mask())
            scratch.replace(out)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
    except OSError as fault:
        raise InputError(str(out), f"can't be written ({fault.strerror})", "Name a folder that you own") from None
    return count
