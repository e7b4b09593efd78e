"""The ledger that is a folder: a cell has one worker, and a lock goes with its process."""

import json
import os

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.learning.sweeps.folder import FolderLedger, open_folder
from kokorochat.learning.sweeps.record import record, study_name
from kokorochat.learning.sweeps.settings import load_sweep
from kokorochat.learning.sweeps.work import Work
from sweeps import journal, trials, write_sweep

LEFT = {"metrics": {"validation": {"mae": {"mean": 0.5}}}, "run": {"revision": None}}


@pytest.fixture
def sweep(tmp_path):
    return load_sweep(write_sweep(tmp_path, "longest_gram = [1, 2, 3]"))


@pytest.fixture
def ledger(tmp_path, sweep):
    open_folder(tmp_path / "out", sweep.definition("corpus"), sweep.cells)
    return FolderLedger(tmp_path / "out", sweep.cells)


def finish(claim):
    """What a training and its worker leave."""
    trained = claim.folder / "trained"
    trained.mkdir()
    for name, document in LEFT.items():
        (trained / f"{name}.json").write_text(json.dumps(document))
    assert claim.finish(2.0, LEFT)


def test_each_cell_is_given_once_and_given_back_it_is_given_again(ledger):
    first, second, third = (ledger.claim() for _ in range(3))
    assert len({one.cell.name for one in (first, second, third)}) == 3
    assert ledger.claim() is None
    assert not ledger.is_settled()
    second.release()
    again = ledger.claim()
    assert (again.cell, again.attempt) == (second.cell, 2)


def test_what_has_ended_is_never_given_again_unless_it_failed_and_is_opened(ledger):
    finish(ledger.claim())
    ledger.claim().fail(1.0, "no")
    third = ledger.claim()
    assert [one.state for one in ledger.standings()] == ["done", "failed", "running"]
    assert ledger.claim() is None
    assert ledger.reopen_failed() == 1
    again = ledger.claim()
    assert (again.cell.name, again.attempt) == (ledger.standings()[1].cell, 2)
    finish(again)
    finish(third)
    assert ledger.is_settled()


def test_a_lock_that_a_training_holds_too_stays_when_its_worker_is_gone(ledger):
    claim = ledger.claim()
    of_training = os.dup(claim.lock)
    claim.release()
    assert ledger.standings()[0].state == "running"
    assert ledger.claim().cell != claim.cell
    os.close(of_training)
    assert ledger.claim().cell == claim.cell


def test_a_line_that_a_kill_has_cut_off_counts_as_an_attempt(ledger):
    claim = ledger.claim()
    claim.release()
    with (claim.folder / "attempts.jsonl").open("a") as file:
        file.write('{"attempt": 2, "wor')
    assert ledger.standings()[0].attempts == 2


def test_the_record_is_optunas_own_and_is_completed_after_a_kill(tmp_path, sweep, ledger):
    from optuna.samplers import GridSampler

    from kokorochat.learning.sweeps.record import space

    finish(ledger.claim())
    assert record(sweep, ledger, ledger.standings()) == 1
    # A worker was killed in the middle of a line.
    with (tmp_path / "out" / "optuna.journal").open("ab") as file:
        file.write(b'{"op_code":4,"worker_id":"1')
    failed = ledger.claim()
    failed.fail(1.0, "no")
    finish(ledger.claim())
    assert record(sweep, ledger, ledger.standings()) == 2
    assert record(sweep, ledger, ledger.standings()) == 0
    assert ledger.reopen_failed() == 1
    finish(ledger.claim())
    assert record(sweep, ledger, ledger.standings()) == 1
    name = study_name(sweep)
    names = [cell.name for cell in sweep.cells]
    ended = [(names[0], "COMPLETE"), (names[1], "COMPLETE"), (names[1], "FAIL"), (names[2], "COMPLETE")]
    assert trials(journal(tmp_path / "out"), name) == ended
    import optuna

    study = optuna.load_study(study_name=name, storage=journal(tmp_path / "out"))
    assert GridSampler(space(sweep)).is_exhausted(study)
    assert study.best_value == 0.5


@pytest.mark.parametrize(
    ("grid", "more", "said"),
    [
        ("longest_gram = [1, 2]", "", "a sweep with another grid"),
        ("longest_gram = [1, 2, 3]", "seeds = [1]", "a sweep with other settings in its run file"),
    ],
)
def test_a_folder_of_another_sweep_is_refused(tmp_path, sweep, ledger, grid, more, said):
    other = load_sweep(write_sweep(tmp_path, grid, more))
    with pytest.raises(InputError, match=said):
        open_folder(tmp_path / "out", other.definition("corpus"), other.cells)
    with pytest.raises(InputError, match="another corpus"):
        open_folder(tmp_path / "out", sweep.definition("other"), sweep.cells)


def test_another_metric_is_another_look_at_the_same_sweep(tmp_path, sweep, ledger):
    other = load_sweep(write_sweep(tmp_path, "longest_gram = [1, 2, 3]", 'metric = "run.seconds"'))
    open_folder(tmp_path / "out", other.definition("corpus"), other.cells)
    assert study_name(other) != study_name(sweep)


def test_a_cells_run_file_is_put_right_when_its_training_begins(tmp_path, sweep, ledger, monkeypatch):
    file = tmp_path / "out" / "cells" / sweep.cells[0].name / "run.toml"
    file.write_text("task = 'topic'")
    read = []

    class Refused:
        began = 0.0

        def __init__(self, folder, *_):
            read.append((folder / "run.toml").read_text())

        def poll(self):
            return 2

        def reason(self, code):
            return "no"

    monkeypatch.setattr("kokorochat.learning.sweeps.work.Training", Refused)
    Work(ledger, tmp_path / "out", "corpus", [{}], lambda line: None, lambda: None).run()
    assert read == [cell.run_file for cell in sweep.cells]


def test_a_folder_that_holds_something_else_is_left_as_it_is(tmp_path, sweep):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("words")
    with pytest.raises(InputError, match="something else than a sweep"):
        open_folder(tmp_path / "out", sweep.definition("corpus"), sweep.cells)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["mine"]
