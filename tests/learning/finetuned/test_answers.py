"""How the scores of a fine-tuned model are read: from the text that it writes, or from its digits alone."""

import json

import pytest

from factories import short_demo
from kokorochat.cli import main
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.answers import read_answers
from kokorochat.learning.models import load_score_model
from kokorochat.tasks.sample import read_samples
from parts import need_qlora

need_qlora()

from kokorochat.learning.finetuned import answers  # noqa: E402
from kokorochat.learning.finetuned.digits import Form, likeliest, read_digits  # noqa: E402
from tiny_models import RESPONSES, SCORES, tiny_model  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_model(tmp_path_factory.mktemp("scores"), SCORES)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    place = tmp_path_factory.mktemp("samples")
    corpus = short_demo(place)
    for task in ("score", "response"):
        assert main(["samples", task, str(corpus), "--part", "test", "--out", str(place / f"{task}.jsonl")]) == 0
    return place


@pytest.fixture
def answer(folder, samples, tmp_path, capsys):
    def asked(*more, model=f"finetuned:{folder}", task="score", out="answers.jsonl"):
        capsys.readouterr()
        command = ["answer", "--model", model, "--samples", str(samples / f"{task}.jsonl")]
        return main([*command, "--out", str(tmp_path / out), *more]), capsys.readouterr().err

    return asked


def evaluated(out, capsys):
    capsys.readouterr()
    assert main(["evaluate", "score", "--answers", str(out), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_by_its_digits_each_sample_has_twenty_values_with_their_probabilities(answer, folder, samples, tmp_path):
    assert answer("--readout", "digits")[0] == 0
    model, asked = load_score_model(f"finetuned:{folder}"), read_samples(samples / "score.jsonl").samples
    file = read_answers(tmp_path / "answers.jsonl")
    assert [one.sample for one in file.answers] == [sample.id for sample in asked]
    loaded = model._loaded
    for one, sample in zip(file.answers, asked, strict=True):
        prompt = loaded.renderer.prompt(sample.messages)
        odds = read_digits(loaded.model, prompt, Form(loaded.renderer), loaded.run, loaded.device)
        assert one.items == likeliest(odds)
        assert list(one.probabilities) == list(ITEM_KEYS)
        assert list(one.probabilities.values()) == [pytest.approx(item, abs=1e-4) for item in odds]
        assert one.failure is None
    told = "likeliest digits in the form of the answer, unquantised, float32"
    assert {file.header.decoding, *(one.decoding for one in file.answers)} == {told}


def test_by_its_digits_it_has_a_calibration_and_a_signature_of_its_own(answer, tmp_path, capsys):
    assert answer("--readout", "digits")[0] == 0
    found = evaluated(tmp_path / "answers.jsonl", capsys)
    assert found["unparsable"] == 0
    assert found["calibration"]["rps"]["mean"] > 0
    assert found["best"] is not None
    assert "decoding=likeliest digits in the form of the answer" in found["signature"]


@pytest.mark.parametrize("named", [(), ("--readout", "text")])
def test_its_text_is_read_unless_the_digits_are_asked_for(named, answer, tmp_path, capsys):
    assert answer(*named)[0] == 0
    assert read_answers(tmp_path / "answers.jsonl").header.decoding == (
        "greedy, unquantised, float32, at most 12 tokens"
    )
    assert evaluated(tmp_path / "answers.jsonl", capsys)["calibration"] is None
    code, said = answer("--readout", "digits", "--resume")
    assert (code, "holds answers of another decoding" in said) == (2, True)


@pytest.mark.parametrize(
    ("model", "task", "more"),
    [
        ("baseline:always-3", "score", ("--readout", "digits")),
        ("finetuned:it", "response", ("--readout", "digits")),
        ("openai:it", "score", ("--readout", "text")),
    ],
)
def test_others_have_no_digits_to_read(model, task, more, answer):
    code, said = answer(*more, model=model, task=task)
    assert (code, said.startswith("kokorochat: --readout: is for ")) == (2, True)


def test_whoever_asks_for_probabilities_is_told_how_to_get_them(answer):
    code, said = answer("--probabilities")
    assert (code, "Add --readout digits in its place" in said) == (2, True)


def test_a_base_whose_digits_do_not_stand_alone_is_named_with_what_to_do(folder, monkeypatch):
    def joined(renderer):
        raise InputError("base it", "its tokens join digits", 'Set best_by = "loss"')

    monkeypatch.setattr(answers, "Form", joined)
    with pytest.raises(InputError) as fault:
        load_score_model(f"finetuned:{folder}", "digits")
    assert fault.value.remedy == "Answer with --readout text"


def test_a_model_of_responses_has_no_scores_to_read(tmp_path):
    with pytest.raises(InputError, match="predicts no scores"):
        load_score_model(f"finetuned:{tiny_model(tmp_path, RESPONSES)}", "digits")
