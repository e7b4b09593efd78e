"""Score prediction from the command line: samples, train, answer, evaluate."""

import json
from pathlib import Path

import pytest

from factories import well_rated_demo
from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS

RUN = Path(__file__).parents[1] / "runs" / "score-ordinal.toml"


def test_from_a_corpus_to_a_table(shell):
    code, made, _ = shell("samples", "score", DEMO_CORPUS, "--part", "test", "--out", "samples.jsonl")
    assert (code, made) == (0, {"samples": 1, "dialogues": 1})
    code, trained, _ = shell("train", RUN, "--corpus", DEMO_CORPUS, "--out", "run")
    assert code == 0
    asked = ("answer", "--model", "ordinal:run", "--samples", "samples.jsonl", "--out", "answers.jsonl")
    code, answered, _ = shell(*asked)
    assert (code, answered["answered"], answered["reused"]) == (0, 1, 0)
    assert shell(*asked, "--resume")[1]["reused"] == 1
    Path("samples.jsonl").unlink()
    code, measured, _ = shell("evaluate", "score", "--answers", "answers.jsonl")
    assert code == 0
    # One dialogue alone: nothing can be drawn again.
    assert measured.pop("interval") is None
    assert measured == trained["metrics"]["test"]
    assert measured == json.loads(Path("run/metrics.json").read_text(encoding="utf-8"))["test"]


def test_several_seeds_are_one_row_with_an_interval_over_clients(shell, capsys):
    files = []
    for seed in (1, 2):
        asked = ("samples", "score", DEMO_CORPUS, "--part", "train", "--seed", seed, "--out", f"{seed}.jsonl")
        shell(*asked)
        files += ["--answers", f"answers-{seed}.jsonl"]
        shell("answer", "--model", "baseline:always-3", "--samples", f"{seed}.jsonl", "--out", files[-1])
    code, alone, _ = shell("evaluate", "score", *files[:2])
    assert (code, alone["interval"]["by"], alone["interval"]["clusters"]) == (0, "dialogue", 14)
    by_client = (*files, "--by", "client", "--corpus", str(DEMO_CORPUS))
    code, both, _ = shell("evaluate", "score", *by_client)
    assert code == 0
    assert [run["signature"].count("|seed=") for run in both["runs"]] == [1, 1]
    assert both["acc"]["sd_runs"] is not None
    assert both["interval"]["by"] == "client"
    assert main(["evaluate", "score", *by_client]) == 0
    told = capsys.readouterr().out
    assert "deviation over 2 runs" in told
    assert "95 % interval over" in told
    assert "n = 28 in 2 runs (0 unparsable, 0 missing; MAE over 560 values)" in told
    assert shell("evaluate", "score", *files, "--by", "client")[0] == 2


def test_who_rates_is_looked_up_in_the_samples_own_corpus_alone(shell, tmp_path):
    """Every corpus numbers its dialogues from 1, so equal ids prove nothing."""
    other = well_rated_demo(tmp_path / "other")
    knowing = RUN.with_name("score-ordinal-known-rater.toml")
    shell("train", knowing, "--corpus", DEMO_CORPUS, "--out", "run")
    shell("samples", "score", DEMO_CORPUS, "--part", "test", "--out", "samples.jsonl")
    for model in ("ordinal:run", "baseline:rater-mean"):
        asked = ("answer", "--model", model, "--samples", "samples.jsonl", "--out", "answers.jsonl", "--corpus")
        code, _, told = shell(*asked, other)
        assert (code, "is another corpus (" in told) == (2, True)
        assert shell(*asked, DEMO_CORPUS)[0] == 0
    by_client = ("evaluate", "score", "--answers", "answers.jsonl", "--by", "client", "--corpus")
    assert "is another corpus (" in shell(*by_client, other)[2]
    assert shell(*by_client, DEMO_CORPUS)[0] == 0


def test_a_run_may_have_another_test_part_and_a_response_run_may_not(shell):
    code, trained, _ = shell("train", RUN, "--corpus", DEMO_CORPUS, "--test-seed", 3, "--out", "run")
    assert code == 0
    assert "|test_seed=3|" in trained["metrics"]["test"]["signature"]
    code, _, told = shell("train", RUN.with_name("response-retrieval.toml"), "--corpus", DEMO_CORPUS, "--test-seed", 3)
    assert (code, "--test-seed" in told) == (2, True)


def test_the_table_for_people_shows_mean_and_deviation(shell, capsys):
    shell("train", RUN, "--corpus", DEMO_CORPUS, "--out", "run")
    assert main(["train", str(RUN), "--corpus", str(DEMO_CORPUS), "--out", "run", "--resume"]) == 0
    told = capsys.readouterr().out
    assert "left as it was" in told
    assert "±" in told
    assert "decoded for each metric apart, so not one system's: ACC " in told
    assert "felt_respected" in told


def test_a_training_in_a_log_tells_each_of_its_steps(shell, capsys):
    assert main(["train", str(RUN), "--corpus", str(DEMO_CORPUS), "--out", "run"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["reading", "learning"]
    assert lines[2].startswith("  0% counting")
    assert lines[-1].endswith("% thresholds")


def test_a_training_that_is_stopped_says_what_is_kept(shell, capsys, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("kokorochat.learning.train.learn_scores", stopped)
    assert main(["train", str(RUN), "--corpus", str(DEMO_CORPUS), "--out", "run"]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "kokorochat: stopped: nothing is kept"
    assert not Path("run").exists()


def test_without_a_part_every_dialogue_is_a_sample(shell):
    assert shell("samples", "score", DEMO_CORPUS, "--out", "all.jsonl")[1] == {"samples": 16, "dialogues": 16}
    header = json.loads(Path("all.jsonl").read_text(encoding="utf-8").partition("\n")[0])
    assert (header["part"], header["seed"], header["out_of_role"]) == ("all", None, "left out")


def test_samples_and_a_run_are_of_the_same_part_of_a_split_by_group(shell):
    asked = ("samples", "score", DEMO_CORPUS, "--part", "test", "--group", "client", "--out", "samples.jsonl")
    assert shell(*asked)[0] == 0
    code, trained, _ = shell("train", RUN, "--corpus", DEMO_CORPUS, "--group", "client")
    assert (code, trained["out"]) == (0, "out/score-ordinal-by-client-seed0")
    header, *samples = map(json.loads, Path("samples.jsonl").read_text(encoding="utf-8").splitlines())
    assert header["split"] == "8:1:1 by client"
    assert "|split=8:1:1 by client|" in trained["metrics"]["test"]["signature"]
    assert trained["metrics"]["test"]["n"] == len(samples)
    assert shell("corpus", "split", DEMO_CORPUS, "--task", "score", "--group", "client", "--out", "split")[0] == 0
    assert [sample["id"] for sample in samples] == Path("split/test.txt").read_text(encoding="utf-8").split()


def test_talk_outside_the_role_is_kept_on_demand(shell):
    shell("samples", "score", DEMO_CORPUS, "--out", "without.jsonl")
    shell("samples", "score", DEMO_CORPUS, "--keep-out-of-role", "--out", "with.jsonl")
    assert len(Path("with.jsonl").read_bytes()) > len(Path("without.jsonl").read_bytes())
    assert '"out_of_role":"kept"' in Path("with.jsonl").read_text(encoding="utf-8")


def test_a_run_goes_by_default_to_a_folder_of_its_own_for_each_seed(shell):
    assert shell("train", RUN, "--corpus", DEMO_CORPUS, "--seed", 2)[1]["out"] == "out/score-ordinal-seed2"


def test_a_corpus_in_the_run_file_is_found_from_that_file(shell):
    Path("runs").mkdir()
    Path("runs/mine.toml").write_text("task = 'score'\nmodel = 'ordinal'\ncorpus = '../corpus'\n")
    Path("corpus").symlink_to(DEMO_CORPUS)
    assert shell("train", "runs/mine.toml")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("train", RUN),
        ("train", "nowhere.toml", "--corpus", DEMO_CORPUS),
        ("train", RUN, "--corpus", "nowhere"),
        ("answer", "--model", "ordinal:nowhere", "--samples", "samples.jsonl", "--out", "answers.jsonl"),
        ("answer", "--model", "llama", "--samples", "samples.jsonl", "--out", "answers.jsonl"),
        ("evaluate", "score", "--answers", "nowhere.jsonl"),
        ("samples", "score", DEMO_CORPUS / "1.json", "--part", "test", "--out", "samples.jsonl"),
        ("samples", "score", DEMO_CORPUS, "--group", "client", "--out", "samples.jsonl"),
    ],
)
def test_bad_input_exits_with_2_and_one_sentence(shell, arguments):
    code, document, told = shell(*arguments)
    assert (code, document) == (2, None)
    assert told.startswith("kokorochat: ")
    assert told.count("\n") == 1
    assert not list(Path().iterdir())


def test_samples_that_a_model_has_learnt_from_are_not_answered_unawares(shell):
    shell("train", RUN, "--corpus", DEMO_CORPUS, "--group", "client", "--out", "run")
    # Another split: of its test part the model has learnt.
    shell("samples", "score", DEMO_CORPUS, "--part", "train", "--out", "samples.jsonl")
    asked = ("answer", "--model", "ordinal:run", "--samples", "samples.jsonl", "--out", "answers.jsonl")
    code, _, told = shell(*asked)
    assert code == 2
    assert "samples.jsonl: of its 14 dialogues run has learnt" in told
    assert "--part test --group client --seed 0 --test-seed 0" in told
    assert not Path("answers.jsonl").exists()
    code, answered, told = shell(*asked, "--learnt-too")
    assert (code, answered["learnt"] > 0) == (0, True)
    assert "has learnt" in told
    header = json.loads(Path("answers.jsonl").read_text(encoding="utf-8").partition("\n")[0])
    assert header["learnt"] == answered["learnt"]
    measured = shell("evaluate", "score", "--answers", "answers.jsonl")[1]
    assert f"|learnt={answered['learnt']}|" in measured["signature"]


def test_a_model_that_knows_who_rates_can_be_asked_what_it_has_learnt(shell):
    shell("train", RUN.with_name("score-ordinal-known-rater.toml"), "--corpus", DEMO_CORPUS, "--out", "run")
    shell("samples", "score", DEMO_CORPUS, "--part", "train", "--out", "samples.jsonl")
    asked = ("answer", "--model", "ordinal:run", "--samples", "samples.jsonl", "--out", "answers.jsonl")
    code, answered, told = shell(*asked, "--corpus", DEMO_CORPUS, "--learnt-too")
    assert code == 0, told
    assert answered["learnt"] == 14


def test_a_model_of_before_says_that_nobody_knows_what_it_learnt_from(shell):
    shell("train", RUN, "--corpus", DEMO_CORPUS, "--out", "run")
    Path("run/model/learnt.json").unlink()
    shell("samples", "score", DEMO_CORPUS, "--part", "test", "--out", "samples.jsonl")
    asked = ("answer", "--model", "ordinal:run", "--samples", "samples.jsonl", "--out", "answers.jsonl")
    code, answered, told = shell(*asked)
    assert (code, answered["learnt"]) == (0, "unknown")
    assert "run doesn't tell what it learnt from" in told
    assert "|learnt=unknown|" in shell("evaluate", "score", "--answers", "answers.jsonl")[1]["signature"]


def test_headers_and_signatures_name_the_corpus(shell):
    shell("samples", "score", DEMO_CORPUS, "--part", "test", "--out", "samples.jsonl")
    header = json.loads(Path("samples.jsonl").read_text(encoding="utf-8").partition("\n")[0])
    trained = shell("train", RUN, "--corpus", DEMO_CORPUS, "--out", "run")[1]
    told = json.loads(Path("run/run.json").read_bytes())
    assert told["corpus_digest"].startswith(header["corpus"])
    assert f"|corpus={header['corpus']}|" in trained["metrics"]["test"]["signature"]


def test_one_thing_is_one_thing(shell, capsys):
    assert main(["samples", "score", str(DEMO_CORPUS), "--part", "test", "--out", "samples.jsonl"]) == 0
    assert capsys.readouterr().out == "1 sample of 1 dialogue\n"
