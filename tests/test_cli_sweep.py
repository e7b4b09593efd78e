"""`sweep` as a user meets it: each cell an ordinary run, what failed told and tried again, every error in words."""

import json
import shutil

import msgspec
import pytest

from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.learning.config import load_run
from kokorochat.learning.models import load_score_model
from sweeps import ends, write_sweep


@pytest.fixture
def sweep(shell, tmp_path):
    """Run a sweep of the demo into `out`."""

    def run(file, *more):
        return shell("sweep", file, "--corpus", DEMO_CORPUS, "--out", tmp_path / "out", *more)

    return run


@pytest.mark.slow
def test_a_sweep_trains_each_cell_once_as_a_run_that_can_be_repeated_by_hand(sweep, shell, tmp_path):
    file = write_sweep(tmp_path, "longest_gram = [1, 2]\ndynamics = [0.0, 0.4]")
    code, told, _ = sweep(file, "--estimate")
    assert (code, told["counts"]["open"], (tmp_path / "out").exists()) == (0, 4, False)

    code, found, said = sweep(file, "--workers", 2)
    assert code == 0
    assert found["counts"] == {"done": 4, "failed": 0, "running": 0, "open": 0}
    assert set(ends([tmp_path / "out"]).values()) == {1}
    assert len(said.splitlines()) == 8
    assert found == json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert "best (less is better)" in (tmp_path / "out" / "results.txt").read_text(encoding="utf-8")
    assert {"parallel.svg", "parallel.png"} <= {file.name for file in (tmp_path / "out").iterdir()}

    cell = tmp_path / "out" / "cells" / "longest_gram=2,dynamics=0.4,seed=0"
    trained = json.loads((cell / "trained" / "run.json").read_text(encoding="utf-8"))
    assert trained["config"] == json.loads(msgspec.json.encode(load_run(cell / "run.toml")))
    assert load_score_model(f"ordinal:{cell / 'trained'}")
    code, by_hand, _ = shell("train", cell / "run.toml", "--corpus", DEMO_CORPUS, "--out", tmp_path / "again")
    row = next(row for row in found["rows"] if row["cells"] == [cell.name])
    assert row["mean"] == by_hand["metrics"]["validation"]["mae"]["mean"]

    again, same, said = sweep(file)
    assert (again, same, said) == (0, found, "")


@pytest.mark.slow
def test_a_cell_that_fails_is_told_with_its_reason_and_tried_again_when_asked(sweep, tmp_path):
    file = write_sweep(tmp_path)
    bad = tmp_path / "out" / "cells" / "longest_gram=1,seed=0" / "trained"
    bad.mkdir(parents=True)
    (bad / "mine").write_text("words")
    code, found, said = sweep(file)
    assert (code, found["counts"]["done"], found["counts"]["failed"]) == (1, 1, 1)
    assert "holds something else than a finished run" in found["failed"][0]["reason"]
    assert found["failed"][0]["reason"] in said
    assert found["best"]["settings"] == {"longest_gram": 2}

    shutil.rmtree(bad)
    code, same, said = sweep(file)
    assert (code, same["counts"], said) == (1, found["counts"], "")
    code, found, said = sweep(file, "--retry")
    assert (code, found["counts"]["done"], found["failed"]) == (0, 2, [])
    assert "longest_gram=1,seed=0: begun, attempt 2" in said
    assert ends([tmp_path / "out"]) == {"longest_gram=1,seed=0": 1, "longest_gram=2,seed=0": 1}


@pytest.mark.slow
def test_a_metric_that_is_not_there_ends_the_sweep_at_its_first_cell_and_what_is_trained_stays(sweep, tmp_path):
    code, _, said = sweep(write_sweep(tmp_path, more='metric = "metrics.validation.mse.mean"'))
    assert code == 2
    assert "no cell that is done has a number at 'metrics.validation.mse.mean'" in said
    assert "metrics.validation.mae.mean" in said
    assert sum(ends([tmp_path / "out"]).values()) == 1
    code, found, said = sweep(write_sweep(tmp_path))
    assert (code, found["counts"]["done"]) == (0, 2)
    assert set(ends([tmp_path / "out"]).values()) == {1}


def test_the_corpus_may_stand_in_the_run_file(shell, tmp_path):
    file = write_sweep(tmp_path)
    code, _, said = shell("sweep", file)
    assert code == 2
    assert "its run file names no corpus. Add --corpus" in said
    base = tmp_path / "base.toml"
    base.write_text(f'corpus = "{DEMO_CORPUS}"\n{base.read_text()}')
    assert shell("sweep", file, "--estimate")[0] == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--storage", "mysql://me:secret@host/base"], "--storage: is no address of PostgreSQL"),
        (["--storage", "postgresql://me:secret@127.0.0.1:1/none"], "--storage 127.0.0.1:1/none: can't be used"),
        (["--corpus", "gone"], "gone"),
    ],
)
@pytest.mark.parametrize("estimate", [False, True])
def test_what_cannot_be_used_is_named_before_anything_is_trained(sweep, tmp_path, options, said, estimate):
    code, _, message = sweep(write_sweep(tmp_path), *options, *(["--estimate"] if estimate else []))
    assert code == 2
    assert said in message
    assert "secret" not in message
    assert not list(tmp_path.glob("out/cells/*/log.txt"))


def test_a_folder_of_another_sweep_is_refused(sweep, tmp_path):
    out = tmp_path / "out"
    (out / "cells").mkdir(parents=True)
    (out / "sweep.json").write_text('{"name": "grid", "corpus": "other"}')
    for more in ([], ["--estimate"]):
        code, _, said = sweep(write_sweep(tmp_path), *more)
        assert code == 2
        assert "sweep.json: is of a sweep with another corpus. Name a new folder" in said


@pytest.mark.parametrize("options", [["--workers", "0"], ["--lease", "0.5"], ["--lease", "soon"]])
def test_numbers_that_are_none_are_refused(tmp_path, options, capsys):
    with pytest.raises(SystemExit):
        main(["sweep", str(write_sweep(tmp_path)), *options])
    assert f"argument {options[0]}" in capsys.readouterr().err
