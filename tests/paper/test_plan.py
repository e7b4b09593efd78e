"""From systems to steps: each is made once, after those that it needs, and a row that can't be made says why."""

from pathlib import Path

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.paper.plan import plan
from systems_files import SHIPPED, SPLIT, a_system

RUNS = SHIPPED.parents[1]


@pytest.fixture
def planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(*systems):
        Path("s.toml").write_text(SPLIT + "".join(systems), encoding="utf-8")
        return plan(Path("s.toml"), "en")

    return make


def test_every_step_of_the_shipped_file_stands_after_those_that_it_needs():
    made = plan(SHIPPED, "ja")
    before = set()
    for step in made.steps.values():
        assert before.issuperset(step.after), step.name
        before.add(step.name)
    assert [row.step in made.steps for row in made.rows] == [row.reason is None for row in made.rows]


def test_a_score_system_is_trained_and_answers_once_for_each_pair_of_seeds(planned):
    made = planned(a_system(f"run = '{RUNS / 'score-ordinal.toml'}'", task="score"))
    measured = made.steps["evaluate-one-random"]
    assert measured.after == [f"answer-one-random-{runs}" for runs in ("1-0", "2-0", "1-3", "2-3")]
    trained = str(made.steps["train-one-random-2-3"])
    assert "--group none --seed 2 --test-seed 3 --out steps/train-one-random-2-3/run" in trained
    assert "--model ordinal:steps/train-one-random-2-3/run" in str(made.steps["answer-one-random-2-3"])
    assert [step.name for step in made.rows[0].how] == [
        *("samples-score-random-1-0", "train-one-random-1-0", "answer-one-random-1-0", "evaluate-one-random")
    ]


def test_two_systems_share_the_samples_and_are_compared(planned):
    first = a_system(f"run = '{RUNS / 'response-retrieval.toml'}'", "one")
    made = planned(first, a_system("model = 'x:{one}+y'\nagainst = 'one'", "two"))
    assert [name for name in made.steps if name.startswith("samples")] == ["samples-response"]
    assert made.steps["answer-two"].after == ["train-one", "samples-response"]
    assert "--model x:steps/train-one/run+y" in str(made.steps["answer-two"])
    assert made.steps["evaluate-two"].after == ["answer-two", "answer-one"]


def test_a_system_whose_folder_is_not_there_says_how_to_make_it_and_is_asked_once_it_is(planned):
    more = "model = 'small:out/x'\nfolders = ['out/x']\nmake = 'kokorochat train x.toml'"
    made = planned(a_system(more), a_system("model = 'baseline:previous-turn'\nagainst = 'one'", "two"))
    assert made.rows[0].reason == "out/x isn't there: kokorochat train x.toml"
    assert "--against" not in str(made.steps["evaluate-two"])
    Path("out/x").mkdir(parents=True)
    made = planned(a_system(more))
    assert (made.rows[0].reason, made.steps["answer-one"].reads) == (None, (Path("out/x"),))


def test_a_run_file_of_another_task_is_refused(planned):
    with pytest.raises(InputError, match="of the response task, not of the score task"):
        planned(a_system(f"run = '{RUNS / 'response-retrieval.toml'}'", task="score"))
