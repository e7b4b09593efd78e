"""Steps of work, each a command of ours with a folder for what it makes, of which those that are up to date are kept.

A step is known by its key: a digest of its command, of the corpus, of the files that it reads, of the code and the
libraries that it runs, and of the keys of the steps before it. It is finished when `step.json` in its folder has that
key; so what is interrupted is made again, what has changed too, and nothing else.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from kokorochat.corpus.writing import room, write_file
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted, writable
from kokorochat.learning.stopping import asked_to_stop
from kokorochat.paper.fingerprints import code_digest, place_digest, versions

CORPUS = "CORPUS"
"""Stands in a command for the corpus."""

RESULT, LOG = "result.json", "log.txt"
"""In a step's folder: what its command printed as JSON, and what it said besides."""

_DONE, _BEGUN, _STEPS, _LOCK = "step.json", "begun", "steps", "lock"

_BAD_INPUT = 2
_MOMENT = 0.05

# One thread for each step: several run at once, and sums of floats depend on the number of threads.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class At:
    """A file or folder that a step makes, in a command."""

    step: str
    file: str

    def __str__(self) -> str:
        return f"{_STEPS}/{self.step}/{self.file}"


Part = str | At | tuple[str | At, ...]
"""An argument of a command; a tuple is joined to one, such as `retrieval:` and where the model is."""


@dataclass(frozen=True)
class Step:
    """One command.

    Attributes:
        name: of its folder.
        command: what follows `kokorochat`.
        layer: the highest of `fingerprints.LAYERS` that it runs.
        reads: files and folders besides the corpus and what other steps make.
        goes_on: it takes `--resume` and goes on where it was interrupted.
    """

    name: str
    command: tuple[Part, ...]
    layer: str
    reads: tuple[Path, ...] = ()
    goes_on: bool = False

    @property
    def after(self) -> list[str]:
        """The names of the steps that must be done before."""
        pieces = [piece for part in self.command for piece in _pieces(part)]
        return list(dict.fromkeys(one.step for one in pieces if isinstance(one, At) and one.step != self.name))

    def __str__(self) -> str:
        """The command as a user would type it beside the corpus."""
        return f"kokorochat {shlex.join(''.join(map(str, _pieces(part))) for part in self.command)}"

    def typed(self, out: Path, corpus: str) -> list[str]:
        """The command's arguments, as they are run."""
        parts = (
            "".join(str(out / str(piece)) if isinstance(piece, At) else piece for piece in _pieces(part))
            for part in self.command
        )
        return [corpus if part == CORPUS else part for part in parts]


def _pieces(part: Part) -> tuple[str | At, ...]:
    return part if isinstance(part, tuple) else (part,)


@dataclass
class Workshop:
    """A folder in which steps are made.

    Attributes:
        out: the folder.
        corpus: as the user named it; `corpus_key` is its digest.
        jobs: how many steps run at once.
        tell: takes a line for people on what goes on.
        faults: {step: why it can't be made}; `crashed` are those whose command broke down, which none should.
    """

    out: Path
    corpus: str
    corpus_key: str
    jobs: int
    tell: Callable[[str], None]
    faults: dict[str, str] = field(default_factory=dict)
    crashed: list[str] = field(default_factory=list)

    def folder(self, step: str) -> Path:
        """Where a step's files are."""
        return self.out / _STEPS / step

    def document(self, step: str, file: str = RESULT) -> dict[str, Any]:
        """A document of a finished step."""
        found: dict[str, Any] = json.loads((self.folder(step) / file).read_bytes())
        return found

    def make(self, steps: Sequence[Step]) -> None:
        """Bring all steps up to date, but for those that can't be, which `faults` tells.

        Args:
            steps: each after those that it needs.

        Raises:
            InputError: the folder holds something else, or another run is at work in it.
        """
        with self._held() as lock, asked_to_stop() as stopping:
            keys = self._keys(steps)
            due = [step for step in steps if not self._is_done(step, keys[step.name])]
            if len(due) < len(steps):
                self.tell(f"{len(steps) - len(due)} of {len(steps)} steps are up to date")
            started = time.perf_counter()
            self._make(due, keys, lock, stopping)
            if due:
                seconds, processor = time.perf_counter() - started, sum(os.times()[2:4])
                self.tell(f"{counted(len(due), 'step')} in {seconds:.0f} s, {processor:.0f} s of processor")

    def _make(self, due: Sequence[Step], keys: Mapping[str, str], lock: BinaryIO, stopping: list[int]) -> None:
        waiting, running = list(due), dict[str, tuple[Step, subprocess.Popen[bytes], float]]()
        number = 0
        try:
            while waiting or running:
                open_steps = {step.name for step in waiting} | set(running)
                for step in [*waiting]:
                    if len(running) >= self.jobs or not open_steps.isdisjoint(step.after):
                        continue
                    waiting.remove(step)
                    fault = next((self.faults[name] for name in step.after if name in self.faults), None)
                    if fault is not None:
                        number += 1
                        self.faults[step.name] = fault
                        continue
                    running[step.name] = step, self._start(step, keys[step.name], lock), time.perf_counter()
                time.sleep(_MOMENT)
                if stopping:
                    raise KeyboardInterrupt
                for name, (step, process, began) in [*running.items()]:
                    if process.poll() is not None:
                        del running[name]
                        number += 1
                        seconds = time.perf_counter() - began
                        self._finish(step, keys[name], process.returncode, seconds)
                        said = f": {self.faults[name]}" if name in self.faults else ""
                        self.tell(f"[{number:>{len(str(len(due)))}}/{len(due)}] {name}, {seconds:.0f} s{said}")
        finally:
            for _, process, _ in running.values():
                process.terminate()
            for _, process, _ in running.values():
                process.wait()

    def _start(self, step: Step, key: str, lock: BinaryIO) -> "subprocess.Popen[bytes]":
        folder = self.folder(step.name)
        begun = folder / _BEGUN
        if not (step.goes_on and begun.is_file() and begun.read_text() == key):
            shutil.rmtree(folder, ignore_errors=True)
        with suppress(FileNotFoundError):
            (folder / _DONE).unlink()
        write_file(begun, key.encode())
        more = ["--resume"] if step.goes_on else []
        with (folder / RESULT).open("wb") as result, (folder / LOG).open("wb") as log:
            # The child holds the lock as well: should we be killed, nobody begins before it has ended.
            return subprocess.Popen(
                [sys.executable, "-m", "kokorochat", *step.typed(self.out, self.corpus), *more, "--json"],
                stdin=subprocess.DEVNULL,
                stdout=result,
                stderr=log,
                env=os.environ | _ONE_THREAD,
                pass_fds=(lock.fileno(),),
            )

    def _finish(self, step: Step, key: str, code: int, seconds: float) -> None:
        folder = self.folder(step.name)
        if code == 0:
            (folder / _BEGUN).unlink()
            done = {"key": key, "command": str(step), "seconds": round(seconds, 1), "files": _files(folder)}
            write_file(folder / _DONE, json.dumps(done, indent=2).encode())
            return
        said = (folder / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        if code == _BAD_INPUT and said:
            told = said[-1].removeprefix("kokorochat: ")
            self.faults[step.name] = writable(told).replace(f"{self.out}/", "").replace(self.corpus, CORPUS)
        else:
            self.faults[step.name] = f"its command broke down: {At(step.name, LOG)}"
            self.crashed.append(step.name)

    def _keys(self, steps: Sequence[Step]) -> dict[str, str]:
        keys: dict[str, str] = {}
        for step in steps:
            parts = [
                *(str(step), versions(), code_digest(step.layer), self.corpus_key),
                *(place_digest(place) for place in step.reads),
                *(keys[name] for name in step.after),
            ]
            keys[step.name] = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        return keys

    def _is_done(self, step: Step, key: str) -> bool:
        folder = self.folder(step.name)
        try:
            done = json.loads((folder / _DONE).read_bytes())
            return bool(done["key"] == key and done["files"] == _files(folder))
        except (OSError, ValueError, KeyError, TypeError):
            return False

    @contextmanager
    def _held(self) -> Iterator[BinaryIO]:
        remedy = "Name a new folder"
        if self.out.is_dir() and any(self.out.iterdir()) and not (self.out / _STEPS).is_dir():
            raise InputError(str(self.out), "holds something else", remedy)
        try:
            (self.out / _STEPS).mkdir(parents=True, exist_ok=True)
            with (self.out / _LOCK).open("ab") as lock:
                with suppress(ImportError):
                    import fcntl

                    try:
                        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        problem = "another run, or the last step of one that was killed, is at work in it"
                        raise InputError(str(self.out), problem, "Wait until it has ended") from None
                yield lock
        except OSError as fault:
            problem = f"can't be written ({fault.strerror})"
            raise InputError(str(self.out), problem, room(fault, "a new folder")) from None


def _files(folder: Path) -> dict[str, int]:
    """The sizes of the files that a step has made."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != _DONE)
    return {str(file.relative_to(folder)): file.stat().st_size for file in files}
