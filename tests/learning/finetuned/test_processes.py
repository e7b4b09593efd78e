"""Two processes learn what one does from the same steps: the same loss and weights, written once, and taken up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from factories import short_demo
from kokorochat.cli import main
from kokorochat.domain.errors import InputError
from kokorochat.learning.launch import Launch, launch_of_environment
from parts import need_qlora

need_qlora()

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from torch.distributed.tensor import DTensor  # noqa: E402

from kokorochat.learning.finetuned.base import adapters as adapters_of  # noqa: E402
from kokorochat.learning.finetuned.base import load_weights, with_adapters  # noqa: E402
from kokorochat.learning.finetuned.journal import read_log  # noqa: E402
from kokorochat.learning.finetuned.processes import Processes  # noqa: E402
from tiny_models import RESPONSES, tiny_model  # noqa: E402

CONFIGS = Path(__file__).parents[3] / "runs" / "accelerate"
RUN = """
task = "{task}"
model = "finetuned"
group = "none"
base = {{ width = 128, layers = 2, heads = 4, vocabulary = 800 }}
device = "cpu"
quantization = "{quantization}"
compute = "float32"
optimizer = "adamw_torch_fused"
rate = 2e-3
warmup = 2
batch = 3
at_once = 1
epochs = 100
most_steps = {steps}
validate_every = 2
checkpoint_every = 2
lora_dropout = 0.1
validation_dialogues = 1
longest_answer = 4
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return short_demo(tmp_path_factory.mktemp("corpus"), best={"5": 100, "14": 100})


def run_file(folder, task="response", quantization="nf4", steps=4):
    file = folder / f"{task}-{quantization}-{steps}.toml"
    file.write_text(RUN.format(task=task, quantization=quantization, steps=steps))
    return file


def launched(config, run, corpus, out, *more):
    """Two processes under the launcher, as the docs say it; gives what they printed."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", CONFIGS / f"{config}.yaml"]
    command += ["--num_processes", "2", "-m", "kokorochat", "train", run, "--corpus", corpus, "--out", out, *more]
    environment = {**os.environ, "MASTER_ADDR": "127.0.0.1"}
    done = subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def adapters(out):
    return load_file(out / "model" / "adapter_model.safetensors")


def figures(out):
    return [row["loss"] for row in read_log(out / "log.jsonl")]


def assert_alike(one, other):
    assert figures(one) == pytest.approx(figures(other), abs=1e-5)
    weights = [adapters(out) for out in (one, other)]
    assert set(weights[0]) == set(weights[1])
    for name, weight in weights[0].items():
        assert torch.allclose(weight, weights[1][name], atol=2e-5), name


@pytest.mark.slow
@pytest.mark.parametrize(("config", "task", "quantization"), [("ddp", "response", "nf4"), ("fsdp", "score", "none")])
def test_two_processes_learn_what_one_does_and_go_on_where_they_were(config, task, quantization, corpus, tmp_path):
    run = run_file(tmp_path, task, quantization)
    one, two = tmp_path / "one", tmp_path / "two"
    assert main(["train", str(run), "--corpus", str(corpus), "--out", str(one)]) == 0
    code, told = launched(config, run, corpus, two)
    assert code == 0, told
    assert_alike(one, two)
    # One process told and wrote, and nothing is left lying about.
    assert told.count("plan: ") == told.count(f"{two} (") == 1
    assert sorted(place.name for place in tmp_path.iterdir() if place.is_dir()) == ["one", "two"]
    assert '"processes": 2' in (two / "run.json").read_text()


@pytest.mark.slow
def test_what_one_process_has_begun_two_go_on_with(corpus, tmp_path, monkeypatch):
    from kokorochat.learning.finetuned import training

    run, one, two = run_file(tmp_path), tmp_path / "one", tmp_path / "two"
    assert main(["train", str(run), "--corpus", str(corpus), "--out", str(one)]) == 0
    take = training.Trainer._step

    def interrupted(self, note):
        if self.course.step >= 3:
            raise KeyboardInterrupt
        return take(self, note)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(training.Trainer, "_step", interrupted)
        assert main(["train", str(run), "--corpus", str(corpus), "--out", str(two)]) == 130
    code, told = launched("ddp", run, corpus, two, "--resume")
    assert code == 0, told
    assert_alike(one, two)


def test_each_thing_is_done_by_one_and_equally_many_by_all_where_the_base_is_divided():
    things = ["a", "b", "c", "d", "e"]
    for shards in (False, True):
        shares = [Processes(Launch(rank, 2, rank, shards)).share(things) for rank in (0, 1)]
        assert sorted(thing for share in shares for thing, counts in share if counts) == things
        assert (len(shares[0]) == len(shares[1])) is shards
    assert Processes().share(things) == [(thing, True) for thing in things]


def test_of_the_base_a_process_has_its_piece_and_of_what_learns_the_whole(tmp_path):
    run = RESPONSES
    tiny_model(tmp_path / "tiny")
    model = with_adapters(load_weights(tmp_path / "tiny/model/base", "tiny", run, torch.device("cpu")), run, 0)
    learnt = adapters_of(model)
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/store", rank=0, world_size=1)
    try:
        Processes(Launch(0, 1, 0, shards=True)).divide(model, learnt)
        pieces = {name for name, weight in model.named_parameters() if isinstance(weight, DTensor)}
        assert pieces == {name for name, _ in model.named_parameters()} - set(learnt)
        assert pieces
    finally:
        torch.distributed.destroy_process_group()


def test_without_a_launcher_a_run_is_by_itself(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert launch_of_environment() == Launch(0, 1, 0)


@pytest.mark.parametrize("told", [("2", "2", "0"), ("0", "many", "0"), ("-1", "2", "0")])
def test_a_launcher_that_says_what_can_not_be_is_named(told, monkeypatch):
    for name, value in zip(("RANK", "WORLD_SIZE", "LOCAL_RANK"), told, strict=True):
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match="no launcher says"):
        launch_of_environment()


@pytest.fixture
def first_of_two(monkeypatch):
    for name, value in (("RANK", "0"), ("WORLD_SIZE", "2"), ("LOCAL_RANK", "0")):
        monkeypatch.setenv(name, value)


def refused(capsys, *arguments):
    assert main([*map(str, arguments)]) == 2
    return capsys.readouterr().err


def test_other_models_are_not_launched(first_of_two, corpus, tmp_path, capsys):
    file = tmp_path / "ordinal.toml"
    file.write_text('task = "score"\nmodel = "ordinal"\n')
    assert "trained by one process" in refused(capsys, "train", file, "--corpus", corpus, "--out", tmp_path / "out")


def test_a_base_in_four_bits_is_not_divided(first_of_two, corpus, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    said = refused(capsys, "train", run_file(tmp_path), "--corpus", corpus, "--out", tmp_path / "out")
    assert "ddp.yaml" in said
