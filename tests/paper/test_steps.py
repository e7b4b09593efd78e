"""Steps: made once, made again when what they depend on has changed, and their faults told."""

import fcntl
import json
from pathlib import Path

import pytest

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.domain.errors import InputError
from kokorochat.paper.steps import CORPUS, At, Step, Workshop

STATS = Step("stats", ("corpus", "stats", CORPUS), "corpus")
SAMPLES = Step(
    "samples", ("samples", "score", CORPUS, "--part", "test", "--out", At("samples", "samples.jsonl")), "tasks"
)
ASKED = ("answer", "--model", "baseline:always-3", "--samples", At("samples", "samples.jsonl"))
ANSWERS = Step("answers", (*ASKED, "--out", At("answers", "answers.jsonl")), "learning", goes_on=True)


@pytest.fixture
def work(tmp_path):
    """Make steps in a folder; gives the workshop and the lines that it said."""

    def make(*steps, corpus=DEMO_CORPUS, key="1"):
        said = []
        workshop = Workshop(tmp_path / "out", str(corpus), key, 2, said.append)
        workshop.make(steps)
        return workshop, said

    return make


def test_a_step_is_made_once(work):
    workshop, said = work(STATS)
    assert workshop.document("stats")["dialogues"] == 16
    assert said[0].startswith("[1/1] stats")
    assert work(STATS)[1] == ["1 of 1 steps are up to date"]


@pytest.mark.slow
def test_what_a_step_depends_on_is_made_before_it_and_what_has_changed_again(work, tmp_path):
    workshop, said = work(SAMPLES, ANSWERS)
    assert [line.split()[1] for line in said[:2]] == ["samples,", "answers,"]
    assert workshop.document("answers")["answered"] == 1
    assert len(work(SAMPLES, ANSWERS, key="2")[1]) == 3
    (tmp_path / "out/steps/answers/answers.jsonl").unlink()
    assert work(SAMPLES, ANSWERS, key="2")[1][0] == "1 of 2 steps are up to date"
    read = tmp_path / "read.toml"
    read.write_text("a = 1")
    with_file = Step(STATS.name, STATS.command, STATS.layer, (read,))
    assert len(work(with_file)[1]) == 2
    assert len(work(with_file)[1]) == 1
    read.write_text("a = 2")
    assert len(work(with_file)[1]) == 2


def test_what_cannot_be_made_says_why_and_so_does_what_needs_it_and_the_rest_is_made(work, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "1.json").write_text("{}")
    workshop, _ = work(
        SAMPLES, ANSWERS, Step("version", ("--version",), "domain"), corpus=f"kokorochat={tmp_path / 'broken'}"
    )
    assert list(workshop.faults) == ["samples", "answers"]
    assert workshop.faults["samples"] == workshop.faults["answers"]
    assert "1.json" in workshop.faults["samples"]
    assert workshop.crashed == []
    assert work(SAMPLES, ANSWERS)[0].faults == {}


def test_a_command_that_breaks_down_is_told_with_its_log(work, tmp_path, monkeypatch):
    (tmp_path / "kokorochat.py").write_text("raise RuntimeError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    workshop, said = work(STATS)
    assert workshop.faults == {"stats": "its command broke down: steps/stats/log.txt"}
    assert workshop.crashed == ["stats"]
    assert "broke down" in said[0]
    assert "RuntimeError" in (workshop.folder("stats") / "log.txt").read_text()


@pytest.mark.slow
def test_answers_that_were_interrupted_go_on(work, tmp_path):
    work(SAMPLES, ANSWERS)
    folder = tmp_path / "out/steps/answers"
    key = json.loads((folder / "step.json").read_text())["key"]
    (folder / "step.json").unlink()
    (folder / "begun").write_text(key)
    assert work(SAMPLES, ANSWERS)[0].document("answers")["reused"] == 1
    (folder / "step.json").unlink()
    (folder / "begun").write_text("another")
    assert work(SAMPLES, ANSWERS)[0].document("answers")["reused"] == 0


def test_a_folder_of_something_else_or_of_another_run_is_left_alone(work, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_text("words")
    with pytest.raises(InputError, match="holds something else"):
        work(STATS)
    assert [file.name for file in out.iterdir()] == ["mine"]
    (out / "mine").unlink()
    work(STATS)
    with Path(out / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InputError, match="another run"):
            work(STATS)
