"""A training run: it appears whole or not at all, tells what it took, and beats the paper on the released corpus."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from factories import well_rated_demo
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.learning.config import ScoreRun, TextBlock, load_run, with_test_seed
from kokorochat.learning.learnt_from import read_learnt
from kokorochat.learning.models import load_score_model
from kokorochat.learning.train import train

RUN = ScoreRun(task="score", model="ordinal")
RUNS = Path(__file__).parents[2] / "runs"
PAPER = {"acc": 35.35, "acc_soft": 83.64, "mae": 0.8283}
"""The row "Ours" of the paper's Table 5."""


def contents(folder):
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_sixteen_dialogues_are_enough(tmp_path):
    report = train(RUN, DEMO_CORPUS, 0, tmp_path / "run")
    assert report["metrics"]["test"]["n"] == 1
    model = load_score_model(f"ordinal:{tmp_path / 'run'}")
    assert all(0 <= v <= 5 for d in read_corpus(DEMO_CORPUS) for v in model.predict_dialogue(d).values())


def test_a_run_tells_what_was_run_with_what_and_at_what_cost(tmp_path):
    report = train(RUN, DEMO_CORPUS, 4, tmp_path / "run", command="kokorochat train")
    told = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert told["config"]["rarest"] == RUN.rarest
    assert told["seed"] == 4
    assert told["dialogues"] == {"train": 14, "validation": 1, "test": 1}
    assert (told["group"], told["split"]) == ("none", "8:1:1 random")
    assert {"kokorochat", "python", "numpy", "scikit-learn"} <= set(told["versions"])
    assert told["revision"] is None or len(told["revision"].removesuffix("-dirty")) == 40
    assert told["seconds"] > 0
    assert told["peak_memory_bytes"] > 1_000_000
    assert json.loads((tmp_path / "run" / "metrics.json").read_text(encoding="utf-8")) == report["metrics"]
    assert set(report["metrics"]) == {"validation", "test"}


def test_runs_under_several_seeds_have_the_same_settings_and_others_have_not(tmp_path):
    other = msgspec.structs.replace(RUN, dynamics=RUN.dynamics / 2)
    told = []
    for seed, run in ((1, RUN), (2, with_test_seed(RUN, 3)), (1, other)):
        train(run, DEMO_CORPUS, seed, tmp_path / str(len(told)), group="client" if seed == 2 else None)
        told.append(read_learnt(tmp_path / str(len(told))).settings)
    assert told[0] == told[1] != told[2]


def test_a_run_by_groups_learns_and_is_measured_on_its_parts(tmp_path):
    train(RUN, DEMO_CORPUS, 0, tmp_path / "run", group="person")
    told = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert told["split"] == "8:1:1 by person"
    assert sum(told["dialogues"].values()) == 16
    assert told["dialogues"]["dropped"] > 0


def test_nothing_that_is_there_is_overwritten(tmp_path):
    (tmp_path / "mine").write_text("words")
    with pytest.raises(InputError, match="not an empty folder"):
        train(RUN, DEMO_CORPUS, 0, tmp_path)
    with pytest.raises(InputError, match="something else"):
        train(RUN, DEMO_CORPUS, 0, tmp_path, resume=True)
    assert (tmp_path / "mine").read_text() == "words"


def test_a_finished_run_is_left_as_it_is_and_said_so(tmp_path):
    first = train(RUN, DEMO_CORPUS, 0, tmp_path / "run")
    before = contents(tmp_path / "run")
    again = train(RUN, DEMO_CORPUS, 0, tmp_path / "run", resume=True)
    assert again == {**first, "finished_before": True}
    assert contents(tmp_path / "run") == before


def test_a_run_with_other_settings_is_not_taken_for_this_one(tmp_path):
    train(RUN, DEMO_CORPUS, 0, tmp_path / "run")
    with pytest.raises(InputError, match="another seed"):
        train(RUN, DEMO_CORPUS, 1, tmp_path / "run", resume=True)
    with pytest.raises(InputError, match="another group"):
        train(RUN, DEMO_CORPUS, 0, tmp_path / "run", group="client", resume=True)
    (tmp_path / "run" / "metrics.json").write_text("{")
    with pytest.raises(InputError, match=r"metrics\.json"):
        train(RUN, DEMO_CORPUS, 0, tmp_path / "run", resume=True)


def test_a_corpus_may_move_but_not_change_under_a_finished_run(tmp_path):
    corpus = well_rated_demo(tmp_path / "here")
    train(RUN, corpus, 0, tmp_path / "run")
    moved = corpus.rename(tmp_path / "there")
    assert train(RUN, moved, 0, tmp_path / "run", resume=True)["finished_before"]
    changed = well_rated_demo(corpus, {"3": 97})
    with pytest.raises(InputError, match="another corpus"):
        train(RUN, changed, 0, tmp_path / "run", resume=True)


def test_a_finished_run_of_before_knows_its_corpus_by_the_place(tmp_path):
    train(RUN, DEMO_CORPUS, 0, tmp_path / "run")
    told = json.loads((tmp_path / "run" / "run.json").read_bytes())
    del told["corpus_digest"]
    (tmp_path / "run" / "run.json").write_text(json.dumps(told))
    assert train(RUN, DEMO_CORPUS, 0, tmp_path / "run", resume=True)["finished_before"]
    with pytest.raises(InputError, match="another corpus"):
        train(RUN, well_rated_demo(tmp_path / "demo"), 0, tmp_path / "run", resume=True)


def test_a_run_tells_what_it_learnt_from(tmp_path):
    train(RUN, DEMO_CORPUS, 3, tmp_path / "run", group="client")
    told, record = json.loads((tmp_path / "run" / "run.json").read_bytes()), read_learnt(tmp_path / "run")
    assert (record.corpus, record.split) == (told["corpus_digest"], told["split"])
    assert (record.part, record.seed, record.test_seed) == ("train", 3, 0)
    assert len(record.dialogues) == told["dialogues"]["train"]


def test_a_killed_run_is_cleared_away_by_the_next_to_the_same_folder(tmp_path):
    out = tmp_path / "there" / "run"
    command = ["kokorochat", "train", str(RUNS / "score-ordinal.toml"), "--corpus", str(DEMO_CORPUS), "--out", str(out)]
    process = subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not [*out.parent.glob(".new.*")]:
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert len([*out.parent.glob(".new.*")]) == 1
    train(load_run(RUNS / "score-ordinal.toml"), DEMO_CORPUS, 0, out)
    assert [*out.parent.iterdir()] == [out]


def test_an_interrupted_run_leaves_nothing_behind(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("kokorochat.learning.ordinal.training.load_ordinal", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(RUN, DEMO_CORPUS, 0, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_can_not_be_made_is_told_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="can't be made"):
        train(RUN, DEMO_CORPUS, 0, tmp_path / "file" / "run")


def test_too_small_a_corpus_is_refused(tmp_path):
    with pytest.raises(InputError, match="too few"):
        train(RUN, DEMO_CORPUS / "1.json", 0, tmp_path / "run")


@pytest.mark.slow
def test_on_the_released_corpus_even_a_small_model_beats_the_paper_on_all_three_figures(corpus_path, tmp_path):
    run = ScoreRun(
        task="score",
        model="ordinal",
        longest_gram=2,
        texts=(TextBlock(Role.CLIENT), TextBlock(Role.CLIENT, last=0.25)),
        alphas=(7.0,),
    )
    metrics = train(run, corpus_path, 0, tmp_path / "run")["metrics"]["test"]
    assert metrics["n"] == 658
    assert metrics["acc"]["mean"] > PAPER["acc"] + 2
    assert metrics["acc_soft"]["mean"] > PAPER["acc_soft"] + 2
    assert metrics["mae"]["mean"] < PAPER["mae"] - 0.06
    assert metrics["calibration"]["ece"]["mean"] < 0.05
