"""`answer` with a chat model from the command line, against a real socket."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from endpoint import KEY, Answer, completion, endpoint, scores
from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.domain.installation import install_extra
from kokorochat.evaluation.responses import read_responses
from kokorochat.learning.chat.ledger import read_ledger

ASKED = ("answer", "--model", "openai:stub", "--samples", "samples.jsonl", "--out", "answers.jsonl")
PRICES = 'currency = "EUR"\n[models.stub]\nin = 1000\nout = 1000\n'


@pytest.fixture
def asked(shell, monkeypatch):
    """Run `answer` on the demo's samples of a task, against an endpoint or none; as `shell` otherwise."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    Path("prices.toml").write_text(PRICES, encoding="utf-8")

    def run(*more, task="score", served=None, samples=()):
        if not Path("samples.jsonl").exists():
            place = DEMO_CORPUS if task == "score" else DEMO_CORPUS / "2.json"
            assert shell("samples", task, place, *samples, "--out", "samples.jsonl")[0] == 0
        monkeypatch.setenv("OPENAI_BASE_URL", served.url if served else "http://127.0.0.1:9/v1")
        return shell(*ASKED, *more)

    return run


def test_scores_are_asked_priced_and_measured(asked, shell):
    with endpoint(scores()) as served:
        code, told, messages = asked("--prices", "prices.toml", served=served)
    assert (code, told["answered"], told["failed"]) == (0, 16, 0)
    assert told["cost"] == {"EUR": pytest.approx(16 * 110 * 1000 / 1e6)}
    assert "to ask: 16 samples of 16 dialogues" in messages
    code, measured, _ = shell("evaluate", "score", "--answers", "answers.jsonl")
    assert (code, measured["n"], measured["unparsable"]) == (0, 16, 0)
    assert "decoding=greedy, at most 1000 tokens, JSON by schema" in measured["signature"]


def test_responses_are_asked_and_measured(asked, shell):
    with endpoint(completion("もう少しお聞かせください")) as served:
        code, told, _ = asked(task="response", served=served)
    assert (code, told["dialogues"], told["failed"]) == (0, 1, 0)
    assert told["answered"] == told["samples"] == len(served.requests)
    code, measured, _ = shell("evaluate", "response", "--answers", "answers.jsonl")
    assert (code, measured["failures"], measured["empty"]) == (0, {}, 0)


def test_an_estimate_asks_for_nothing_and_needs_neither_key_nor_endpoint(asked, shell, monkeypatch, capsys):
    asked("--estimate", "--budget", 1)
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("OPENAI_BASE_URL")
    before = sorted(Path().iterdir())
    code, told, _ = shell(*ASKED, "--estimate", "--prices", "prices.toml")
    assert code == 0
    assert (told["samples"], told["dialogues"], told["currency"]) == (16, 16, "EUR")
    tokens, cost = told["tokens"], told["cost"]
    assert cost["expected"] == pytest.approx((tokens["prompt"] + tokens["completion"]) / 1000)
    assert cost["most"] == pytest.approx((tokens["prompt"] + 16 * 1000) / 1000)
    assert "a letter of Japanese is 1" in told["rule"]
    assert sorted(Path().iterdir()) == before
    assert main([*ASKED, "--estimate", "--prices", "prices.toml"]) == 0
    assert "EUR" in capsys.readouterr().out


def test_without_the_extra_its_install_is_named_before_anything_is_estimated(asked, monkeypatch):
    for name in ("httpx2", "openai", "kokorochat.llm.api"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "kokorochat.llm.api")
    monkeypatch.delitem(sys.modules, "kokorochat.llm.http", raising=False)
    code, _, told = asked()
    assert (code, told) == (2, f"kokorochat: this command needs httpx2: {install_extra('llm')}\n")
    assert not Path("answers.ledger.jsonl").exists()


def test_failures_are_told_by_name_and_a_run_that_lacks_answers_says_so_by_its_exit_code(asked, capsys):
    def answer(request, number):
        return [Answer("down", 503), completion("no"), scores()][min(number, 3) - 1]

    with endpoint(answer) as served:
        code, told, _ = asked("--tries", 1, "--concurrency", 1, served=served)
        assert (code, told["failures"], told["answered"]) == (1, {"server error": 1, "no JSON": 1}, 14)
        code, told, _ = asked("--resume", served=served)
        assert (code, told["failures"], told["reused"], told["asked"]) == (0, {"no JSON": 1}, 15, 1)
        assert len(served.requests) == 17
    assert main(["evaluate", "score", "--answers", "answers.jsonl"]) == 0
    assert "failed: no JSON 1" in capsys.readouterr().out


def test_a_run_in_which_nothing_could_be_read_is_measured_and_has_no_number(asked, capsys):
    with endpoint(completion("I would say three.")) as served:
        assert asked(served=served)[0] == 1
    assert main(["evaluate", "score", "--answers", "answers.jsonl"]) == 0
    assert "16 unparsable" in capsys.readouterr().out


def test_a_budget_that_is_too_small_ends_the_run_with_what_there_is(asked, capsys):
    usage = {"prompt_tokens": 2000, "completion_tokens": 100}
    with endpoint({**scores(), "usage": usage}) as served:
        code, told, _ = asked("--prices", "prices.toml", "--budget", 20, served=served)
        assert (code, told["complete"]) == (1, False)
        assert 0 < told["asked"] == 16 - told["unasked"]
        assert told["cost"]["EUR"] == pytest.approx(2.1 * told["asked"])
        assert told["cost"]["EUR"] <= 20
        assert not Path("answers.jsonl").exists()
        assert main([*ASKED, "--prices", "prices.toml", "--budget", "20", "--resume"]) == 1
        assert "the budget ended before" in capsys.readouterr().out
        assert asked("--prices", "prices.toml", "--budget", 1000, "--resume", served=served)[0] == 0
    assert len(served.requests) == 16


def test_probabilities_that_an_endpoint_does_not_give_are_told(asked, capsys):
    with endpoint(scores()) as served:
        assert asked("--probabilities", served=served)[1]["without_probabilities"] == 16
        assert main([*ASKED, "--probabilities", "--resume"]) == 0
    assert "16 answers without probabilities" in capsys.readouterr().out


def test_the_prompt_may_be_english(asked):
    with endpoint(scores()) as served:
        asked(served=served, samples=("--language", "en"))
    system, user = served.requests[0]["messages"]
    assert system["content"].startswith("You read a counseling dialogue")
    assert "Client: " in user["content"]


@pytest.mark.slow
def test_a_killed_run_asks_nothing_twice_but_what_was_under_way(tmp_path):
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "PYTHONPATH": os.pathsep.join(sys.path)}
    partial, samples = tmp_path / "answers.jsonl.partial", tmp_path / "samples.jsonl"
    assert main(["samples", "response", str(DEMO_CORPUS), "--out", str(samples), "--json"]) == 0
    lines = samples.read_text(encoding="utf-8").splitlines(keepends=True)
    ids = [json.loads(line)["id"] for line in lines[1:]]
    chosen = [line for line, id in zip(lines[1:], ids, strict=True) if id.split(":")[0] in ("1", "2", "3")]
    samples.write_text("".join([lines[0], *chosen]), encoding="utf-8")
    command = [sys.executable, "-m", "kokorochat", *ASKED, "--concurrency", "2", "--json"]
    with endpoint(lambda request, number: Answer(completion(f"答え{number}"), delay=0.05)) as served:
        environment["OPENAI_BASE_URL"] = served.url
        running = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and (not partial.exists() or partial.read_bytes().count(b"\n") < 8):
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait()
        kept = partial.read_bytes().count(b"\n") - 1
        assert 7 <= kept < len(chosen)
        assert not (tmp_path / "answers.jsonl").exists()
        time.sleep(1)
        before = len(served.requests)
        assert before - kept <= 2
        done = subprocess.run([*command, "--resume"], cwd=tmp_path, env=environment, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        told = json.loads(done.stdout)
        assert (told["reused"], told["asked"], told["answered"]) == (kept, len(chosen) - kept, len(chosen))
        assert len(served.requests) - before == len(chosen) - kept
    answers = read_responses(tmp_path / "answers.jsonl").answers
    assert [answer.sample for answer in answers] == [json.loads(line)["id"] for line in chosen]
    # Each answer is that of its own question, and none was given twice.
    assert len({answer.text for answer in answers}) == len(chosen)
    requests = read_ledger(tmp_path / "answers.ledger.jsonl")[1]
    assert len(chosen) <= len(requests) <= len(served.requests)
    assert {request.sample for request in requests} == {answer.sample for answer in answers}
    assert KEY.encode() not in done.stderr
    assert not partial.exists()


def test_an_interrupted_run_notes_what_it_gave_up(tmp_path):
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert main(["samples", "score", str(DEMO_CORPUS), "--out", str(tmp_path / "samples.jsonl"), "--json"]) == 0
    command = [sys.executable, "-m", "kokorochat", *ASKED, "--concurrency", "3"]
    with endpoint(Answer(scores(), delay=3)) as served:
        environment["OPENAI_BASE_URL"] = served.url
        running = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and len(served.requests) < 3:
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        assert running.wait() == 130
        said = running.communicate()[1].decode()
        assert KEY not in said
        assert said.endswith("stopped: the last state stands in answers.jsonl.partial; --resume goes on from there\n")
    requests = read_ledger(tmp_path / "answers.ledger.jsonl")[1]
    assert [request.outcome for request in requests] == ["given up"] * 3


def test_neither_key_nor_words_are_told_and_the_key_is_in_no_file(asked, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_LOG", "debug")

    def echoing(request, number):
        words = request["messages"][-1]["content"]
        return Answer({"error": {"message": f"{KEY} {words}", "code": KEY}}, 400)

    with endpoint(echoing) as served:
        code, _, messages = asked(served=served)
    assert code == 2
    assert served.keys[0] == f"Bearer {KEY}"
    assert KEY not in messages
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert KEY.encode() not in written
    for utterance in next(read_corpus(DEMO_CORPUS)).utterances:
        assert utterance.text not in messages


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        (("--budget", "1"), "--budget: can't be held without prices"),
        (("--prices", "nowhere.toml"), "nowhere.toml: can't be read"),
        (("--system", "nowhere.txt"), "nowhere.txt: can't be read"),
        (("--system", "empty.txt"), "empty.txt: is empty"),
        (("--tokenizer", "prices.toml"), "prices.toml: holds no tokenizer"),
        (("--model", "openai:"), "is no score model"),
        (("--model", "scripted:nobody"), "is no score model"),
        (("--model", "baseline:always-3", "--budget", "1"), "--budget: is for a chat model"),
        (("--model", "baseline:always-3", "--estimate"), "--estimate: is for a chat model"),
        (("--learnt-too",), "--learnt-too: is for a model that tells what it learnt from"),
    ],
)
def test_bad_input_exits_with_2_and_one_sentence(asked, extra, told):
    Path("empty.txt").write_text(" \n", encoding="utf-8")
    code, document, messages = asked(*extra)
    assert (code, document) == (2, None)
    assert messages.startswith("kokorochat: ")
    assert told in messages
    assert len(messages.splitlines()) == 1


@pytest.mark.parametrize(
    ("task", "forms"),
    [
        ("score", {"ordinal:DIR", "finetuned:DIR", "baseline:item-median"}),
        ("response", {"retrieval:DIR", "combined:DIR+small:DIR", "baseline:previous-turn"}),
    ],
)
def test_a_model_of_no_kind_is_answered_with_all_the_kinds_that_the_task_has(asked, task, forms):
    code, _, told = asked("--model", "nosuch:x", task=task)
    assert code == 2
    assert forms | {"openai:NAME", "scripted:echo"} <= set(re.findall(r"[^\s,]+", told))


@pytest.mark.parametrize(
    "hostile", [("--model", "openai:\x1b[31m"), ("--model", "openai:\udcff"), ("--opening", "\udcff")]
)
def test_what_no_file_could_hold_is_refused(asked, hostile):
    code, document, messages = asked(*hostile, task="response")
    assert (code, document) == (2, None)
    assert "\x1b" not in messages


@pytest.mark.parametrize(
    ("task", "option", "other"), [("response", "--again", "score"), ("score", "--opening", "response")]
)
def test_options_of_one_task_are_refused_for_the_other(asked, task, option, other):
    code, _, messages = asked(option, "2", task=task)
    assert (code, f"{option}: is for samples of the {other} task" in messages) == (2, True)


@pytest.mark.parametrize(
    "extra", [("--concurrency", "0"), ("--budget", "nan"), ("--timeout", "0"), ("--again", "11"), ("--form", "xml")]
)
def test_a_number_that_makes_no_sense_is_bad_usage(asked, extra, capsys):
    with pytest.raises(SystemExit) as left:
        asked(*extra)
    assert left.value.code == 2
    assert extra[0] in capsys.readouterr().err
