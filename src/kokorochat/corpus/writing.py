"""From dialogues to files, whole or not at all."""

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kokorochat.corpus.sources.published import encode
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that at every moment either the old or the whole new content stands at `path`."""
    write_pieces(path, (data,))


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """The same for a content that comes piece by piece and need not fit into memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = _unused(path.parent, f".{path.name}.")
    try:
        with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        # Until now it was its owner's alone; now it is for whoever the process lets read.
        scratch.chmod(0o666 & ~_mask())
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def write_private(path: Path, data: bytes) -> None:
    """Write a new file that its owner alone may read.

    Raises:
        InputError: something is there, or it can't be written; then nothing is left of it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except OSError as fault:
        remedy = room(fault, "a new file in a folder that you own")
        raise InputError(str(path), f"can't be written ({fault.strerror})", remedy) from None


def _unused(folder: Path, prefix: str) -> Path:
    """A name that nobody else has thought of.

    It is known before anything stands there: an interrupt in the very moment in which it is made finds what to remove.
    """
    return folder / f"{prefix}{secrets.token_urlsafe(6)}"


def _mask() -> int:
    """The process's umask; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def check_free(out: Path, remedy: str = "Name a new folder, so that nothing is overwritten") -> None:
    """See that a new folder can take the place `out`: nothing is there, or an empty folder and no link to one.

    Raises:
        InputError: something is there.
    """
    if os.path.lexists(out) and (out.is_symlink() or not out.is_dir() or any(out.iterdir())):
        raise InputError(str(out), "exists and is not an empty folder", remedy)


@contextmanager
def new_folder(out: Path, problem: str = "can't be written") -> Iterator[Path]:
    """A scratch folder that becomes `out` when the block ends well, and goes without a trace if it does not.

    Args:
        problem: what is said if the system refuses.

    Raises:
        InputError: the system refuses to make, fill or rename the folder.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        forget_killed(out)
        scratch, lock = _unused(out.parent, _prefix(out)), None
        try:
            lock = _made(scratch)
            yield scratch
            scratch.chmod(0o777 & ~_mask())
            scratch.replace(out)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        finally:
            if lock is not None:
                os.close(lock)
    except OSError as fault:
        # NumPy raises one with a sentence alone when a disk is full.
        told = f"{problem} ({fault.strerror or fault})"
        raise InputError(str(out), told, room(fault, "a folder that you own")) from None


def room(fault: OSError, place: str) -> str:
    """What can be done where the system refuses to write: a full disk is not mended by another name beside it.

    Args:
        place: what may be named instead.
    """
    full = fault.errno in (errno.ENOSPC, errno.EDQUOT) or "requested and" in str(fault)
    return f"Make room on the disk, or name {place} on another one" if full else f"Name {place}"


def forget_killed(out: Path) -> None:
    """Remove the scratch folders that killed processes have left for `out`; never that of one that is at work.

    Whoever fills a scratch folder holds a lock on it, which ends with the process however it ends. Where the file
    system or the machine knows no such locks, nothing is removed.
    """
    for scratch in out.parent.glob(f"{_prefix(out)}*"):
        # Held by somebody, or gone meanwhile.
        with suppress(OSError):
            lock = _locked(scratch)
            if lock is not None:
                shutil.rmtree(scratch, ignore_errors=True)
                os.close(lock)


def _made(scratch: Path) -> int | None:
    """The lock on a new scratch folder; None where there are none."""
    while True:
        scratch.mkdir(mode=0o700, exist_ok=True)
        try:
            lock = _locked(scratch)
        except (FileNotFoundError, BlockingIOError):
            # Before it was locked, somebody has taken it for a killed process's, and removes it.
            continue
        if lock is None or scratch.is_dir():
            return lock
        os.close(lock)


def _prefix(out: Path) -> str:
    """By which the scratch folders of `out` are known; a digest, for its name may be as long as names can be."""
    return f".new.{hashlib.sha256(os.fsencode(out.name)).hexdigest()[:12]}."


def _locked(folder: Path) -> int | None:
    """A folder's descriptor with a lock on it; None where there are no locks.

    Raises:
        BlockingIOError: somebody holds it.
        OSError: the folder can't be opened.
    """
    try:
        import fcntl
    except ImportError:
        return None
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        raise
    except OSError:
        os.close(opened)
        return None
    return opened


def write_corpus(dialogues: Iterable[Dialogue], out: Path) -> int:
    """Write each dialogue to `out/ID.json` in the published shape; the folder appears only when all are written.

    Returns:
        The number of dialogues.

    Raises:
        InputError: `out` exists and isn't an empty folder or can't be written, a dialogue lacks a part that the shape
            needs, or two have one id.
    """
    check_free(out)
    count = 0
    with new_folder(out) as scratch:
        for dialogue in dialogues:
            data = encode(dialogue)
            try:
                with (scratch / f"{dialogue.id}.json").open("xb") as file:
                    file.write(data)
            except FileExistsError:
                remedy = "Give each its own id: `corpus check` lists those that share one"
                raise InputError(f"dialogue {dialogue.id}", "is there twice", remedy) from None
            count += 1
    return count


def write_lines(records: Iterable[bytes], file: Path) -> int:
    """Write records of JSON to a new file, each in a line of its own.

    Returns:
        The number of records.
    """
    return _write_records(records, file, b"", b"\n", b"\n")


def write_array(records: Iterable[bytes], file: Path) -> int:
    """Write records of JSON to a new file as one array, each in a line of its own.

    Returns:
        The number of records.
    """
    return _write_records(records, file, b"[\n", b",\n", b"\n]\n")


def _write_records(records: Iterable[bytes], file: Path, start: bytes, between: bytes, end: bytes) -> int:
    count = 0
    with file.open("xb") as stream:
        stream.write(start)
        for count, record in enumerate(records, start=1):
            stream.write(between + record if count > 1 else record)
        stream.write(end)
    return count
