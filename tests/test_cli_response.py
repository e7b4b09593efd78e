"""Response generation from the command line: samples, answers of the baselines, evaluation."""

import json
from pathlib import Path

import pytest

from factories import a_dialogue, well_rated_demo
from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.domain.dialogue import Role
from kokorochat.domain.installation import install_extra
from kokorochat.learning.models import load_partner

RUN = Path(__file__).parents[1] / "runs" / "response-retrieval.toml"
CLIENT_RUN = RUN.with_name("response-retrieval-client.toml")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return well_rated_demo(tmp_path_factory.mktemp("corpus") / "demo")


def answered(shell, corpus, name, *more):
    shell("samples", "response", corpus, "--part", "test", "--out", "samples.jsonl")
    code, report, told = shell(
        *("answer", "--model", f"baseline:{name}", "--samples", "samples.jsonl", "--out", f"{name}.jsonl"), *more
    )
    assert code == 0, told
    return report


def test_from_a_corpus_to_a_table(shell, corpus, capsys):
    code, made, _ = shell("samples", "response", corpus, "--part", "test", "--out", "samples.jsonl")
    assert (code, made["dialogues"]) == (0, 3)
    report = answered(shell, corpus, "previous-turn")
    assert report["answered"] == made["samples"] > 30
    assert answered(shell, corpus, "previous-turn", "--resume")["reused"] == made["samples"]
    answered(shell, corpus, "most-frequent", "--corpus", corpus)
    Path("samples.jsonl").unlink()
    asked = ("evaluate", "response", "--answers", "previous-turn.jsonl")
    code, measured, _ = shell(*asked)
    assert code == 0
    assert (measured["model"], measured["n"], measured["dialogues"]) == ("baseline:previous-turn", made["samples"], 3)
    assert [len(measured["bleu"]), [*measured["rouge"]], [*measured["distinct"]]] == [4, ["1", "2", "L"], ["1", "2"]]
    assert list(measured["profiles"]) == ["paper-like", "sacrebleu"]
    for part in ("part=test", "split=score 99/70, 9:1 random", "joiner=newline", "decoding=copied"):
        assert part in measured["signature"]
    assert shell(*asked)[1] == measured
    assert main([*asked, "--against", "most-frequent.jsonl", "--tokenizer", "characters"]) == 0
    told = capsys.readouterr().out
    for words in ("baseline:previous-turn", "ROUGE-L", "difference", "tokenizer=characters", "tok:ja-mecab"):
        assert words in told


def test_retrieval_learns_answers_and_is_measured_from_the_command_line(shell, corpus):
    code, trained, told = shell("train", RUN, "--corpus", corpus, "--out", "run")
    assert code == 0, told
    assert trained["metrics"]["validation"]["n"] > 10
    code, made, _ = shell("samples", "response", corpus, "--part", "test", "--out", "samples.jsonl")
    asked = ("answer", "--model", "retrieval:run", "--samples", "samples.jsonl", "--out", "answers.jsonl")
    assert shell(*asked)[1]["answered"] == made["samples"]
    assert shell(*asked, "--resume")[1]["reused"] == made["samples"]
    code, measured, _ = shell("evaluate", "response", "--answers", "answers.jsonl")
    assert (code, measured["n"], measured["empty"]) == (0, made["samples"], 0)
    assert "decoding=minimum Bayes risk of 100 neighbours and" in measured["signature"]


def test_a_client_to_practise_with_is_learnt_and_measured_in_the_same_way(shell, corpus):
    code, trained, told = shell("train", CLIENT_RUN, "--corpus", corpus, "--out", "run")
    assert code == 0, told
    assert "role=client" in trained["metrics"]["validation"]["signature"]
    assert "a client's turn" in Path("run", "README.md").read_text(encoding="utf-8")
    shell("samples", "response", corpus, "--part", "test", "--role", "client", "--out", "samples.jsonl")
    for model in ("retrieval:run", "baseline:previous-turn", "baseline:most-frequent"):
        out = f"{model.partition(':')[2]}.jsonl"
        asked = ("answer", "--model", model, "--samples", "samples.jsonl", "--corpus", corpus, "--out", out)
        assert shell(*asked)[0] == 0
        assert "role=client" in shell("evaluate", "response", "--answers", out)[1]["signature"]


def test_sessions_of_ones_own_make_a_partner_though_none_is_rated_so_high(shell):
    code, _, told = shell("train", CLIENT_RUN, "--corpus", DEMO_CORPUS, "--out", "run")
    assert code == 2
    assert "no dialogue of the corpus has a score of 99 or more" in told
    assert "`train --part all`" in told
    code, trained, told = shell("train", CLIENT_RUN, "--corpus", DEMO_CORPUS, "--part", "all")
    assert (code, trained["out"], trained["metrics"]) == (0, "out/response-retrieval-client-all-seed0", {}), told
    out = Path(trained["out"])
    assert json.loads((out / "run.json").read_bytes())["dialogues"] == {"all": 16}
    assert "all sessions of its corpus, so there are no figures" in (out / "README.md").read_text(encoding="utf-8")
    assert load_partner(f"retrieval:{out}", Role.CLIENT).converse(a_dialogue("今日はどうされましたか。"))


def test_a_partner_of_all_sessions_is_measured_on_none_of_them(shell, corpus):
    assert shell("train", RUN, "--corpus", corpus, "--part", "all", "--out", "run")[0] == 0
    shell("samples", "response", corpus, "--part", "test", "--out", "samples.jsonl")
    asked = ("answer", "--model", "retrieval:run", "--samples", "samples.jsonl", "--out", "answers.jsonl")
    code, _, told = shell(*asked)
    assert code == 2
    assert "of its 3 dialogues run has learnt 3 (all of the split all sessions" in told
    assert "another corpus: it has learnt all sessions of this one" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((RUN, "--part", "all", "--group", "client"), "--group: divides nothing"),
        ((RUN.with_name("score-ordinal.toml"), "--part", "all"), "--part: the score task"),
        ((RUN.with_name("response-small.toml"), "--part", "all"), "--part: a small model can't learn from 'all'"),
    ],
)
def test_all_sessions_are_for_what_can_learn_from_them(shell, arguments, told):
    code, _, said = shell("train", *arguments, "--corpus", DEMO_CORPUS)
    assert code == 2
    assert told in said


def test_another_part_is_named_on_the_command_line(shell, corpus):
    code, trained, told = shell("train", RUN, "--corpus", corpus, "--part", "full", "--group", "none")
    assert code == 0, told
    assert trained["out"] == "out/response-retrieval-full-by-none-seed0"
    code, _, told = shell("train", RUN, "--corpus", corpus, "--part", "low")
    assert code == 2
    assert "part low: " in told
    assert "too few for 9 : 1" in told


def test_a_model_of_one_role_is_not_asked_for_the_other(shell, corpus):
    shell("train", RUN, "--corpus", corpus, "--out", "run")
    shell("samples", "response", corpus, "--part", "test", "--role", "client", "--out", "samples.jsonl")
    code, _, told = shell("answer", "--model", "retrieval:run", "--samples", "samples.jsonl", "--out", "a.jsonl")
    assert code == 2
    assert "retrieval:run: says what a counselor says, and the samples ask for the client" in told


def test_two_systems_are_compared_over_the_same_dialogues(shell, corpus):
    answered(shell, corpus, "previous-turn")
    answered(shell, corpus, "most-frequent", "--corpus", corpus)
    asked = ("evaluate", "response", "--answers", "previous-turn.jsonl", "--against", "most-frequent.jsonl")
    _, measured, _ = shell(*asked, "--resamples", 200, "--seed", 7)
    assert measured["against_model"] == "baseline:most-frequent"
    difference = measured["against"]["difference"]["rouge"]["1"]
    assert measured["rouge"]["1"] - measured["against"]["rouge"]["1"] == pytest.approx(difference)
    assert "bootstrap of dialogues,200,seed 7" in measured["signature"]


def test_parts_groups_joiner_and_language_stand_in_the_header(shell, corpus):
    shell("samples", "response", corpus, "--part", "full-train", "--seed", 2, "--joiner", "space", "--out", "t.jsonl")
    shell("samples", "response", corpus, "--language", "en", "--drop-out-of-role", "--out", "all.jsonl")
    train, everything = (
        json.loads(Path(name).read_text(encoding="utf-8").partition("\n")[0]) for name in ("t.jsonl", "all.jsonl")
    )
    assert [train[key] for key in ("part", "seed", "joiner", "out_of_role")] == ["full-train", 2, "space", "kept"]
    assert [everything[key] for key in ("part", "seed", "language", "out_of_role")] == ["all", None, "en", "left out"]


def test_score_baselines_name_what_they_know(shell):
    shell("samples", "score", DEMO_CORPUS, "--part", "test", "--group", "client", "--out", "samples.jsonl")
    for name, knows in (("rater-mean", "|knows=rater|"), ("item-median", "|decoding=median|version")):
        asked = ("answer", "--model", f"baseline:{name}", "--samples", "samples.jsonl", "--out", f"{name}.jsonl")
        assert shell(*asked, "--corpus", DEMO_CORPUS)[0] == 0
        code, measured, _ = shell("evaluate", "score", "--answers", f"{name}.jsonl")
        assert code == 0
        assert knows in measured["signature"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("samples", "response", DEMO_CORPUS, "--part", "test", "--out", "samples.jsonl"),
        ("samples", "response", DEMO_CORPUS, "--group", "client", "--out", "samples.jsonl"),
        ("samples", "response", "nowhere", "--out", "samples.jsonl"),
        ("answer", "--model", "baseline:previous-turn", "--samples", "nowhere.jsonl", "--out", "answers.jsonl"),
        ("evaluate", "response", "--answers", "nowhere.jsonl"),
        ("evaluate", "response", "--answers", "nowhere.jsonl", "--resamples", 5),
        ("evaluate", "response", "--answers", "nowhere.jsonl", "--resamples", 10**9),
        ("samples", "response", "a" * 5000, "--out", "samples.jsonl"),
        ("answer", "--model", "baseline:previous-turn", "--samples", "a" * 5000, "--out", "answers.jsonl"),
        ("train", RUN, "--corpus", DEMO_CORPUS, "--out", "a" * 5000),
    ],
)
def test_bad_input_exits_with_2_and_one_sentence(shell, arguments):
    code, document, told = shell(*arguments)
    assert (code, document) == (2, None)
    *steps, sentence = told.splitlines()
    assert sentence.startswith("kokorochat: ")
    assert set(steps) <= {"reading", "learning"}
    assert not list(Path().iterdir())


def test_a_baseline_that_learns_asks_for_its_corpus(shell, corpus):
    shell("samples", "response", corpus, "--part", "test", "--out", "samples.jsonl")
    asked = ("answer", "--model", "baseline:most-frequent", "--samples", "samples.jsonl", "--out", "answers.jsonl")
    assert "--corpus" in shell(*asked)[2]
    assert "is another corpus (" in shell(*asked, "--corpus", DEMO_CORPUS)[2]


def test_answers_of_one_task_are_not_measured_as_another(shell, corpus):
    answered(shell, corpus, "previous-turn")
    assert "evaluate response" in shell("evaluate", "score", "--answers", "previous-turn.jsonl")[2]


def test_without_the_extra_the_command_says_what_to_install(shell, corpus, monkeypatch):
    import builtins

    answered(shell, corpus, "previous-turn")
    there = builtins.__import__

    def lacking(module, *rest):
        if module.partition(".")[0] in ("MeCab", "ipadic", "sacrebleu"):
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)
        return there(module, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)
    code, _, told = shell("evaluate", "response", "--answers", "previous-turn.jsonl")
    assert (code, told) == (2, f"kokorochat: this command needs ipadic: {install_extra('metrics')}\n")
