"""Training: what a run tells of itself, what it refuses, and what its model says. The whole way: `test_whole_way`."""

import json
import shutil
import subprocess
import sys
import time
import tracemalloc
import warnings
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from factories import a_dialogue, short_demo
from kokorochat.corpus.digests import Contents
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.responses import Said
from kokorochat.learning.finetuned.settings import ResponseFineTuning, TinyBase
from kokorochat.learning.learnt_from import read_learnt
from kokorochat.learning.models import load_partner, load_response_model, load_score_model
from kokorochat.learning.train import train
from kokorochat.tasks.response import response_samples
from parts import need_qlora

need_qlora()

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from kokorochat.learning.finetuned import run, training  # noqa: E402
from kokorochat.learning.finetuned.journal import read_log  # noqa: E402
from kokorochat.learning.finetuned.optimising import Optimizer  # noqa: E402
from kokorochat.learning.finetuned.processes import Processes  # noqa: E402
from kokorochat.learning.finetuned.rendering import Rendered  # noqa: E402
from kokorochat.learning.finetuned.templates import PLAIN_TEMPLATE  # noqa: E402
from kokorochat.learning.finetuned.tiny import make_tiny  # noqa: E402

RUN = ResponseFineTuning(
    task="response",
    model="finetuned",
    group="none",
    base=TinyBase(width=512, layers=1, heads=8, vocabulary=1024),
    device="cpu",
    optimizer="adamw_8bit",
    rate=2e-3,
    warmup=2,
    batch=4,
    at_once=2,
    epochs=100,
    most_steps=12,
    validate_every=4,
    checkpoint_every=3,
    longest_answer=8,
)
SMALL = TinyBase(width=64, layers=1, heads=4, vocabulary=800)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return short_demo(tmp_path_factory.mktemp("corpus"), best={"5": 100, "14": 100})


@pytest.fixture(scope="module")
def finished(corpus, tmp_path_factory):
    """The folder of a finished run."""
    out = tmp_path_factory.mktemp("runs") / "finished"
    train(RUN, corpus, 0, out)
    return out


def adapters(out):
    return load_file(out / "model" / "adapter_model.safetensors")


def same(one, other):
    return set(one) == set(other) and all(torch.equal(one[name], other[name]) for name in one)


def told(out):
    return json.loads((out / "run.json").read_text(encoding="utf-8"))


def kill_after(steps, monkeypatch):
    """Interrupt the run before that step."""
    step = training.Trainer._step

    def interrupted(self, note):
        if self.course.step >= steps:
            raise KeyboardInterrupt
        return step(self, note)

    monkeypatch.setattr(training.Trainer, "_step", interrupted)


@pytest.mark.slow
def test_a_look_at_the_validation_part_changes_nothing_of_what_is_learnt(finished, corpus, tmp_path):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*an autograd kernel was not registered.*")
        train(msgspec.structs.replace(RUN, validate_every=100), corpus, 0, tmp_path / "run")
    assert len(told(tmp_path / "run")["validation"]) == 1
    assert told(tmp_path / "run")["validation"][-1] == told(finished)["validation"][-1]
    assert same(adapters(tmp_path / "run"), adapters(finished))


@pytest.mark.slow
def test_the_course_is_told_at_each_look_though_nobody_sits_at_a_terminal(corpus, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("kokorochat.learning.finetuned.run._LINE_SECONDS", 0)
    train(
        msgspec.structs.replace(RUN, most_steps=2, validate_every=2, validation_dialogues=1),
        corpus,
        0,
        tmp_path / "out",
    )
    lines = [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()]
    assert [line for line in lines if line.startswith("step ")] == ["step 1 of 2", "step 2 of 2", "step 2"]
    assert lines[-1] == "answering 1 dialogue of the validation part"


@pytest.mark.slow
def test_a_run_tells_what_it_read_and_what_it_took(finished):
    out = finished
    found = told(out)
    assert {file.name for file in out.iterdir()} == {
        *("model", "run.json", "metrics.json", "log.jsonl", "loss.svg", "tensorboard")
    }
    plan = found["plan"]
    assert (plan["train"]["dialogues"], plan["validation"]["dialogues"], plan["steps"]) == (13, 1, 12)
    assert plan["train"]["too_long"] == plan["train"]["turns_left_out"] == 0
    assert 0 < plan["train"]["tokens_learnt"] < plan["train"]["tokens"] == plan["tokens_read_in_an_epoch"]
    assert found["tokens_read"] == 3 * plan["train"]["tokens"]
    assert found["tokens_per_second"] > 0
    assert found["training_seconds"] > 0
    assert found["device"] == "cpu"
    assert {"torch", "transformers", "peft", "bitsandbytes"} <= set(found["library_versions"])
    assert "<svg" in (out / "loss.svg").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_finished_model_is_ready_for_a_hub(finished):
    model = finished / "model"
    assert {file.name for file in model.iterdir()} == {
        *("adapter_model.safetensors", "adapter_config.json", "tokenizer.json", "tokenizer_config.json"),
        *("chat_template.jinja", "model.json", "learnt.json", "README.md", "base"),
    }
    card = (model / "README.md").read_text(encoding="utf-8")
    head, text = card.removeprefix("---\n").split("---\n", 1)
    said = dict(line.split(": ", 1) for line in head.splitlines())
    assert (said["library_name"], said["base_model"], said["license"]) == ("peft", "base", "other")
    for part in ("## Licence", "NC", "13 dialogues", "## Measured", "| **12** |", "serve-model"):
        assert part in text
    read = told(finished)["tokens_read"]
    assert f"Read: {read:,} tokens in 12 steps of 4; one reading of all takes 4 steps." in text
    assert "finetuned" in json.loads((model / "model.json").read_text())["format"]


@pytest.mark.slow
def test_tensorboard_reads_what_was_noted(finished):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = finished
    board = EventAccumulator(str(out / "tensorboard"))
    board.Reload()
    rows = [row for row in read_log(out / "log.jsonl") if row["kind"] == "train"]
    noted = board.Scalars("train/loss")
    assert [one.step for one in noted] == [row["step"] for row in rows]
    assert [one.value for one in noted] == pytest.approx([row["loss"] for row in rows])


@pytest.mark.slow
def test_what_another_run_has_left_is_not_taken_up(corpus, tmp_path, monkeypatch):
    out = tmp_path / "run"
    kill_after(4, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(RUN, corpus, 0, out)
    with pytest.raises(InputError, match="other settings"):
        train(msgspec.structs.replace(RUN, rate=1e-3), corpus, 0, out, resume=True)
    left = tmp_path / "run.partial" / "state.safetensors"
    left.write_bytes(left.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"state\.safetensors"):
        train(RUN, corpus, 0, out, resume=True)


def placed(folder, seed=0):
    """A short run whose base and template lie in a folder."""
    make_tiny(folder / "llama", SMALL, ["こんにちは。眠れません。"], seed)
    template = folder / "chat.jinja"
    template.write_text(PLAIN_TEMPLATE)
    where = {"base": str(folder / "llama"), "template": str(template)}
    return msgspec.structs.replace(RUN, **where, most_steps=2, validate_every=2, optimizer="adamw_torch_fused")


def test_base_and_template_may_lie_elsewhere_but_not_change_under_a_run(corpus, tmp_path, monkeypatch):
    out, here, there = tmp_path / "run", placed(tmp_path / "here"), placed(tmp_path / "there")
    with monkeypatch.context() as meanwhile:
        kill_after(1, meanwhile)
        with pytest.raises(KeyboardInterrupt):
            train(here, corpus, 0, out)
    assert not train(there, corpus, 0, out, resume=True)["finished_before"]
    assert train(here, corpus, 0, out, resume=True)["finished_before"]
    with pytest.raises(InputError, match="another config"):
        train(placed(tmp_path / "other", seed=1), corpus, 0, out, resume=True)
    (tmp_path / "here" / "chat.jinja").write_text(PLAIN_TEMPLATE + "\n")
    with pytest.raises(InputError, match="another config"):
        train(here, corpus, 0, out, resume=True)


@pytest.mark.slow
def test_runs_of_one_system_have_the_same_settings_wherever_and_however_fast_they_learnt(corpus, tmp_path):
    here, there = placed(tmp_path / "here"), placed(tmp_path / "there")
    more = {"device": "auto", "checkpoint_every": 1, "at_once": 1, "validation_dialogues": 1}
    other = placed(tmp_path / "other", seed=1)
    settings = []
    for run_seed, one in enumerate((here, msgspec.structs.replace(there, **more), other)):
        train(one, corpus, run_seed, tmp_path / str(run_seed))
        settings.append(read_learnt(tmp_path / str(run_seed)).settings)
    assert settings[0] == settings[1] != settings[2]


_TRAIN = """
import sys
from pathlib import Path
import msgspec
from kokorochat.learning.finetuned.settings import ResponseFineTuning
from kokorochat.learning.train import train
train(msgspec.json.decode(sys.argv[1], type=ResponseFineTuning), sys.argv[2], 0, Path(sys.argv[3]))
"""


@pytest.mark.slow
def test_a_run_that_is_killed_outright_goes_on_from_its_last_state(finished, corpus, tmp_path):
    out, state = tmp_path / "run", tmp_path / "run.partial" / "state.safetensors"
    told = msgspec.json.encode(RUN)
    command = [sys.executable, "-c", _TRAIN, told.decode(), str(corpus), str(out)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while not state.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not out.exists()
    train(msgspec.json.decode(told, type=ResponseFineTuning), corpus, 0, out, resume=True)
    assert same(adapters(out), adapters(finished))
    assert [row["step"] for row in read_log(out / "log.jsonl") if row["kind"] == "train"] == [*range(1, 13)]


@pytest.mark.slow
def test_a_full_disk_is_named_and_the_last_state_stays(finished, corpus, tmp_path, monkeypatch):
    from kokorochat.learning import checkpoint

    out, write, written = tmp_path / "run", checkpoint.write_file, []

    def full(path, data):
        written.append(path)
        if len(written) > 1:
            raise OSError(28, "No space left on device")
        write(path, data)

    monkeypatch.setattr(checkpoint, "write_file", full)
    with pytest.raises(InputError, match="No space left on device"):
        train(RUN, corpus, 0, out)
    monkeypatch.undo()
    train(RUN, corpus, 0, out, resume=True)
    assert same(adapters(out), adapters(finished))


@pytest.mark.slow
def test_a_loss_that_is_no_number_ends_the_run(corpus, tmp_path):
    run = msgspec.structs.replace(RUN, rate=1e38, warmup=0, clip=0.0, optimizer="adamw_torch_fused")
    with pytest.raises(InputError, match="no finite number"):
        train(run, corpus, 0, tmp_path / "run")


def test_the_identity_of_a_run_that_reads_every_prefix_takes_no_memory(monkeypatch):
    monkeypatch.setattr(run, "base_digest", lambda base: "")
    whole = np.arange(1_000_000, dtype=np.int32)
    items = [Rendered(str(number), whole[number:], ()) for number in range(30)]
    plan = SimpleNamespace(items=items, validation=SimpleNamespace(talks=items[:2]))
    tracemalloc.start()
    try:
        found = run._identity(RUN, 0, None, SimpleNamespace(template=""), plan, torch.device("cpu"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * whole.nbytes
    plan.items = items[1:]
    assert run._identity(RUN, 0, None, SimpleNamespace(template=""), plan, torch.device("cpu")) != found


@pytest.mark.slow
def test_a_gradient_that_is_no_number_ends_the_run_and_the_last_state_stays_good(
    finished, corpus, tmp_path, monkeypatch
):
    """In a step whose state would be stored."""
    out, add, steps = tmp_path / "run", Processes.add_gradients, []

    def broken(self, weights):
        add(self, weights)
        steps.append(None)
        if len(steps) == 6:
            next(iter(weights.values())).grad[0, 0] = float("inf")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Processes, "add_gradients", broken)
        with pytest.raises(InputError, match="gradient of step 6 is no finite number"):
            train(RUN, corpus, 0, out)
    train(RUN, corpus, 0, out, resume=True)
    assert same(adapters(out), adapters(finished))


@pytest.mark.slow
def test_weights_that_are_no_numbers_are_not_stored(finished, corpus, tmp_path, monkeypatch):
    out, step, steps = tmp_path / "run", Optimizer.step, []

    def broken(self, share):
        length = step(self, share)
        steps.append(None)
        if len(steps) == 6:
            with torch.no_grad():
                next(iter(self._weights.values()))[0, 0] = float("nan")
        return length

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Optimizer, "step", broken)
        with pytest.raises(InputError, match="learnt after step 6 is no finite number"):
            train(RUN, corpus, 0, out)
    train(RUN, corpus, 0, out, resume=True)
    assert same(adapters(out), adapters(finished))


@pytest.mark.slow
@pytest.mark.parametrize("look", [1, 3])
def test_a_look_that_finds_no_number_ends_the_run_and_is_kept_nowhere(finished, corpus, tmp_path, monkeypatch, look):
    """Be it the first, of which adapters would be kept, or the last, which `run.json` would tell of."""
    out, mean, looks = tmp_path / "run", training.mean_losses, []

    def broken(losses):
        looks.append(None)
        return mean(losses) | ({"token_loss": float("nan")} if len(looks) == look else {})

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(training, "mean_losses", broken)
        with pytest.raises(InputError, match=f"validation part after step {4 * look} is no finite number"):
            train(RUN, corpus, 0, out)
    train(RUN, corpus, 0, out, resume=True)
    assert same(adapters(out), adapters(finished))
    assert told(out)["validation"] == told(finished)["validation"]


@pytest.mark.parametrize(("loss", "items"), [("dialogue", 13), ("response", 29)])
def test_a_gpu_that_is_asked_for_and_absent_is_named_at_once(corpus, tmp_path, loss, items):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(InputError, match="PyTorch finds none"):
        train(msgspec.structs.replace(RUN, device="cuda", loss=loss), corpus, 0, tmp_path / "run")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"base": "nobody/has-this"}, "base nobody/has-this"),
        ({"base": "no name/at all/"}, "base no name/at all/"),
        ({"lora_modules": ("x_proj",)}, "lora_modules"),
        ({"base": TinyBase(width=512, heads=7)}, "base, width"),
        ({"longest": 64}, "training part"),
        ({"longest": 32_769}, "longest"),
    ],
)
def test_what_can_not_be_is_named_before_anything_is_learnt(corpus, tmp_path, change, place):
    with pytest.raises(InputError) as fault:
        train(msgspec.structs.replace(RUN, **change), corpus, 0, tmp_path / "run")
    assert fault.value.place == place
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_damaged_file_is_named_and_no_code_is_run(finished, tmp_path):
    shutil.copytree(finished / "model", tmp_path / "model")
    for name in ("adapter_model.safetensors", "tokenizer.json", "chat_template.jinja", "base/model.safetensors"):
        file = tmp_path / "model" / name
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(InputError):
            load_response_model(f"finetuned:{tmp_path}")
        file.unlink()
        with pytest.raises(InputError):
            load_response_model(f"finetuned:{tmp_path}")
        file.write_bytes(whole)
    with pytest.raises(InputError, match="says responses"):
        load_score_model(f"finetuned:{tmp_path}")
    for name, what in ((f"evil{ending}", "pickle") for ending in (".bin", ".pt", ".pth", ".pkl", ".ckpt")):
        (tmp_path / "model" / name).write_bytes(b"")
        with pytest.raises(InputError, match=what) as fault:
            load_response_model(f"finetuned:{tmp_path}")
        assert fault.value.place.endswith(name)
        (tmp_path / "model" / name).unlink()
    for name in ("adapter_config.json", "base/config.json"):
        file = tmp_path / "model" / name
        whole = file.read_text()
        file.write_text(json.dumps({**json.loads(whole), "auto_map": {"AutoModel": "evil.Model"}}))
        with pytest.raises(InputError, match="names code of its own"):
            load_response_model(f"finetuned:{tmp_path}")
        file.write_text(whole)
    (tmp_path / "model" / "base" / "model.safetensors").rename(tmp_path / "model" / "base" / "pytorch_model.bin")
    with pytest.raises(InputError, match="pickles"):
        load_response_model(f"finetuned:{tmp_path}")


@pytest.mark.slow
def test_what_is_stored_is_what_was_the_best(finished, corpus):
    from kokorochat.learning.finetuned.loss import reply_losses
    from kokorochat.learning.finetuned.storing import load_weights_of, read_finetuned
    from kokorochat.learning.finetuned.tasks import response_task

    out = finished
    loaded = load_weights_of(read_finetuned(out))
    [asked] = response_task(RUN, Contents(find_corpus(corpus).entries()), 0, "none").validation
    losses = reply_losses(loaded.model, [loaded.renderer.render(asked)], RUN, loaded.device)
    best = min(told(out)["validation"], key=lambda look: look["loss"])
    assert training.mean_losses(losses)["token_loss"] == best["loss"]


@pytest.mark.slow
def test_an_answer_is_the_likeliest_token_each_time(finished, corpus):
    model = load_response_model(f"finetuned:{finished}")
    dialogue = next(d for d in read_corpus(corpus) if d.id == "5")
    sample = list(response_samples(dialogue))[1]
    loaded = model._loaded
    tokens, said = loaded.renderer.prompt(sample.messages), list[int]()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        while len(said) < RUN.longest_answer and loaded.renderer.end not in said:
            said.append(int(loaded.model(input_ids=torch.tensor([[*tokens, *said]])).logits[0, -1].argmax()))
    assert model.respond([sample]) == [loaded.renderer.text(said)]
    assert model.decoding == "greedy, NF4, bfloat16, at most 8 tokens"


@pytest.mark.slow
def test_in_a_running_talk_it_says_its_next_turn_and_no_turn_twice(finished, monkeypatch):
    model = load_partner(f"finetuned:{finished}", Role.COUNSELOR)
    # What it says ends nowhere yet, and in no sentence.
    monkeypatch.setattr("kokorochat.learning.finetuned.answers.whole_sentences", str)
    said = model.converse(a_dialogue("ようこそ。", "眠れません。"))
    [sample] = response_samples(a_dialogue("ようこそ。", "眠れません。", "続き"))
    assert said == model.respond([sample])[0]
    model._written = lambda asked: [Said("ようこそ。")]
    assert model.converse(a_dialogue("ようこそ。", "眠れません。")) == ""
    with pytest.raises(InputError, match="client is to be practised with"):
        load_partner(f"finetuned:{finished}", Role.CLIENT)
