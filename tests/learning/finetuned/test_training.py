"""From samples to a table: 4-bit weights stay, adapters learn, and a killed run goes on to the same bits."""

import json
import shutil
import warnings

import msgspec
import numpy as np
import pytest

from factories import a_dialogue, short_demo
from kokorochat.cli import main
from kokorochat.corpus.digests import Contents
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.settings import ResponseFineTuning, ScoreFineTuning, TinyBase
from kokorochat.learning.models import load_partner, load_response_model, load_score_model
from kokorochat.learning.train import train
from kokorochat.tasks.response import response_samples
from parts import need_qlora

need_qlora()

import torch  # noqa: E402
from safetensors.torch import load_file  # noqa: E402

from kokorochat.learning.finetuned import training  # noqa: E402
from kokorochat.learning.finetuned.journal import read_log  # noqa: E402

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
SCORES = ScoreFineTuning(
    task="score",
    **{
        key: getattr(RUN, key)
        for key in ScoreFineTuning.__struct_fields__
        if key in RUN.__struct_fields__
        if key != "task"
    },
)
OPTIMIZERS = ("adamw_torch_fused", "adamw_8bit", "paged_adamw_8bit")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return short_demo(tmp_path_factory.mktemp("corpus"), best={"5": 100, "14": 100})


@pytest.fixture(scope="module")
def finished(corpus, tmp_path_factory):
    """The folder of a finished run, for each optimizer."""
    done = {}

    def run(optimizer):
        if optimizer not in done:
            done[optimizer] = tmp_path_factory.mktemp("runs") / optimizer
            train(msgspec.structs.replace(RUN, optimizer=optimizer), corpus, 0, done[optimizer])
        return done[optimizer]

    return run


def adapters(out):
    return load_file(out / "model" / "adapter_model.safetensors")


def same(one, other):
    return set(one) == set(other) and all(torch.equal(one[name], other[name]) for name in one)


def told(out):
    return json.loads((out / "run.json").read_text(encoding="utf-8"))


def kill_after(steps, monkeypatch):
    """Interrupt the run before that step; gives the steps that are taken."""
    monkeypatch.undo()
    taken, step = [], training.Trainer._step

    def interrupted(self, journal):
        if self.course.step >= steps:
            raise KeyboardInterrupt
        taken.append(self.course.step)
        return step(self, journal)

    monkeypatch.setattr(training.Trainer, "_step", interrupted)
    return taken


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_optimizer_of_the_paper_lowers_the_loss(finished, optimizer):
    found = told(finished(optimizer))
    losses = [row["loss"] for row in read_log(finished(optimizer) / "log.jsonl") if row["kind"] == "train"]
    assert len(losses) == 12
    assert np.mean(losses[-3:]) < np.mean(losses[:3]) - 0.1
    looks = [look["loss"] for look in found["validation"]]
    assert [look["step"] for look in found["validation"]] == [4, 8, 12]
    assert looks == sorted(looks, reverse=True)
    assert found["kept_step"] == 12
    eight, other = ("8", "32") if "8bit" in optimizer else ("32", "8")
    assert found["optimizer_bits"] == {eight: found["weights_learnt"], other: 0}


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_twelve_steps_are_six_and_six_to_the_bit(finished, corpus, tmp_path, monkeypatch, optimizer):
    out, run = tmp_path / "run", msgspec.structs.replace(RUN, optimizer=optimizer)
    kill_after(7, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        train(run, corpus, 0, out)
    assert [file.name for file in tmp_path.iterdir()] == ["run.partial"]
    taken = kill_after(99, monkeypatch)
    train(run, corpus, 0, out, resume=True)
    assert taken == [*range(6, 12)]
    assert same(adapters(out), adapters(finished(optimizer)))
    assert told(out)["validation"] == told(finished(optimizer))["validation"]
    figures = [
        [(row["step"], row["kind"], row["loss"]) for row in read_log(place / "log.jsonl")]
        for place in (out, finished(optimizer))
    ]
    assert figures[0] == figures[1]
    assert [file.name for file in tmp_path.iterdir()] == ["run"]
    assert train(run, corpus, 0, out, resume=True)["finished_before"]


@pytest.mark.slow
def test_a_look_at_the_validation_part_changes_nothing_of_what_is_learnt(finished, corpus, tmp_path):
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*an autograd kernel was not registered.*")
        train(msgspec.structs.replace(RUN, validate_every=100), corpus, 0, tmp_path / "run")
    assert len(told(tmp_path / "run")["validation"]) == 1
    assert told(tmp_path / "run")["validation"][-1] == told(finished("adamw_8bit"))["validation"][-1]
    assert same(adapters(tmp_path / "run"), adapters(finished("adamw_8bit")))


@pytest.mark.slow
def test_a_run_tells_what_it_read_and_what_it_took(finished):
    out = finished("adamw_8bit")
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
def test_tensorboard_reads_what_was_noted(finished):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = finished("adamw_8bit")
    board = EventAccumulator(str(out / "tensorboard"))
    board.Reload()
    rows = [row for row in read_log(out / "log.jsonl") if row["kind"] == "train"]
    noted = board.Scalars("train/loss")
    assert [one.step for one in noted] == [row["step"] for row in rows]
    assert [one.value for one in noted] == pytest.approx([row["loss"] for row in rows])


@pytest.mark.slow
def test_responses_go_from_samples_to_a_table(finished, corpus, tmp_path, capsys):
    samples, answers = tmp_path / "samples.jsonl", tmp_path / "answers.jsonl"
    assert main(["samples", "response", str(corpus), "--part", "test", "--out", str(samples)]) == 0
    model = f"finetuned:{finished('adamw_8bit')}"
    assert main(["answer", "--model", model, "--samples", str(samples), "--out", str(answers)]) == 0
    capsys.readouterr()
    assert main(["evaluate", "response", "--answers", str(answers), "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert table["model"] == model
    assert table["n"] == sum(1 for _ in samples.open()) - 1
    assert 0 <= table["profiles"]["paper-like"]["rouge"]["L"] <= 100


@pytest.mark.slow
def test_scores_go_from_samples_to_a_table_and_what_is_no_json_is_counted(corpus, tmp_path, capsys):
    out, samples, answers = tmp_path / "run", tmp_path / "samples.jsonl", tmp_path / "answers.jsonl"
    run = msgspec.structs.replace(SCORES, validation_dialogues=1)
    metrics = train(run, corpus, 0, out)["metrics"]
    assert metrics["validation"]["n"] == 1
    looks = told(out)["validation"]
    assert looks[-1]["loss"] < looks[0]["loss"]
    assert all(0 <= look["accuracy"] <= 1 for look in looks)
    best = max(looks, key=lambda look: (look["accuracy"], -look["loss"]))
    assert told(out)["kept_step"] == best["step"]
    assert main(["samples", "score", str(corpus), "--part", "test", "--out", str(samples)]) == 0
    assert main(["answer", "--model", f"finetuned:{out}", "--samples", str(samples), "--out", str(answers)]) == 0
    capsys.readouterr()
    assert main(["evaluate", "score", "--answers", str(answers), "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    # Eight tokens are no twenty values.
    assert (table["n"], table["unparsable"]) == (1, 1)


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
    assert same(adapters(out), adapters(finished("adamw_8bit")))


@pytest.mark.slow
def test_a_loss_that_is_no_number_ends_the_run(corpus, tmp_path):
    run = msgspec.structs.replace(RUN, rate=1e38, warmup=0, clip=0.0, optimizer="adamw_torch_fused")
    with pytest.raises(InputError, match="no finite number"):
        train(run, corpus, 0, tmp_path / "run")


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
    ],
)
def test_what_can_not_be_is_named_before_anything_is_learnt(corpus, tmp_path, change, place):
    with pytest.raises(InputError) as fault:
        train(msgspec.structs.replace(RUN, **change), corpus, 0, tmp_path / "run")
    assert fault.value.place == place
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_damaged_file_is_named_and_no_code_is_run(finished, tmp_path):
    shutil.copytree(finished("adamw_8bit") / "model", tmp_path / "model")
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
    (tmp_path / "model" / "base" / "model.safetensors").rename(tmp_path / "model" / "base" / "pytorch_model.bin")
    with pytest.raises(InputError, match="pickles"):
        load_response_model(f"finetuned:{tmp_path}")


@pytest.mark.slow
def test_what_is_stored_is_what_was_the_best(finished, corpus):
    from kokorochat.learning.finetuned.loss import reply_losses
    from kokorochat.learning.finetuned.storing import load_weights_of, read_finetuned
    from kokorochat.learning.finetuned.tasks import response_task

    out = finished("adamw_8bit")
    loaded = load_weights_of(read_finetuned(out))
    [asked] = response_task(RUN, Contents(find_corpus(corpus).entries()), 0, "none").validation
    losses = reply_losses(loaded.model, [loaded.renderer.render(asked)], RUN, loaded.device)
    best = min(told(out)["validation"], key=lambda look: look["loss"])
    assert training.mean_losses(losses)["token_loss"] == best["loss"]


@pytest.mark.slow
def test_an_answer_is_the_likeliest_token_each_time(finished, corpus):
    model = load_response_model(f"finetuned:{finished('adamw_8bit')}")
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
def test_in_a_running_talk_it_says_its_next_turn_and_no_turn_twice(finished):
    model = load_partner(f"finetuned:{finished('adamw_8bit')}", Role.COUNSELOR)
    said = model.converse(a_dialogue("ようこそ。", "眠れません。"))
    [sample] = response_samples(a_dialogue("ようこそ。", "眠れません。", "続き"))
    assert said == model.respond([sample])[0]
    model._written = lambda asked: ["ようこそ。"]
    assert model.converse(a_dialogue("ようこそ。", "眠れません。")) == ""
    with pytest.raises(InputError, match="client is to be practised with"):
        load_partner(f"finetuned:{finished('adamw_8bit')}", Role.CLIENT)
