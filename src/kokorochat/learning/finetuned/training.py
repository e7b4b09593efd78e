"""Training: steps from a plan, looks at the validation part, and a state from which a killed run goes on to the bit.

The dice of a step follow from the seed and its number, and so does what it reads: nothing of it need be stored.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kokorochat.domain.errors import InputError
from kokorochat.learning.checkpoint import Checkpoint
from kokorochat.learning.finetuned.base import adapters
from kokorochat.learning.finetuned.batches import Step, batch_of, steps_of_epoch
from kokorochat.learning.finetuned.journal import Journal
from kokorochat.learning.finetuned.libraries import torch
from kokorochat.learning.finetuned.loss import reply_losses, token_losses, weighted, weights_of
from kokorochat.learning.finetuned.optimising import Optimizer, rate_share
from kokorochat.learning.finetuned.plan import Plan
from kokorochat.learning.finetuned.processes import ALONE, Processes
from kokorochat.learning.finetuned.settings import FineTuning, ResponseFineTuning

STATE = "state.safetensors"

Look = Callable[[Any], dict[str, float]]
"""What else is measured of a model on the validation part, by name."""

Tell = Callable[[int, dict[str, float]], None]
"""Is told the steps that are done, and the figures of the last one, or what a look at the validation part has found."""

Note = Callable[..., None]
"""See `Journal.note`."""


@dataclass
class Course:
    """How far a training is.

    Attributes:
        step: steps that are done.
        looks: what each look at the validation part has found.
        kept: the step whose adapters are the best so far.
        seconds: of the steps, those before an interruption included, without looks and without storing.
        tokens: that were read, padding apart.
    """

    step: int = 0
    looks: list[dict[str, float]] = field(default_factory=list)
    kept: int = 0
    seconds: float = 0.0
    tokens: int = 0


@dataclass(frozen=True)
class Taught:
    """What came out of training; the model has the best adapters.

    Attributes:
        optimizer_bits: weights that are remembered in 8 bits, and in 32.
    """

    course: Course
    optimizer_bits: dict[str, int]


class Trainer:
    """A model that is taught by a plan."""

    def __init__(
        self,
        model: Any,
        plan: Plan,
        run: FineTuning,
        seed: int,
        device: Any,
        folder: Path,
        identity: str,
        processes: Processes = ALONE,
    ) -> None:
        """Get ready.

        Args:
            model: with adapters; they alone learn.
            folder: in which an interrupted run leaves its state and its notes.
            identity: of all that the adapters follow from; a state of another is not taken up.
            processes: among which the dialogues of a step are dealt out; the first one alone writes.
        """
        self._processes = processes
        self._model, self._plan, self._run, self._seed, self._device = model, plan, run, seed, device
        self._folder, self._checkpoint = folder, Checkpoint(folder / STATE, identity)
        self._weights = adapters(model)
        self._optimizer = Optimizer(self._weights, run)
        self._best = self._copied()
        self._lengths = [len(item.tokens) for item in plan.items]
        self._epoch, self._steps = -1, list[Step]()
        self.course = Course()

    def train(self, resume: bool, look: Look | None = None, tell: Tell = lambda step, found: None) -> Taught:
        """Take all steps, and put the best adapters into the model.

        Args:
            resume: go on from the state in the folder, if there is one.
            look: what else is measured at each look at the validation part.

        Raises:
            InputError: the state can't be taken up, or can't be written; or a loss, a gradient or a weight is no finite
                number any more, and of that nothing is stored.
        """
        if resume:
            self._take_up()
        with self._journal() as note:
            while self.course.step < self._plan.steps:
                tell(self.course.step + 1, self._step(note))
                looks = self._is_due(self._run.validate_every or self._plan.epoch_steps)
                stores = looks or self._is_due(self._run.checkpoint_every)
                if stores:
                    self._processes.agree(self._weights)
                    sums = (weight.sum().item() for weight in self._weights.values())
                    _check_finite(sum(sums), f"what is learnt after step {self.course.step}")
                if looks:
                    found = self._look(look)
                    note("validation", self.course.step, **{k: v for k, v in found.items() if k != "step"})
                    tell(self.course.step, found)
                if stores and self._processes.is_first:
                    self._store()
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(self._best[name])
        return Taught(self.course, self._optimizer.bits())

    def _is_due(self, every: int) -> bool:
        return self.course.step % every == 0 or self.course.step == self._plan.steps

    @contextmanager
    def _journal(self) -> Iterator[Note]:
        """Where figures are noted: by the first process alone."""
        if not self._processes.is_first:
            yield lambda kind, step, **figures: None
            return
        journal = Journal(self._folder, self.course.step)
        try:
            yield journal.note
        finally:
            journal.close()

    def _step(self, note: Note) -> dict[str, float]:
        began, number = time.perf_counter(), self.course.step
        numbers = self._numbers(number)
        talks = [self._plan.items[one] for some in numbers for one in some]
        of_token, of_reply = weights_of(talks, _weighting(self._run))
        self._model.train()
        total = 0.0
        try:
            for (place, some), counts in self._processes.share(list(enumerate(numbers))):
                # A die for each, so that it falls alike whichever process reads them.
                torch.manual_seed(_die(self._seed, number, place))
                batch = batch_of([self._plan.items[one] for one in some])
                losses = token_losses(self._model, batch, self._run, self._device)
                loss = weighted(losses, batch, of_token, of_reply) * counts
                loss.backward()
                total += loss.item()
        except torch.OutOfMemoryError:
            problem = f"step {number + 1} needs more memory than {self._device} has"
            raise InputError("training", problem, "Set at_once = 1, or gradient_checkpointing = true") from None
        total = self._processes.sum(total)
        _check_finite(total, f"the loss of step {number + 1}")
        self._processes.add_gradients(self._weights)
        share = rate_share(number, self._plan.steps, self._run)
        length = self._optimizer.step(share)
        _check_finite(length, f"the gradient of step {number + 1}")
        tokens = sum(len(talk.tokens) for talk in talks)
        seconds = time.perf_counter() - began
        self.course.step += 1
        self.course.tokens += tokens
        self.course.seconds += seconds
        figures = {"loss": total, "rate": share * self._run.rate, "gradient": length}
        figures |= {"tokens": tokens, "tokens_per_second": round(tokens / seconds, 1)}
        note("train", self.course.step, **figures)
        return figures

    def _numbers(self, step: int) -> Step:
        epoch, place = divmod(step, self._plan.epoch_steps)
        if epoch != self._epoch:
            run = self._run
            self._steps = steps_of_epoch(self._lengths, run.batch, run.at_once, run.length_buckets, self._seed, epoch)
            self._epoch = epoch
        return self._steps[place]

    def _look(self, look: Look | None) -> dict[str, float]:
        """Look at the validation part, and keep the adapters if they are the best so far."""
        self._model.eval()
        found: dict[str, float] = {"step": self.course.step}
        found |= mean_losses(self._losses())
        found["loss"] = found["token_loss"] if _weighting(self._run) == "token" else found["reply_loss"]
        _check_finite(found["loss"], f"the loss on the validation part after step {self.course.step}")
        if look is not None:
            found |= look(self._model)
        self.course.looks.append(found)
        if min(self.course.looks, key=self._badness) is found:
            self.course.kept, self._best = self.course.step, self._copied()
        return found

    def _losses(self) -> dict[str, tuple[float, int]]:
        """The loss of each reply of the validation part, of which each process has read some."""
        talks, at_once = self._plan.validation.talks, self._run.at_once
        batches = [talks[start : start + at_once] for start in range(0, len(talks), at_once)]
        own, found = dict[str, tuple[float, int]](), dict[str, tuple[float, int]]()
        for batch, _ in self._processes.share(batches):
            own |= reply_losses(self._model, batch, self._run, self._device)
        for told in self._processes.told(own):
            found |= told
        # In the order of one process, so that sums are rounded alike.
        return {reply.sample: found[reply.sample] for talk in talks for reply in talk.replies}

    def _badness(self, found: Mapping[str, float]) -> tuple[float, float]:
        """What is least in the best look; the first of equals is kept."""
        if getattr(self._run, "best_by", "loss") == "accuracy":
            return -found["accuracy"], found["loss"]
        return found["loss"], 0.0

    def _copied(self) -> dict[str, Any]:
        return {name: weight.detach().cpu().clone() for name, weight in self._weights.items()}

    def _store(self) -> None:
        state = {f"weights/{name}": value for name, value in self._copied().items()}
        state |= {f"best/{name}": value for name, value in self._best.items()}
        state |= {f"optimizer/{name}": value.cpu() for name, value in self._optimizer.state().items()}
        self._checkpoint.save(state, json.dumps(vars(self.course)))

    def _take_up(self) -> None:
        found = self._checkpoint.read()
        if found is None:
            return
        state, notes = found
        parts = {kind: _under(state, kind) for kind in ("weights/", "best/", "optimizer/")}
        try:
            with torch.no_grad():
                for name, weight in self._weights.items():
                    weight.copy_(parts["weights/"][name])
            self._optimizer.take_up(parts["optimizer/"])
            self._best = {name: parts["best/"][name] for name in self._weights}
            self.course = Course(**json.loads(notes))
        except (KeyError, RuntimeError, TypeError, ValueError):
            file = str(self._checkpoint.file)
            raise InputError(
                file, "isn't the state of such a run", "Train without --resume, which begins anew"
            ) from None


def mean_losses(losses: Mapping[str, tuple[float, int]]) -> dict[str, float]:
    """The loss of a token, and of a token if replies weigh alike, from the sums and lengths of replies."""
    tokens = sum(length for _, length in losses.values())
    return {
        "token_loss": sum(total for total, _ in losses.values()) / tokens,
        "reply_loss": sum(total / length for total, length in losses.values()) / len(losses),
    }


def _check_finite(figure: float, what: str) -> None:
    """See that a training is still one: of what is no number nothing can be learnt, kept or gone on from."""
    if not math.isfinite(figure):
        raise InputError("training", f"{what} is no finite number", "Set a lower rate or a longer warm-up")


def _die(seed: int, step: int, place: int) -> int:
    """The seed of what is drawn for a part of a step."""
    return int(np.random.SeedSequence([seed, step, place]).generate_state(1, np.uint64)[0] >> 1)


def _under(state: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {name.removeprefix(kind): value for name, value in state.items() if name.startswith(kind)}


def _weighting(run: FineTuning) -> str:
    """Of scores there is one answer in each dialogue, with as many tokens as any other."""
    return run.weighting if isinstance(run, ResponseFineTuning) else "token"
