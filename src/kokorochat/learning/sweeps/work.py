"""The work on a sweep: cells are claimed, trained and noted until none is left, whoever else works on it."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kokorochat.corpus.writing import write_file
from kokorochat.learning.stopping import asked_to_stop
from kokorochat.learning.sweeps.folder import CELLS, RUN_FILE, TRAINED
from kokorochat.learning.sweeps.ledger import Claim, Ledger, Unreachable
from kokorochat.learning.sweeps.metric import read_documents
from kokorochat.learning.sweeps.training import Training

_MOMENT = 0.1
_PAUSE = 2.0
"""Seconds until it is looked again whether a cell has become free, or whether the ledger can be reached."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

Environment = Mapping[str, str]


def places(workers: int, gpus: Sequence[str]) -> list[Environment]:
    """What the trainings that run at once get besides our own environment.

    Each gets its share of the processors, where the user has not said how many threads; and a GPU, if any are named.
    """
    threads = str(max(1, (os.cpu_count() or 1) // workers))
    shared = {} if any(name in os.environ for name in _THREADS) else dict.fromkeys(_THREADS, threads)
    return [shared | ({"CUDA_VISIBLE_DEVICES": gpus[place % len(gpus)]} if gpus else {}) for place in range(workers)]


@dataclass
class _Job:
    claim: Claim
    training: Training
    place: Environment
    next_try: float = 0.0


class Work:
    """One worker: as many trainings at once as it has places."""

    def __init__(
        self,
        ledger: Ledger,
        out: Path,
        corpus: str,
        free: Sequence[Environment],
        tell: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> None:
        """Get ready.

        Args:
            out: the sweep's folder.
            corpus: as `train --corpus` takes it.
            free: the places, see `places`.
            tell: takes a line for people on what goes on.
            on_end: is called after each cell that ended.
        """
        self._ledger, self._out, self._corpus = ledger, out, corpus
        self._free, self._tell, self._on_end = list(free), tell, on_end
        self._jobs = list[_Job]()
        self._next_look = 0.0

    def run(self) -> None:
        """Work until every cell is done or has failed, those of other workers included.

        Raises:
            KeyboardInterrupt: we were asked to stop; what runs has been ended, and its cells are free.
        """
        with asked_to_stop() as stopping:
            try:
                while not self._is_over():
                    time.sleep(_MOMENT)
                    if stopping:
                        raise KeyboardInterrupt
                    for job in [*self._jobs]:
                        self._look_after(job)
            finally:
                for job in self._jobs:
                    job.training.stop()
                    job.claim.release()

    def _is_over(self) -> bool:
        if time.monotonic() < self._next_look:
            return False
        try:
            while self._free and (claim := self._ledger.claim()):
                self._begin(claim)
            if not self._jobs and self._ledger.is_settled():
                return True
        except Unreachable as fault:
            self._tell(f"the storage can't be reached ({fault}); trying again")
        self._next_look = time.monotonic() + _PAUSE
        return False

    def _begin(self, claim: Claim) -> None:
        place, folder = self._free.pop(0), self._out / CELLS / claim.cell.name
        # With the places of this machine, and as the sweep has it, should somebody have changed it there.
        write_file(folder / RUN_FILE, claim.cell.run_file.encode())
        training = Training(folder, self._corpus, claim.attempt, claim.lock, place)
        self._jobs.append(_Job(claim, training, place))
        again = f", attempt {claim.attempt}" if claim.attempt > 1 else ""
        self._tell(f"{claim.cell.name}: begun{again}")

    def _look_after(self, job: _Job) -> None:
        code, name = job.training.poll(), job.claim.cell.name
        if code is None:
            if not job.claim.holds():
                job.training.stop()
                job.claim.release()
                self._end(job, f"{name}: given up, another worker may have it by now")
            return
        if code < 0 and not job.next_try:
            # Whoever stops a machine ends a training and its worker, one after the other; then the cell hasn't failed.
            job.next_try = time.monotonic() + _PAUSE
        if time.monotonic() < job.next_try:
            return
        seconds = time.monotonic() - job.training.began
        try:
            if code == 0:
                noted = job.claim.finish(seconds, read_documents(self._out / CELLS / name / TRAINED))
                said = f"done in {seconds:,.0f} s"
            else:
                reason = job.training.reason(code)
                noted, said = job.claim.fail(seconds, reason), f"failed: {reason}"
        except Unreachable as fault:
            # While nobody can reach the ledger, nobody can take the cell either.
            job.next_try = time.monotonic() + _PAUSE
            self._tell(f"{name}: has ended, but the storage can't be reached ({fault}); trying again")
            return
        self._end(job, f"{name}: {said}" if noted else f"{name}: another worker has ended it before us")
        self._on_end()

    def _end(self, job: _Job, said: str) -> None:
        self._jobs.remove(job)
        self._free.append(job.place)
        self._next_look = 0.0
        self._tell(said)
