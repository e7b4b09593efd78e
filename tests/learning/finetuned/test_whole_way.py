"""The real way, in small: NF4, LoRA and each optimizer of the paper on a tiny random Llama, from a corpus to a table.

Everything by the command line, as somebody with a GPU and an 8B model would do it.
"""

import json

import numpy as np
import pytest

from factories import short_demo
from kokorochat.cli import main
from parts import need_qlora

need_qlora()

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from kokorochat.learning.finetuned import training  # noqa: E402
from kokorochat.learning.finetuned.journal import read_log  # noqa: E402

pytestmark = pytest.mark.slow

OPTIMIZERS = ("adamw_torch_fused", "adamw_8bit", "paged_adamw_8bit")

RUN = """
model = "finetuned"
group = "none"
base = {{ width = 512, layers = 1, heads = 8, vocabulary = 1024 }}
device = "cpu"
quantization = "nf4"
compute = "bfloat16"
lora_rank = 8
optimizer = "{optimizer}"
rate = 2e-3
warmup = 2
batch = 4
at_once = 2
epochs = 100
most_steps = {steps}
validate_every = {every}
checkpoint_every = 3
validation_dialogues = 1
longest_answer = 8
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return short_demo(tmp_path_factory.mktemp("corpus"), best={"5": 100, "14": 100})


def run_file(folder, task, optimizer, steps=12, every=4):
    file = folder / f"{task}.toml"
    file.write_text(f'task = "{task}"\n' + RUN.format(optimizer=optimizer, steps=steps, every=every))
    return file


def shell(capsys, *arguments):
    """The JSON that a command prints."""
    capsys.readouterr()
    assert main([*map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def kill_before(step, monkeypatch):
    """Interrupt the training there; gives the steps that are taken."""
    taken, take = [], training.Trainer._step

    def interrupted(self, note):
        if self.course.step >= step:
            raise KeyboardInterrupt
        taken.append(self.course.step)
        return take(self, note)

    monkeypatch.setattr(training.Trainer, "_step", interrupted)
    return taken


def losses(out, kind="train"):
    return [(row["step"], row["loss"]) for row in read_log(out / "log.jsonl") if row["kind"] == kind]


def measured(capsys, corpus, out, task, folder):
    """The table of a model's answers to the test part."""
    samples, answers = folder / "samples.jsonl", folder / "answers.jsonl"
    shell(capsys, "samples", task, corpus, "--part", "test", "--out", samples)
    shell(capsys, "answer", "--model", f"finetuned:{out}", "--samples", samples, "--out", answers)
    table = shell(capsys, "evaluate", task, "--answers", answers)
    assert table["n"] == sum(1 for _ in samples.open()) - 1
    return table


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_responses_are_learnt_killed_taken_up_to_the_bit_answered_and_measured(
    optimizer, corpus, tmp_path, monkeypatch, capsys
):
    run, whole, killed = run_file(tmp_path, "response", optimizer), tmp_path / "whole", tmp_path / "killed"
    shell(capsys, "train", run, "--corpus", corpus, "--out", whole)
    steps, looks = losses(whole), losses(whole, "validation")
    assert [step for step, _ in steps] == [*range(1, 13)]
    assert np.mean([loss for _, loss in steps[-3:]]) < np.mean([loss for _, loss in steps[:3]]) - 0.1
    assert [loss for _, loss in looks] == sorted((loss for _, loss in looks), reverse=True)
    told = json.loads((whole / "run.json").read_text())
    eight, other = ("8", "32") if "8bit" in optimizer else ("32", "8")
    assert told["optimizer_bits"] == {eight: told["weights_learnt"], other: 0}
    assert (told["kept_step"], told["processes"]) == (12, 1)

    with monkeypatch.context() as meanwhile:
        kill_before(7, meanwhile)
        assert main(["train", str(run), "--corpus", str(corpus), "--out", str(killed)]) == 130
    assert not killed.exists()
    with monkeypatch.context() as meanwhile:
        taken = kill_before(99, meanwhile)
        shell(capsys, "train", run, "--corpus", corpus, "--out", killed, "--resume")
    assert taken == [*range(6, 12)]
    assert (losses(killed), losses(killed, "validation")) == (steps, looks)
    one, other = (load_file(out / "model" / "adapter_model.safetensors") for out in (whole, killed))
    assert set(one) == set(other)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert not (tmp_path / "killed.partial").exists()
    assert shell(capsys, "train", run, "--corpus", corpus, "--out", killed, "--resume")["finished_before"]

    table = measured(capsys, corpus, killed, "response", tmp_path)
    assert 0 <= table["profiles"]["paper-like"]["rouge"]["L"] <= 100


def test_scores_are_learnt_answered_and_measured_and_what_is_no_json_is_counted(corpus, tmp_path, capsys):
    run, out = run_file(tmp_path, "score", "adamw_torch_fused", steps=6, every=3), tmp_path / "run"
    trained = shell(capsys, "train", run, "--corpus", corpus, "--out", out)
    assert trained["metrics"]["validation"]["n"] == 1
    looks = json.loads((out / "run.json").read_text())["validation"]
    assert looks[-1]["loss"] < looks[0]["loss"]
    best = max(looks, key=lambda look: (look["accuracy"], -look["loss"]))
    assert json.loads((out / "run.json").read_text())["kept_step"] == best["step"]
    table = measured(capsys, corpus, out, "score", tmp_path)
    # Eight tokens are no twenty values.
    assert table["unparsable"] == table["n"] == 1
