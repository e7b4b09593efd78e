"""One training: `kokorochat train` as a process of its own, that never outlives its worker."""

import ctypes
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from kokorochat.learning.sweeps.folder import LOG, RUN_FILE, TRAINED

_BAD_INPUT = 2
_PATIENCE = 10.0
_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""


class Training:
    """A cell that is being trained.

    Attributes:
        began: by `time.monotonic`.
    """

    def __init__(self, folder: Path, corpus: str, attempt: int, lock: int, environment: Mapping[str, str]) -> None:
        """Start it in a cell's folder, which this process has locked; what an earlier attempt has stored is taken up.

        Args:
            lock: the lock's descriptor, which the training holds as well.
            environment: that it gets besides our own.
        """
        self._log = folder / LOG
        command = ["kokorochat", "train", str(folder / RUN_FILE), "--corpus", corpus, "--out", str(folder / TRAINED)]
        with self._log.open("ab") as log:
            at = datetime.now(UTC).isoformat(timespec="seconds")
            log.write(f"--- attempt {attempt}, {at}: {shlex.join([*command, '--resume'])}\n".encode())
            log.flush()
            self._said_from = log.tell()
            self.began = time.monotonic()
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command, "--resume"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **environment},
                pass_fds=(lock,),
                # Ctrl-C is for the worker, which then ends its trainings.
                start_new_session=True,
                preexec_fn=_dies_with(os.getpid()),
            )

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """End it and what it has started; what it has stored stays."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
                return

    def reason(self, code: int) -> str:
        """Why it failed, in one line."""
        with self._log.open("rb") as log:
            log.seek(self._said_from)
            said = [line for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
        last = said[-1].strip() if said else "it said nothing"
        if code == _BAD_INPUT:
            return last.removeprefix("kokorochat: ")
        if code < 0:
            return f"ended by signal {signal.Signals(-code).name}; its last words: {last}"
        return f"broke down with exit code {code}: {last}"


def _dies_with(worker: int) -> Callable[[], None] | None:
    """What a child does before it becomes the training: on Linux it asks to be killed when its worker is gone.

    Elsewhere a training goes on without its worker; it holds the cell's lock, so nobody else begins meanwhile.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != worker:
            # It was gone before we asked.
            os._exit(1)

    return ask
