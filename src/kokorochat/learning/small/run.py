"""A run of the small language model: one training part is learnt, and the validation part answered."""

import sys
from pathlib import Path
from typing import Any

import torch

from kokorochat.corpus.digests import Contents
from kokorochat.corpus.splits.split import Split
from kokorochat.learning.response_config import SmallRun
from kokorochat.learning.response_run import measure_answers, response_parts, write_card
from kokorochat.learning.small.responder import load_small
from kokorochat.learning.small.storing import save_small
from kokorochat.learning.small.training import train_small

_CARD = """# Small language model

**It has read the words of the corpus, and may say some of them again.** Keep it where the corpus may be, and pass it on
only as the corpus' licence and the people in it allow.

- What it is: a transformer of {weights:,} weights, trained from nothing on {dialogues:,} sessions ({tokens:,} tokens).
  It goes on writing a talk as counselors did; it understands nothing, and makes things up.
- Meant for: to see what generation without a GPU can do, and to choose among the replies of `retrieval:`. Not for
  people in need of help.
- Made of: {made_of}. The ids of these dialogues: `model/learnt.json`.
- Settings and cost: {figures}.
- Made by: `{command}`
"""


def learn_to_write(
    run: SmallRun, entries: Contents, seed: int, group: str, place: Path, kept: Path, resume: bool, command: str
) -> tuple[dict[str, Any], Split, dict[str, Any]]:
    """Train on the training part, store the model in `place`/model, and measure it as stored.

    Args:
        kept: the file in which an interrupted run leaves its state; it is there when this returns.
        resume: go on from there.

    Returns:
        The metrics of the best rated of the validation part, the split, and what it took.

    Raises:
        InputError: the corpus can't be divided, holds nothing to learn, or what is kept can't be used.
    """
    parts = response_parts(run, entries, seed, group)
    validation = [(parts.dialogues[id], parts.scores[id]) for id in parts.split.parts[parts.names[1]]]
    trained = train_small(run, parts.rated(), validation, seed, kept, resume, _tell)
    save_small(place / "model", run, trained.network, trained.vocabulary)
    model = load_small(place)
    asked = parts.validation[: run.validation_dialogues]
    metrics, took = measure_answers(model, parts, asked, run, seed, group, command)
    weights = sum(weight.numel() for weight in trained.network.parameters())
    cost = {
        "validation": trained.losses,
        "weights": weights,
        "tokens": trained.tokens,
        "training_cpu_seconds": trained.cpu_seconds,
        "threads": torch.get_num_threads(),
        "answer_cpu_milliseconds": took,
    }
    write_card(place, _CARD, parts, len(asked), seed, group, command, weights=weights, tokens=trained.tokens)
    return metrics, parts.split, cost


def _tell(step: int, steps: int, loss: float) -> None:
    print(f"step {step:,} of {steps:,}: {loss:.3f} nats a token on the validation part", file=sys.stderr, flush=True)
