"""From systems to steps: each is made once, after those that it needs, and a row that can't be made says why."""

import json
from pathlib import Path

import pytest

from factories import well_rated_demo
from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.digests import Contents
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.domain.errors import InputError
from kokorochat.learning.config import load_run, with_test_seed
from kokorochat.learning.train import train
from kokorochat.paper.plan import RESPONSES, plan
from kokorochat.tasks.response import response_header, response_samples
from kokorochat.tasks.sample import write_samples
from kokorochat.tasks.score import score_header, score_sample
from systems_files import SHIPPED, SPLIT, a_system

RUNS = SHIPPED.parents[1]

ONE_TEST_PART = SPLIT.replace("[0, 3]", "[0]")


@pytest.fixture
def planned(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(*systems, split=SPLIT):
        Path("s.toml").write_text(split + "".join(systems), encoding="utf-8")
        return plan(Path("s.toml"), "en", find_corpus(DEMO_CORPUS))

    return make


def test_every_step_of_the_shipped_file_stands_after_those_that_it_needs():
    made = plan(SHIPPED, "ja", find_corpus(DEMO_CORPUS))
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


def answered(task, out, *, part="test", seed=1, test_seed=0, **header):
    """A file of answers that were made apart, of a scripted model to samples of the demo."""
    Path("apart").mkdir(exist_ok=True)
    dialogues = list(read_corpus(DEMO_CORPUS))[:2]
    if task == "score":
        made_of = score_header(part, seed, test_seed, **header)
        samples = [score_sample(dialogue) for dialogue in dialogues]
    else:
        made_of = response_header(part, 0, split="paper", **header)
        samples = [sample for dialogue in dialogues for sample in response_samples(dialogue)]
    write_samples(Path("apart/samples.jsonl"), made_of, samples)
    ask = ("answer", "--model", "scripted:first-choice", "--samples", "apart/samples.jsonl", "--out", out)
    assert main([*ask, "--json"]) == 0


def test_answers_that_were_made_apart_are_measured_and_named_by_their_model(planned):
    answered("score", "apart/scores.jsonl")
    answered("response", "apart/responses.jsonl")
    trivial = a_system("model = 'baseline:previous-turn'", "two")
    scores = a_system("answers = ['apart/scores.jsonl']\nmake = 'typed'", "one", task="score")
    responses = a_system("answers = ['apart/responses.jsonl']\nagainst = 'two'\nzero_shot = true", "three")
    made = planned(scores, trivial, responses, split=ONE_TEST_PART)
    assert [row.reason for row in made.rows] == [None] * 3
    assert [row.model for row in made.rows] == ["scripted:first-choice", None, "scripted:first-choice"]
    measured = made.steps["evaluate-one-random"]
    assert str(measured) == "kokorochat evaluate score --answers apart/scores.jsonl"
    assert (measured.reads, measured.after) == ((Path("apart/scores.jsonl"),), [])
    assert made.rows[0].how == ("typed", measured)
    assert made.steps["evaluate-three"].after == ["answer-two"]


def test_answers_that_are_not_there_say_how_they_are_made(planned):
    more = "answers = ['apart/none.jsonl']\nmake = 'kokorochat answer --model openai:NAME'"
    made = planned(a_system(more), a_system(more, "two", task="score"))
    assert {row.reason for row in made.rows} == {"apart/none.jsonl isn't there: kokorochat answer --model openai:NAME"}


@pytest.mark.parametrize(
    ("task", "header", "told"),
    [
        ("score", {"part": "train"}, "part train, not test"),
        ("score", {"group": "client"}, "group client, not none"),
        ("score", {"keep_out_of_role": True}, "talk outside the role kept, not left out"),
        ("response", {"part": "low"}, "part low, not test"),
        ("response", {"joiner": "space"}, "joiner space, not newline"),
    ],
)
def test_answers_to_other_samples_are_no_row(planned, task, header, told):
    answered(task, "apart/a.jsonl", **header)
    made = planned(a_system("answers = ['apart/a.jsonl']", task=task))
    assert made.rows[0].reason == f"apart/a.jsonl answers other samples: {told}"
    assert made.rows[0].step is None


@pytest.mark.parametrize(("task", "words"), [("score", {"items": None}), ("response", {"text": ""})])
def test_answers_of_which_some_never_came_are_no_row(planned, task, words):
    answered(task, "apart/a.jsonl")
    lines = Path("apart/a.jsonl").read_text(encoding="utf-8").splitlines()
    system = a_system("answers = ['apart/a.jsonl']", task=task)
    for failure, reason in (("no JSON", None), ("timeout: x", "apart/a.jsonl: 1 sample got no reply")):
        lines[1] = json.dumps({**json.loads(lines[1]), **words, "failure": failure})
        Path("apart/a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        told = planned(system, split=ONE_TEST_PART).rows[0].reason
        assert (told or "").startswith(reason or "")
        assert (told is None) is (reason is None)


@pytest.mark.parametrize(("task", "words"), [("score", {"items": None}), ("response", {"text": ""})])
def test_a_talk_that_a_model_here_can_not_read_whole_is_an_answer_and_at_an_endpoint_is_none(planned, task, words):
    answered(task, "apart/a.jsonl")
    header, first, *others = Path("apart/a.jsonl").read_text(encoding="utf-8").splitlines()
    first = json.dumps({**json.loads(first), **words, "failure": "too long: 9,000 tokens, and 8,192 are read"})
    reasons = []
    for model in ("finetuned:out/tuned", "openai:some"):
        told = json.dumps({**json.loads(header), "model": model})
        Path("apart/a.jsonl").write_text("\n".join([told, first, *others]) + "\n", encoding="utf-8")
        system = a_system("answers = ['apart/a.jsonl']", task=task)
        reasons.append(planned(system, split=ONE_TEST_PART).rows[0].reason)
    assert reasons == [None, "apart/a.jsonl: 1 sample got no reply; go on with --resume"]


def test_what_holds_no_answers_is_no_row(planned):
    Path("a.jsonl").write_text("{}\n", encoding="utf-8")
    made = planned(a_system("answers = ['a.jsonl']"))
    assert "a.jsonl, line 1" in made.rows[0].reason


def test_a_score_system_may_have_rows_on_some_splits_only(planned):
    other = """
[[split]]
name = "client"
group = "client"
seeds = [1]
test_seeds = [0]
by = "client"
"""
    made = planned(other, a_system("model = 'baseline:always-3'\nsplits = ['client']", task="score"))
    assert [row.split.name for row in made.rows] == ["client"]


@pytest.fixture
def trained_apart(tmp_path):
    """Trains the score model that a system names by its folder, on a split of its own."""

    def make(corpus=DEMO_CORPUS, group="none", test_seed=0):
        run = with_test_seed(load_run(RUNS / "score-ordinal.toml"), test_seed)
        train(run, corpus, 1, tmp_path / "apart" / "run", group=group)
        return a_system("model = 'ordinal:apart/run'\nfolders = ['apart/run']\nmake = 'typed'", task="score")

    return make


def test_a_model_that_was_trained_apart_has_a_row_where_it_knows_no_test_dialogue(planned, trained_apart):
    system = trained_apart(test_seed=0)
    assert planned(system, split=ONE_TEST_PART.replace("[1, 2]", "[1]")).rows[0].reason is None


def test_a_model_that_was_trained_apart_is_asked_once_for_each_test_part(planned):
    Path("out/x").mkdir(parents=True)
    for model in ("ordinal:out/x", "scripted:first-choice"):
        made = planned(a_system(f"model = '{model}'\nfolders = ['out/x']", task="score"))
        assert made.steps["evaluate-one-random"].after == ["answer-one-random-1-0", "answer-one-random-1-3"]
        assert made.rows[0].seeds == ()
    # One that learns from each split's own training part is another under each seed.
    made = planned(a_system("model = 'baseline:item-median'", task="score"))
    assert made.rows[0].seeds == ((1, 0), (2, 0), (1, 3), (2, 3))


def rewritten(file, **changes):
    """The same answers with another header."""
    header, *lines = Path(file).read_text(encoding="utf-8").splitlines()
    told = {**json.loads(header), **changes}
    Path(file).write_text("\n".join([json.dumps(told), *lines]) + "\n", encoding="utf-8")


def test_the_seeds_of_answers_that_were_made_apart_are_those_that_they_tell(planned):
    for seed in (2, 1):
        answered("score", f"apart/{seed}.jsonl", seed=seed)
        rewritten(f"apart/{seed}.jsonl", fingerprint=f"trained {seed}")
    system = a_system("answers = ['apart/2.jsonl', 'apart/1.jsonl']", task="score")
    row = planned(system, split=ONE_TEST_PART).rows[0]
    assert (row.reason, row.seeds) == (None, ((2, 0), (1, 0)))
    assert planned(system, split=ONE_TEST_PART.replace("[1, 2]", "[1, 2, 3]")).rows[0].reason == (
        "answers are to the seeds 2/0, 1/0 (seed/test seed), not to 1/0, 2/0, 3/0"
    )


def test_answers_that_differ_in_more_than_seeds_are_no_row(planned):
    system = a_system("answers = ['apart/1.jsonl', 'apart/2.jsonl']", task="score")
    for seed in (1, 2):
        answered("score", f"apart/{seed}.jsonl", seed=seed)
        rewritten(f"apart/{seed}.jsonl", fingerprint=f"{seed}", decoding=f"greedy (of {seed}) or drawn (of {3 - seed})")
    assert planned(system, split=ONE_TEST_PART).rows[0].reason is None
    rewritten("apart/2.jsonl", decoding="greedy")
    told = "the files differ in more than seeds: decoding 'drawn or greedy' and 'greedy'"
    assert planned(system, split=ONE_TEST_PART).rows[0].reason == told


@pytest.mark.parametrize("more", ["", "\nzero_shot = true"])
def test_answers_of_one_model_are_a_row_if_they_are_to_every_test_part(planned, more):
    answered("score", "apart/a.jsonl")
    system = a_system(f"answers = ['apart/a.jsonl']{more}", task="score")
    assert planned(system, split=ONE_TEST_PART).rows[0].seeds == (() if more else ((1, 0),))
    told = "answers of one model are to the test seeds 0, not to 0, 3, a file for each"
    assert planned(system).rows[0].reason == told
    answered("score", "apart/b.jsonl", seed=2)
    twice = a_system("answers = ['apart/a.jsonl', 'apart/b.jsonl']", task="score")
    assert "the test seeds 0, 0, not to 0, a file" in planned(twice, split=ONE_TEST_PART).rows[0].reason
    answered("score", "apart/c.jsonl", test_seed=3)
    both = a_system("answers = ['apart/a.jsonl', 'apart/c.jsonl']", task="score")
    assert planned(both).rows[0].reason is None


def test_a_model_that_has_learnt_of_test_dialogues_is_no_row_before_any_work(planned, trained_apart):
    row = planned(trained_apart(test_seed=7)).rows[0]
    assert row.step is None
    assert row.reason.startswith("apart/run has learnt 2 of 2 test dialogues (train of the split 8:1:1 random, seed 1")
    assert row.reason.endswith("; train it again: typed")


def test_a_model_of_another_corpus_is_no_row(planned, trained_apart, tmp_path):
    row = planned(trained_apart(corpus=well_rated_demo(tmp_path / "other"))).rows[0]
    here = Contents(find_corpus(DEMO_CORPUS).entries()).read().short
    assert row.reason.startswith("apart/run learnt from another corpus (")
    assert f"and this is {here})" in row.reason


def test_a_model_of_before_is_taken_and_one_whose_record_is_damaged_is_not(planned, trained_apart):
    system = trained_apart(test_seed=7)
    record = Path("apart/run/model/learnt.json")
    record.write_text("{", encoding="utf-8")
    assert "learnt.json" in planned(system).rows[0].reason
    record.unlink()
    assert planned(system).rows[0].reason is None


def test_answers_of_a_model_that_has_learnt_of_the_samples_are_no_row(planned):
    answered("score", "apart/a.jsonl")
    file = Path("apart/a.jsonl")
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    told = {**json.loads(header), "learnt": 2}
    file.write_text("\n".join([json.dumps(told), *lines]) + "\n", encoding="utf-8")
    system = a_system("answers = ['apart/a.jsonl']", task="score")
    assert planned(system).rows[0].reason == "apart/a.jsonl: its model has learnt 2 of the test dialogues"


def test_answers_to_samples_of_another_corpus_are_no_row(planned):
    answered("score", "apart/a.jsonl", corpus="0a1b2c3d4e5f")
    assert "corpus 0a1b2c3d4e5f, not" in planned(a_system("answers = ['apart/a.jsonl']", task="score")).rows[0].reason


def test_each_split_tells_what_it_leaves_known_that_of_responses_too(planned):
    made = planned(a_system("model = 'baseline:previous-turn'"))
    assert list(made.leaks) == ["random", RESPONSES]
    assert "--task response --group none --seed 0" in str(made.steps[made.leaks[RESPONSES]])
