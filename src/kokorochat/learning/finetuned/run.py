"""A run of fine-tuning: the parts of a corpus as tokens, the base, the training, and the model as it is stored."""

import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from tqdm import tqdm

from kokorochat.corpus.digests import Contents
from kokorochat.corpus.sources.source import Source
from kokorochat.corpus.splits.split import Split
from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.base import (
    adapters,
    base_digest,
    check_places,
    chosen_device,
    find_base,
    load_tokenizer,
    load_weights,
    with_adapters,
)
from kokorochat.learning.finetuned.card import CARD, card
from kokorochat.learning.finetuned.journal import LOG, TENSORBOARD, read_log
from kokorochat.learning.finetuned.libraries import LIBRARIES, torch
from kokorochat.learning.finetuned.picture import loss_picture
from kokorochat.learning.finetuned.plan import Plan, made_plan, rendered_part
from kokorochat.learning.finetuned.processes import joined
from kokorochat.learning.finetuned.rendering import Renderer
from kokorochat.learning.finetuned.settings import ResponseFineTuning, TinyBase
from kokorochat.learning.finetuned.storing import OWN_BASE, Settings, base_name, save_finetuned
from kokorochat.learning.finetuned.talks import Talk
from kokorochat.learning.finetuned.tasks import response_task, score_task
from kokorochat.learning.finetuned.templates import template_text
from kokorochat.learning.finetuned.tiny import make_tiny
from kokorochat.learning.finetuned.training import STATE, Taught, Trainer
from kokorochat.learning.launch import launch_of_environment
from kokorochat.tasks.lines import digest

PICTURE = "loss.svg"

_TALKS_OF_TOKENS = 500
"""Dialogues of the training part from which a tiny base learns its tokens."""

_LINE_SECONDS = 60
"""Between two lines about steps in a log."""

_ANSWERED_BY = ("corpus", "seed", "validation_dialogues", "longest_answer", "answer_together", "checkpoint_every")
"""Settings that neither adapters nor losses follow from; they may be changed on the way. The seed is told apart."""

_BY_CONTENT = ("base", "template")
"""Settings that name a place: what lies there counts, and not where that is."""


def fine_tune(
    run: Settings,
    source: Source,
    entries: Contents,
    seed: int,
    group: str,
    place: Path,
    kept: Path,
    resume: bool,
    command: str,
) -> tuple[dict[str, Any], Split, dict[str, Any]]:
    """Train on the training part, store the model in `place`/model, and answer with it as stored.

    Args:
        kept: the folder in which an interrupted run leaves its state; it is there when this returns.
        resume: go on from there.

    Returns:
        The metrics of what was answered of the validation part, the split, and what was done and what it took. Of
        several processes the first one alone writes and measures.

    Raises:
        InputError: the corpus can't be divided, the base can't be used, there is no GPU though one is asked for, a
            dialogue is too long, or the state can't be written or taken up.
    """
    launch = launch_of_environment()
    if launch.shards and run.quantization != "none":
        problem = "a base in 4 bits can't be divided among processes"
        raise InputError("quantization", problem, 'Launch by runs/accelerate/ddp.yaml, or set quantization = "none"')
    device = chosen_device(run.device, launch.local)
    if not resume and launch.is_first:
        _forget(kept)
    if isinstance(run, ResponseFineTuning):
        task = response_task(run, entries, seed, group)
    else:
        task = score_task(run, entries, seed, group)
    base = _base(run, task.train, place / "model" / OWN_BASE, seed)
    check_places(base, base_name(run), run.longest)
    tokenizer = load_tokenizer(base, base_name(run))
    renderer = Renderer(tokenizer, template_text(run.template, tokenizer, base_name(run)), base_name(run))
    train = rendered_part(task.train, renderer, run, "training part")
    validation = rendered_part(_some(task.validation, run.validation_most, seed), renderer, run, "validation part")
    plan = made_plan(train, validation, run, seed)
    if launch.is_first:
        kept_at = f"the state is kept in {kept}; if this ends before its end, --resume goes on from there"
        print("\n".join([*plan.lines(run), kept_at]), file=sys.stderr)

    model = with_adapters(load_weights(base, base_name(run), run, device), run, seed)
    if run.gradient_checkpointing:
        model.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    identity = _identity(run, seed, base, renderer, plan, device)
    bar = _Bar(plan.steps, launch.is_first)
    with joined(launch, device) as processes, closing(bar):
        processes.divide(model, adapters(model))
        look = task.look(renderer, validation, device, processes)
        trainer = Trainer(model, plan, run, seed, device, kept, identity, processes)
        taught = trainer.train(resume, look, bar.tell)
    if not launch.is_first:
        return {}, task.split, {}
    save_finetuned(place / "model", run, model, renderer, base)
    shutil.copy(kept / LOG, place / LOG)
    shutil.copytree(kept / TENSORBOARD, place / TENSORBOARD)
    write_file(place / PICTURE, loss_picture(read_log(kept / LOG), taught.course.kept))
    took = _took(run, plan, taught, model, device) | {
        "base_digest": base_digest(base),
        "template_digest": digest(renderer.template.encode()),
        "processes": launch.count,
    }
    del model, trainer
    metrics = task.measure(place, command) if run.validation_dialogues else {}
    text = card(run, source, task.split, plan, taught.course, seed, group, command, metrics)
    write_file(place / "model" / CARD, text.encode())
    return metrics, task.split, took


def _took(run: Settings, plan: Plan, taught: Taught, model: Any, device: Any) -> dict[str, Any]:
    """What was done, and what it took, for `run.json`."""
    course = taught.course
    return {
        "plan": plan.told(run),
        "base": base_name(run),
        "device": _device_name(device),
        "threads": torch.get_num_threads(),
        "weights_learnt": sum(weight.numel() for weight in adapters(model).values()),
        "optimizer_bits": taught.optimizer_bits,
        "validation": course.looks,
        "kept_step": course.kept,
        "training_seconds": round(course.seconds, 1),
        "tokens_read": course.tokens,
        "tokens_per_second": round(course.tokens / course.seconds, 1),
        "peak_device_memory_bytes": torch.cuda.max_memory_allocated() if device.type == "cuda" else None,
        "library_versions": {name: version(name) for name in LIBRARIES},
    }


def _base(run: Settings, talks: Sequence[Talk], own: Path, seed: int) -> Path:
    """Where the base lies; a tiny one is made."""
    if not isinstance(run.base, TinyBase):
        return find_base(run.base)
    texts = (message.content for talk in talks[:_TALKS_OF_TOKENS] for message in talk.messages)
    make_tiny(own, run.base, texts, seed)
    return own


def _forget(kept: Path) -> None:
    """Leave nothing of a run that was interrupted, and all else that may stand there."""
    for file in (STATE, LOG):
        (kept / file).unlink(missing_ok=True)
    shutil.rmtree(kept / TENSORBOARD, ignore_errors=True)


def _some(talks: Sequence[Talk], most: int, seed: int) -> Sequence[Talk]:
    """All talks, or as many as shall be looked at, drawn and in their order."""
    if not most or most >= len(talks):
        return talks
    chosen = sorted(Random(f"looks {seed}").sample(range(len(talks)), most))
    return [talks[number] for number in chosen]


def _identity(run: Settings, seed: int, base: Path, renderer: Renderer, plan: Plan, device: Any) -> str:
    """A digest of all that the adapters follow from, but the number of threads and the model of the processor."""
    apart = (*_ANSWERED_BY, *_BY_CONTENT)
    settings = {key: value for key, value in msgspec.to_builtins(run).items() if key not in apart}
    versions = [version(name) for name in LIBRARIES]
    told = msgspec.json.encode([settings, seed, versions, device.type, base_digest(base), renderer.template])
    found = sha256(told)
    # One by one: the prefixes that `loss = "response"` reads are together many times what the corpus is.
    for item in (*plan.items, *plan.validation.talks):
        found.update(item.tokens.tobytes())
    return found.hexdigest()


def digests_of_places(run: Settings, place: Path) -> dict[str, str]:
    """By which the base and the template that a run names are known, as `run.json` has them.

    Args:
        place: the folder of the finished run; a tiny base, which is made, lies in it and has no digest of its own here.

    Raises:
        InputError: one isn't there, or can't be read.
    """
    base = find_base(run.base) if isinstance(run.base, str) else place / "model" / OWN_BASE
    template = template_text(run.template, load_tokenizer(base, base_name(run)), base_name(run))
    found = {"template": digest(template.encode())}
    return found | ({"base": base_digest(base)} if isinstance(run.base, str) else {})


def _device_name(device: Any) -> str:
    return str(torch.cuda.get_device_name(device)) if device.type == "cuda" else "cpu"


class _Bar:
    """How far the training is: a bar for whoever watches, and lines for a log."""

    def __init__(self, steps: int, shown: bool) -> None:
        self._bar = tqdm(total=steps, desc="training", unit="step", disable=None if shown else True)
        self._steps, self._shown, self._told = steps, shown, time.monotonic()

    def tell(self, step: int, found: dict[str, float]) -> None:
        """See `training.Tell`."""
        if not self._shown:
            return
        self._bar.update(step - self._bar.n)
        if "token_loss" in found:
            right = f", {found['accuracy']:.1%} of the items right" if "accuracy" in found else ""
            self._bar.write(f"step {step:,}: {found['loss']:.4f} nats on the validation part{right}", file=sys.stderr)
        elif not self._bar.disable:
            self._bar.set_postfix(loss=f"{found['loss']:.3f}", tokens_s=round(found["tokens_per_second"]))
        elif time.monotonic() - self._told >= _LINE_SECONDS:
            line = f"step {step:,} of {self._steps:,}: loss {found['loss']:.3f}"
            print(f"{line}, {found['tokens_per_second']:,.0f} tokens/s", file=sys.stderr, flush=True)
            self._told = time.monotonic()

    def close(self) -> None:
        """Leave the line."""
        self._bar.close()
