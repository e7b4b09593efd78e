"""Sweeps for tests: over the ordinal model and the demo's sixteen dialogues, a second or two for each cell."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from kokorochat.corpus.demo import DEMO_CORPUS

_BASE = 'task = "score"\nmodel = "ordinal"\ntexts = [{ role = "client", last = 1.0, weight = 1.0 }]\n'
_SWEEP = 'run = "base.toml"\nmetric = "metrics.validation.mae.mean"\nbetter = "less"\n'

_ENDED = re.compile(r"^.*trained \([0-9.]+ seconds\)$", re.MULTILINE)


def write_sweep(folder: Path, grid: str = "longest_gram = [1, 2]", more: str = "", name: str = "grid") -> Path:
    """A sweep file and its run file.

    Args:
        grid: lines of the table [grid].
        more: lines before it, which stand for those of the same key.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "base.toml").write_text(_BASE)
    keys = [line.partition(" ")[0] for line in more.splitlines()]
    kept = "".join(f"{line}\n" for line in _SWEEP.splitlines() if line.partition(" ")[0] not in keys)
    file = folder / f"{name}.toml"
    file.write_text(f"{kept}{more}\n[grid]\n{grid}\n")
    return file


def start_worker(sweep: Path, out: Path, *more: object) -> "subprocess.Popen[bytes]":
    """A worker as a process of its own."""
    command = ["kokorochat", "sweep", sweep, "--corpus", DEMO_CORPUS, "--out", out, *more]
    with (sweep.parent / "workers.txt").open("ab") as said:
        return subprocess.Popen([sys.executable, "-m", *map(str, command)], stdout=said, stderr=said)


def children(process: int) -> list[int]:
    """The processes that a process has started, on Linux."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = place.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == process and state != "Z":
            found.append(int(place.parent.name))
    return found


def is_alive(process: int) -> bool:
    """Whether a process is there; one that has ended and that nobody has waited for is not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(outs: Iterable[Path]) -> dict[str, int]:
    """How often each cell was trained to the end, over the folders of all workers; that one was found done is none."""
    found: dict[str, int] = {}
    for out in outs:
        for log in out.glob("cells/*/log.txt"):
            text = log.read_text(encoding="utf-8")
            found[log.parent.name] = found.get(log.parent.name, 0) + len(_ENDED.findall(text))
    return found


def trials(storage: object, name: str) -> list[tuple[str, str]]:
    """(cell, state) of each trial of Optuna's record."""
    import optuna

    study = optuna.load_study(study_name=name, storage=storage)
    return sorted((trial.user_attrs["cell"], trial.state.name) for trial in study.get_trials())


def journal(out: Path) -> object:
    """Optuna's record in a folder, opened as any tool of Optuna opens it."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    assert os.path.exists(out / "optuna.journal")
    return JournalStorage(JournalFileBackend(str(out / "optuna.journal")))
