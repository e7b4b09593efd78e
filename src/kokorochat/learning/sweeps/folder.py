"""The ledger of one machine: the folder itself. Who holds a cell's lock has it, and a lock goes with its process."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.learning.sweeps.cells import Cell
from kokorochat.learning.sweeps.ledger import Standing, State
from kokorochat.learning.sweeps.metric import read_documents

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

CELLS, TRAINED, RUN_FILE, LOG = "cells", "trained", "run.toml", "log.txt"
"""The folder of all cells; and in each of them what `train` has made, its run file, and what was said."""

DEFINITION = "sweep.json"

_LOCK, _ATTEMPTS, _OUTCOME = "lock", "attempts.jsonl", "outcome.json"
_JOURNAL, _RECORD_LOCK = "optuna.journal", "record.lock"
_REMEDY = "Name a new folder"


def open_folder(out: Path, definition: dict[str, Any], cells: Sequence[Cell]) -> None:
    """Make the folder of a sweep, or see that it is that of this one.

    Raises:
        InputError: it holds something else or another sweep, or can't be written.
    """
    told = (json.dumps(definition, ensure_ascii=False, indent=2) + "\n").encode()
    file = out / DEFINITION
    try:
        if out.is_dir() and any(out.iterdir()) and not (out / CELLS).is_dir():
            raise InputError(str(out), "holds something else than a sweep", _REMEDY)
        (out / CELLS).mkdir(parents=True, exist_ok=True)
        with locked(out / _RECORD_LOCK):
            if not file.exists():
                write_file(file, told)
            check_definition(file.read_bytes(), definition, str(file))
        for cell in cells:
            place = out / CELLS / cell.name
            place.mkdir(exist_ok=True)
            if not (place / RUN_FILE).exists():
                write_file(place / RUN_FILE, cell.run_file.encode())
    except OSError as fault:
        raise InputError(str(out), f"can't be written ({fault.strerror})", "Name a folder that you own") from None


def check_definition(stored: bytes | str, definition: dict[str, Any], place: str) -> None:
    """See that what is stored at a place is this sweep.

    Raises:
        InputError: it is another one, or no sweep.
    """
    try:
        there = json.loads(stored)
    except ValueError:
        there = None
    if not isinstance(there, dict):
        raise InputError(place, "is damaged", _REMEDY)
    # As JSON has them: what was stored went through it.
    here = json.loads(json.dumps(definition))
    other = next((key for key in here if there.get(key) != here[key]), None)
    if other is not None:
        what = {"cells": "other settings in its run file", "grid": "another grid", "corpus": "another corpus"}
        raise InputError(place, f"is of a sweep with {what.get(other, 'another name')}", _REMEDY)


def worker_name() -> str:
    """This process, for whoever looks for it."""
    return f"{socket.gethostname()}:{os.getpid()}"


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock for as long as the block, or until this process is gone; waits for it."""
    with file.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def lock_cell(folder: Path) -> int | None:
    """The lock of a cell's folder as a descriptor; None if another process has it."""
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


@dataclass
class FolderClaim:
    """A cell whose lock we hold."""

    cell: Cell
    attempt: int
    lock: int
    folder: Path

    def holds(self) -> bool:
        """See `Claim`; a lock can't be lost."""
        return True

    def finish(self, seconds: float, documents: dict[str, Any]) -> bool:
        """See `Claim`; the documents stay where they are."""
        return self._end("done", seconds, None)

    def fail(self, seconds: float, reason: str) -> bool:
        """See `Claim`."""
        return self._end("failed", seconds, reason)

    def release(self) -> None:
        """See `Claim`."""
        os.close(self.lock)

    def _end(self, state: State, seconds: float, reason: str | None) -> bool:
        told = {"state": state, "worker": worker_name(), "seconds": round(seconds, 1), "reason": reason}
        write_file(self.folder / _OUTCOME, (json.dumps(told, ensure_ascii=False) + "\n").encode())
        os.close(self.lock)
        return True


class FolderLedger:
    """The ledger that is the folder."""

    def __init__(self, out: Path, cells: Sequence[Cell]) -> None:
        """A ledger over cells whose folders `open_folder` has made, or will make."""
        self._out, self._cells = out, cells

    def claim(self) -> FolderClaim | None:
        """See `Ledger`."""
        for cell in self._cells:
            folder = self._out / CELLS / cell.name
            if (folder / _OUTCOME).exists() or (lock := lock_cell(folder)) is None:
                continue
            # It may have ended between the look and the lock.
            if (folder / _OUTCOME).exists():
                os.close(lock)
                continue
            attempt = len(_lines(folder / _ATTEMPTS)) + 1
            begun = {"attempt": attempt, "worker": worker_name(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
            with (folder / _ATTEMPTS).open("ab") as file:
                file.write((json.dumps(begun) + "\n").encode())
            return FolderClaim(cell, attempt, lock, folder)
        return None

    def standings(self) -> list[Standing]:
        """See `Ledger`."""
        return [self._standing(cell) for cell in self._cells]

    def is_settled(self) -> bool:
        """See `Ledger`."""
        return all((self._out / CELLS / cell.name / _OUTCOME).exists() for cell in self._cells)

    def reopen_failed(self) -> int:
        """See `Ledger`."""
        failed = [one.cell for one in self.standings() if one.state == "failed"]
        for name in failed:
            (self._out / CELLS / name / _OUTCOME).unlink(missing_ok=True)
        return len(failed)

    @contextmanager
    def recording(self) -> "Iterator[BaseStorage]":
        """See `Ledger`."""
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        class AlreadyLocked(JournalFileOpenLock):
            """Optuna's own locks are files, which a killed process leaves behind; ours goes with its process."""

            def acquire(self) -> bool:
                return True

            def release(self) -> None:
                pass

        with locked(self._out / _RECORD_LOCK):
            journal = self._out / _JOURNAL
            _drop_cut_line(journal)
            yield JournalStorage(JournalFileBackend(str(journal), lock_obj=AlreadyLocked(str(journal))))

    def _standing(self, cell: Cell) -> Standing:
        folder = self._out / CELLS / cell.name
        begun = _lines(folder / _ATTEMPTS)
        worker = begun[-1].get("worker") if begun else None
        try:
            ended = json.loads((folder / _OUTCOME).read_bytes())
        except FileNotFoundError:
            state: State = "running" if _is_locked(folder) else "open"
            return Standing(cell.name, state, len(begun), worker)
        except ValueError:
            remedy = "Remove it, and the cell is taken up again"
            raise InputError(str(folder / _OUTCOME), "is damaged", remedy) from None
        documents = read_documents(folder / TRAINED) if ended["state"] == "done" else None
        state, seconds, reason = ended["state"], ended["seconds"], ended["reason"]
        return Standing(cell.name, state, len(begun), ended["worker"], seconds, reason, documents)


def _is_locked(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


def _lines(file: Path) -> list[dict[str, Any]]:
    """The lines of a file that only grows; one that a kill has cut off counts, without what it says."""
    found = []
    with suppress(FileNotFoundError):
        for line in file.read_bytes().splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                found.append({})
    return found


def _drop_cut_line(journal: Path) -> None:
    with suppress(FileNotFoundError):
        data = journal.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.truncate(journal, whole)
