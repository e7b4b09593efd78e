"""Workers are killed again and again, and each cell is trained to its end once: on one machine, and over PostgreSQL."""

import os
import signal
import sys
import time
from random import Random

import pytest

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.learning.sweeps.folder import CELLS, FolderLedger
from kokorochat.learning.sweeps.record import study_name
from kokorochat.learning.sweeps.run import Crew, Storage, look_at_sweep
from kokorochat.learning.sweeps.settings import load_sweep
from parts import empty_postgres
from sweeps import children, ends, is_alive, journal, start_worker, trials, write_sweep

pytestmark = pytest.mark.slow

KILLS = 4


def kill_and_replace(workers, make, dice):
    """Kill a worker at any moment and start another; gives the trainings that it had."""
    place = dice.randrange(len(workers))
    victim = workers[place]
    trainings = children(victim.pid)
    victim.kill()
    victim.wait()
    workers[place] = make()
    return trainings


def wait_for(what):
    """Wait until something is so."""
    until = time.monotonic() + 60
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def finish(workers):
    """Wait for all; every one must end well."""
    assert [worker.wait(120) for worker in workers] == [0] * len(workers)


def test_every_cell_is_trained_once_on_one_machine(tmp_path):
    file = write_sweep(tmp_path, "longest_gram = [1, 2, 3]\nrarest = [0.01, 0.1]")
    sweep, out, dice = load_sweep(file), tmp_path / "out", Random(7)

    def make():
        return start_worker(file, out)

    workers, trainings = [make(), make()], []
    try:
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.5, 2.0))
            trainings += kill_and_replace(workers, make, dice)
        finish(workers)
    finally:
        for worker in workers:
            worker.kill()
    assert ends([out]) == {cell.name: 1 for cell in sweep.cells}
    assert FolderLedger(out, sweep.cells).is_settled()
    assert trials(journal(out), study_name(sweep)) == sorted((cell.name, "COMPLETE") for cell in sweep.cells)
    if sys.platform == "linux":
        assert not any(map(is_alive, trainings))
    assert not list(out.glob(f"{CELLS}/*/.new.*"))


@pytest.mark.skipif(sys.platform != "linux", reason="a child dies with its parent on Linux alone")
def test_a_training_dies_with_its_worker_and_its_cell_is_free_at_once(tmp_path):
    file, out = write_sweep(tmp_path, "longest_gram = [1]"), tmp_path / "out"
    worker = start_worker(file, out)
    wait_for(lambda: list(out.glob("cells/*/log.txt")) and children(worker.pid))
    trainings = children(worker.pid)
    worker.kill()
    worker.wait()
    wait_for(lambda: not any(map(is_alive, trainings)))
    claim = FolderLedger(out, load_sweep(file).cells).claim()
    assert claim is not None
    assert claim.attempt == 2
    claim.release()


@pytest.mark.parametrize("training_first", [False, True])
def test_a_worker_that_is_asked_to_stop_gives_its_cell_back_even_if_the_training_was_asked_first(
    tmp_path, training_first
):
    file, out = write_sweep(tmp_path, "longest_gram = [1]"), tmp_path / "out"
    worker = start_worker(file, out)
    wait_for(lambda: list(out.glob("cells/*/log.txt")) and children(worker.pid))
    if training_first:
        os.kill(children(worker.pid)[0], signal.SIGTERM)
        time.sleep(0.5)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 130
    assert [one.state for one in FolderLedger(out, load_sweep(file).cells).standings()] == ["open"]


def test_a_training_that_is_killed_alone_has_failed(tmp_path):
    file, out = write_sweep(tmp_path, "longest_gram = [1]"), tmp_path / "out"
    worker = start_worker(file, out)
    wait_for(lambda: list(out.glob("cells/*/log.txt")) and children(worker.pid))
    os.kill(children(worker.pid)[0], signal.SIGKILL)
    assert worker.wait(60) == 1
    standing = FolderLedger(out, load_sweep(file).cells).standings()[0]
    assert (standing.state, "signal SIGKILL" in standing.reason) == ("failed", True)


@pytest.fixture
def database():
    with empty_postgres() as url:
        yield url


def held(url, sweep, outs):
    """What a database says of a sweep that is over: each cell done once, and so recorded by Optuna."""
    from optuna.storages import RDBStorage

    assert {name: times for name, times in ends(outs).items() if times} == {cell.name: 1 for cell in sweep.cells}
    found = look_at_sweep(sweep, str(DEMO_CORPUS), outs[-1], Crew(1), Storage(url))
    assert found["counts"]["done"] == len(sweep.cells)
    assert found["best"] is not None
    storage = RDBStorage(url.replace("postgres:", "postgresql+psycopg:", 1))
    assert trials(storage, study_name(sweep)) == sorted((cell.name, "COMPLETE") for cell in sweep.cells)
    storage.engine.dispose()


def test_every_cell_is_trained_once_over_machines_that_share_a_database_and_a_folder(tmp_path, database):
    file = write_sweep(tmp_path, "longest_gram = [1, 2]\nrarest = [0.01, 0.1]")
    dice, out = Random(3), tmp_path / "out"

    def make():
        return start_worker(file, out, "--storage", database, "--lease", 3)

    workers = [make(), make()]
    try:
        for _ in range(2):
            time.sleep(dice.uniform(1.5, 3.0))
            kill_and_replace(workers, make, dice)
        finish(workers)
    finally:
        for worker in workers:
            worker.kill()
    held(database, load_sweep(file), [out])


def test_a_machine_that_is_lost_is_replaced_by_one_that_shares_the_database_alone(tmp_path, database):
    file = write_sweep(tmp_path, "longest_gram = [1, 2]")
    outs = [tmp_path / "lost", tmp_path / "heir"]
    lost = start_worker(file, outs[0], "--storage", database, "--lease", 3)
    wait_for(lambda: list(outs[0].glob("cells/*/log.txt")))
    lost.kill()
    lost.wait()
    heir = start_worker(file, outs[1], "--storage", database, "--lease", 3)
    try:
        finish([heir])
    finally:
        heir.kill()
    held(database, load_sweep(file), outs)
