"""A run of the small language model: its tokens, its steps, and how it answers its validation part."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec

from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError
from kokorochat.learning.checkpoint import Checkpoint
from kokorochat.learning.response_config import SmallRun
from kokorochat.learning.small.network import Network
from kokorochat.learning.small.optimising import Learner, mean_loss
from kokorochat.learning.small.shape import Shape
from kokorochat.learning.small.storing import FORMAT_VERSION
from kokorochat.learning.small.vocabulary import (
    RATINGS,
    STAGES,
    Talk,
    Vocabulary,
    learn_vocabulary,
    rating_level,
    turns_of,
)
from kokorochat.learning.small.windows import Windows
from kokorochat.tasks.lines import digest
from kokorochat.tasks.response import JOINERS, merged_turns

CHECKPOINT_SECONDS = 120

Report = Callable[[int, int, float], None]


@dataclass(frozen=True)
class Trained:
    """What came out of training.

    Attributes:
        losses: [{step, loss}]: of a token on the validation part, in nats.
        cpu_seconds: of processor, those of an interrupted run included.
        tokens: of the training part.
    """

    network: Network
    vocabulary: Vocabulary
    losses: list[dict[str, float]]
    cpu_seconds: float
    tokens: int


def train_small(
    run: SmallRun,
    train: Sequence[tuple[Dialogue, int]],
    validation: Sequence[tuple[Dialogue, int]],
    seed: int,
    kept: Path,
    resume: bool,
    report: Report = lambda step, steps, loss: None,
) -> Trained:
    """Train a network on some dialogues, each with its score.

    Args:
        kept: the file in which an interrupted run leaves its state.
        resume: go on from there.
        report: is told the step, the number of steps, and the loss on the validation part, whenever it is taken.

    Raises:
        InputError: the dialogues hold nothing to learn, or what is kept can't be used.
    """
    vocabulary = learn_vocabulary((dialogue for dialogue, _ in train[: run.vocabulary_dialogues]), run.vocabulary)
    if run.width % (2 * run.heads):
        raise InputError("width", f"{run.width} is no multiple of twice the {run.heads} heads", "Change one of them")
    shape = Shape(len(vocabulary), run.width, run.layers, run.heads, run.window, STAGES, RATINGS)
    learnt = _windows(run, train, vocabulary, seed)
    asked = _windows(run, validation, vocabulary, seed)
    looked_at = [asked.batch(number) for number in range(min(run.validation_batches, asked.batches))]
    network = Network(shape)
    network.start(seed)
    learner = Learner(network, run)
    checkpoint = Checkpoint(kept, _identity(run, seed, vocabulary, learnt))
    first, losses, spent = 0, list[dict[str, float]](), 0.0
    found = checkpoint.read() if resume else None
    if found:
        state, notes = found
        learner.take_up(state)
        first, losses, spent = json.loads(notes)
    began, saved = time.process_time(), time.monotonic()
    for step in range(first, run.steps):
        learner.step(step, learnt.batch(step))
        done = step + 1
        if done % run.validate_every == 0 or done == run.steps:
            losses.append({"step": done, "loss": round(mean_loss(network, looked_at), 6)})
            report(done, run.steps, losses[-1]["loss"])
        if time.monotonic() - saved >= CHECKPOINT_SECONDS or done == run.steps:
            notes = json.dumps([done, losses, spent + time.process_time() - began])
            checkpoint.save(learner.state(), notes)
            saved = time.monotonic()
    spent += time.process_time() - began
    return Trained(network, vocabulary, losses, round(spent, 3), learnt.tokens)


def _windows(run: SmallRun, rated: Sequence[tuple[Dialogue, int]], vocabulary: Vocabulary, seed: int) -> Windows:
    talks = [_talk(dialogue, run, vocabulary) for dialogue, _ in rated]
    return Windows(talks, [rating_level(score) for _, score in rated], run.window, run.windows, seed)


def _talk(dialogue: Dialogue, run: SmallRun, vocabulary: Vocabulary) -> Talk:
    turns = merged_turns(dialogue.utterances, JOINERS[run.joiner], run.keep_out_of_role)
    return vocabulary.talk(turns_of((turn.role, turn.text) for turn in turns))


_TRAINED_BY = (
    *("part", "joiner", "keep_out_of_role", "vocabulary", "width", "layers", "heads", "window", "windows"),
    *("steps", "warmup", "decay", "rate", "vector_rate", "validate_every", "validation_batches"),
)
"""The settings that make weights and losses. By the others the model answers: they may be changed on the way."""


def _identity(run: SmallRun, seed: int, vocabulary: Vocabulary, learnt: Windows) -> str:
    """A digest of all that the weights follow from, but the number of threads."""
    settings = {name: getattr(run, name) for name in _TRAINED_BY}
    told = msgspec.json.encode([settings, seed, version("torch"), FORMAT_VERSION])
    return digest(told + vocabulary.json() + learnt.content())
