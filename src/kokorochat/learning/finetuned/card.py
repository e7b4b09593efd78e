"""The model card, README.md, with the head that model hubs read."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from kokorochat.corpus.sources.source import Source
from kokorochat.corpus.splits.split import Split
from kokorochat.domain.printable import counted
from kokorochat.learning.finetuned.plan import Part, Plan
from kokorochat.learning.finetuned.settings import ResponseFineTuning
from kokorochat.learning.finetuned.storing import OWN_BASE, Settings
from kokorochat.learning.finetuned.training import Course

CARD = "README.md"

_TEXT = """---
library_name: peft
{base_model}language: ja
license: other
license_name: {licence}, and that of the base
pipeline_tag: text-generation
tags: [lora, counseling, kokorochat]
---
# Fine-tuned model of the {task} task

**It has read the words of the corpus, and may say some of them again.** Keep it where the corpus may be, and pass it on
only as the corpus' licence ({licence}), the base's licence and the people in it allow.

- What it is: adapters of rank {rank} for `{base}`{made}. {does}{elsewhere}
- Not for people in need of help, and not to judge a counselor by.
- Learnt from: {dialogues:,} dialogues of {corpus}, `{part}` of the split `{split}`, seed {seed}; {replies:,} replies,
  {tokens:,} tokens in one reading. Dialogues of the test part are not in it{duplicates}.
- Read: {read:,} tokens in {steps:,} steps of {batch}; one reading of all takes {epoch_steps:,} steps.
- Left out: {left_out}.
- Kept: the adapters after step {kept:,} of {steps:,}, the best by {best} on {validation:,} dialogues of the validation
  part (loss {loss:.4f} nats a token).
- How a talk is written: the chat template in this folder, verified token by token. Use it, not the base's.
- Settings, cost and versions: `run.json` of the run. Made by: `{command}`

## Licence
Learnt from {corpus} ({licence}). Where that says NC, nobody may use this commercially; where it says ND, ask its
holders before you pass a model made from it on. The base has a licence of its own.

## Measured
On the validation part; the test part is for `kokorochat answer` and `evaluate`.

| step | {columns} |
|---|{rules}|
{looks}

{measured}

## Files
`adapter_model.safetensors` and `adapter_config.json` (peft, vLLM), tokens and chat template, and `model.json` with the
digests of all. No pickle, and no code. Serve it (DIR is this folder): `kokorochat serve-model finetuned:DIR`, or

```
vllm serve {served} --enable-lora --max-lora-rank {vllm_rank} --lora-modules NAME=DIR \\
    --chat-template DIR/chat_template.jinja --max-model-len {longest}{quantised}
```
"""

_ELSEWHERE = """
- **Not ready for a hub**: its base was a folder of the machine on which it was taught, and no name on a hub. Set
  `base_model` in the head of this file and `base_model_name_or_path` in `adapter_config.json` to that name; whoever
  loads it here names the base's folder by `KOKOROCHAT_BASE`."""

_SMALLEST_VLLM_RANK = 8
"""vLLM takes powers of two from here on."""

_FIGURES = {"loss": "loss, nats", "token_loss": "loss of a token", "accuracy": "items right"}
"""Of a look at the validation part, as far as it has them."""


def card(
    run: Settings,
    source: Source,
    split: Split,
    plan: Plan,
    course: Course,
    seed: int,
    group: str,
    command: str,
    metrics: Mapping[str, Any],
) -> str:
    """The text of a model's card.

    Args:
        metrics: {validation: as `evaluate` prints them}, if anything was answered.
    """
    responds = isinstance(run, ResponseFineTuning)
    part = run.part + "-train" if isinstance(run, ResponseFineTuning) else "train"
    does = (
        f"It goes on writing a talk as {run.role}s did; it understands nothing, and makes things up."
        if isinstance(run, ResponseFineTuning)
        else "It guesses how a client rated a session; by what, nobody knows."
    )
    base = run.base if isinstance(run.base, str) else OWN_BASE
    is_folder = os.path.isabs(base)
    named = os.path.basename(base) if is_folder else base
    kept = next(look for look in course.looks if look["step"] == course.kept)
    figures = [name for name in _FIGURES if name in kept]
    return _TEXT.format(
        base=named,
        base_model="" if is_folder else f"base_model: {base}\n",
        elsewhere=_ELSEWHERE if is_folder else "",
        served="BASE" if is_folder else named if isinstance(run.base, str) else f"DIR/{OWN_BASE}",
        vllm_rank=max(_SMALLEST_VLLM_RANK, 1 << (run.lora_rank - 1).bit_length()),
        longest=run.longest,
        quantised=" --quantization bitsandbytes" if run.quantization == "nf4" else "",
        task=run.task,
        licence=source.licence,
        rank=run.lora_rank,
        made="" if isinstance(run.base, str) else ", a base of random weights that lies beside them and knows nothing",
        does=does,
        dialogues=len(plan.train.talks),
        corpus=source.name,
        part=part,
        split=split.rule,
        seed=seed,
        replies=plan.train.replies,
        tokens=plan.train.tokens,
        duplicates=", nor near-duplicates of them" if group == "duplicates" else "; near-duplicates of them may be",
        left_out=_left_out(plan.train, run.longest),
        kept=course.kept,
        steps=plan.steps,
        read=course.tokens,
        batch=run.batch,
        epoch_steps=plan.epoch_steps,
        best="loss" if responds else getattr(run, "best_by", "loss"),
        validation=len(plan.validation.talks),
        loss=kept["token_loss"],
        command=command or "kokorochat train",
        columns=" | ".join(_FIGURES[name] for name in figures),
        rules="|".join(["---"] * len(figures)),
        looks="\n".join(_row(look, figures, look is kept) for look in course.looks),
        measured=_measured(metrics.get("validation")),
    )


def _row(look: Mapping[str, float], figures: Sequence[str], kept: bool) -> str:
    step = f"**{look['step']:,}**" if kept else f"{look['step']:,}"
    return f"| {step} | {' | '.join(f'{look[name]:.4f}' for name in figures)} |"


def _measured(metrics: Mapping[str, Any] | None) -> str:
    """What was answered in full, and how well."""
    if metrics is None:
        return "Nothing was answered in full in the run (`validation_dialogues = 0`)."
    if "profiles" in metrics:
        found = metrics["profiles"]["paper-like"]
        told = {f"BLEU-{n}": value for n, value in enumerate(found["bleu"], start=1)}
        told |= {f"ROUGE-{n}": value for n, value in found["rouge"].items()}
        told |= {f"Distinct-{n}": value for n, value in found["distinct"].items()}
        signatures = list(found["signature"].values())
    else:
        told = {
            "ACC %": metrics["acc"]["mean"],
            "ACC_soft %": metrics["acc_soft"]["mean"],
            "MAE": metrics["mae"]["mean"],
        }
        told["unparsable"] = metrics["unparsable"]
        signatures = [metrics["signature"]]
    cells = [f"{name} {'-' if value is None else f'{value:.4g}'}" for name, value in told.items()]
    return "\n".join([f"{metrics['n']:,} answers: {', '.join(cells)}", "", *(f"- `{one}`" for one in signatures)])


def _left_out(part: Part, longest: int) -> str:
    if not part.too_long:
        return "nothing; every dialogue is read whole"
    return (
        f"{part.turns_left_out:,} of the oldest turns in {counted(part.too_long, 'dialogue')} of more than {longest:,} "
        f"tokens, and so {counted(part.replies_left_out, 'reply', 'replies')}"
    )
