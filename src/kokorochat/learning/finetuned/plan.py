"""What a run will read, before it reads it: how long dialogues are, what of them is left out, and how many steps."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted
from kokorochat.learning.finetuned.batches import steps_of_epoch
from kokorochat.learning.finetuned.rendering import Rendered, Renderer
from kokorochat.learning.finetuned.settings import FineTuning, ResponseFineTuning
from kokorochat.learning.finetuned.talks import Talk, turns_to_drop, without_oldest


@dataclass(frozen=True)
class Part:
    """One part of a corpus as tokens.

    Attributes:
        talks: what is read.
        longest: tokens of the longest dialogue, before anything was left out.
        too_long: dialogues with more tokens than are read.
        turns_left_out: of these, turns, or lines of a transcript.
        tokens_left_out: and tokens.
        replies_left_out: replies that are not learnt, since they or their history went.
    """

    talks: list[Rendered]
    longest: int
    too_long: int
    turns_left_out: int
    tokens_left_out: int
    replies_left_out: int

    @property
    def tokens(self) -> int:
        """Of all talks."""
        return sum(len(talk.tokens) for talk in self.talks)

    @property
    def replies(self) -> int:
        """That are learnt."""
        return sum(len(talk.replies) for talk in self.talks)

    @property
    def due(self) -> int:
        """Tokens of replies."""
        return sum(reply.end - reply.start for talk in self.talks for reply in talk.replies)

    def told(self) -> dict[str, Any]:
        """For `run.json`."""
        lengths = [len(talk.tokens) for talk in self.talks]
        return {
            "dialogues": len(self.talks),
            "replies": self.replies,
            "tokens": self.tokens,
            "tokens_learnt": self.due,
            "tokens_of_a_dialogue": {
                "mean": round(float(np.mean(lengths)), 1),
                "p95": round(float(np.quantile(lengths, 0.95))),
                "longest": self.longest,
            },
            "too_long": self.too_long,
            "turns_left_out": self.turns_left_out,
            "tokens_left_out": self.tokens_left_out,
            "replies_left_out": self.replies_left_out,
        }


def rendered_part(talks: Iterable[Talk], renderer: Renderer, run: FineTuning, what: str) -> Part:
    """Write the talks of a part as tokens; one that is too long loses its oldest turns, if the run file says so.

    A talk without a reply to learn, such as that of a single turn, is left out.

    Args:
        what: the part's name, for messages.

    Raises:
        InputError: talks are too long and the run file says that they may not be cut; or even the shortest end of one
            is too long; or no reply is left in the part.
    """
    kept, too_long, longest, turns, tokens, replies = list[Rendered](), 0, 0, 0, 0, 0
    for talk in talks:
        rendered = renderer.render(talk)
        longest = max(longest, len(rendered.tokens))
        if len(rendered.tokens) > run.longest:
            too_long += 1
            if run.too_long == "refuse":
                continue
            whole, (rendered, left_out) = rendered, _fitting(talk, renderer, run.longest)
            turns += left_out
            tokens += len(whole.tokens) - len(rendered.tokens)
            replies += len(whole.replies) - len(rendered.replies)
        if rendered.replies:
            kept.append(rendered)
    if too_long and run.too_long == "refuse":
        dialogues = counted(too_long, "dialogue")
        problem = f"more than {run.longest:,} tokens in {dialogues}, in the longest {longest:,}"
        remedy = f'Set longest = {longest} if the memory allows it, or too_long = "drop-oldest"'
        raise InputError(what, problem, remedy)
    if not kept:
        raise InputError(what, "no dialogue holds a reply to learn", "Name a corpus in which people talk")
    return Part(kept, longest, too_long, turns, tokens, replies)


def _fitting(talk: Talk, renderer: Renderer, longest: int) -> tuple[Rendered, int]:
    """A talk without as many of its oldest turns as must go, and how many those are."""
    fewest, most = 1, turns_to_drop(talk)
    found = renderer.render(without_oldest(talk, most)) if most >= fewest else None
    if found is None or len(found.tokens) > longest:
        problem = f"has more than {longest:,} tokens even without all turns but the last"
        raise InputError(f"dialogue {talk.id}", problem, "Set a greater `longest`")
    while fewest < most:
        middle = (fewest + most) // 2
        tried = renderer.render(without_oldest(talk, middle))
        if len(tried.tokens) <= longest:
            found, most = tried, middle
        else:
            fewest = middle + 1
    return found, most


@dataclass(frozen=True)
class Plan:
    """A training before it begins.

    Attributes:
        train: what is learnt from.
        validation: what is looked at.
        items: what steps are made of: the talks of the training part, or one for each reply.
        epoch_steps: steps in an epoch.
        steps: in all.
        padding: share of the places that are read in the first epoch and hold no token.
    """

    train: Part
    validation: Part
    items: list[Rendered]
    epoch_steps: int
    steps: int
    padding: float

    def told(self, run: FineTuning) -> dict[str, Any]:
        """For `run.json`."""
        return {
            "train": self.train.told(),
            "validation": self.validation.told(),
            "longest": run.longest,
            "items": len(self.items),
            "tokens_read_in_an_epoch": sum(len(item.tokens) for item in self.items),
            "padding_share": round(self.padding, 4),
            "steps_in_an_epoch": self.epoch_steps,
            "steps": self.steps,
        }

    def lines(self, run: FineTuning) -> list[str]:
        """For people, before the training begins."""
        read = sum(len(item.tokens) for item in self.items)
        each = "response" if _one_by_one(run) else "dialogue"
        found = [
            f"plan: {counted(len(self.train.talks), 'dialogue')}, {counted(self.train.replies, 'reply', 'replies')}, "
            f"{self.train.tokens:,} tokens "
            f"({self.train.due:,} of them learnt), the longest dialogue {self.train.longest:,}",
            f"  read once for each {each}: {read:,} tokens in an epoch, and {self.padding:.1%} padding",
            f"  {counted(self.steps, 'step')} of {run.batch} ({self.epoch_steps:,} in an epoch), "
            f"{run.at_once} at once; rate {run.rate:g}, warm-up {counted(run.warmup, 'step')}",
        ]
        for name, part in (("training", self.train), ("validation", self.validation)):
            found.append(f"  {name} part: {_cut(part, run)}")
        if run.warmup >= self.steps:
            found.append(
                f"  the warm-up takes all of the {counted(self.steps, 'step')}: the full rate is hardly reached"
            )
        return found


def _cut(part: Part, run: FineTuning) -> str:
    if not part.too_long:
        return f"all dialogues fit into {run.longest:,} tokens, nothing is left out"
    return (
        f"more than {run.longest:,} tokens in {counted(part.too_long, 'dialogue')}, whose oldest turns are left out: "
        f"{counted(part.turns_left_out, 'turn')}, {counted(part.tokens_left_out, 'token')}, "
        f"{counted(part.replies_left_out, 'reply', 'replies')}"
    )


def made_plan(train: Part, validation: Part, run: FineTuning, seed: int) -> Plan:
    """Count steps."""
    items = [one for talk in train.talks for one in talk.one_by_one()] if _one_by_one(run) else train.talks
    lengths = [len(item.tokens) for item in items]
    steps = steps_of_epoch(lengths, run.batch, run.at_once, run.length_buckets, seed, 0)
    filled = sum(len(some) * max(lengths[number] for number in some) for step in steps for some in step)
    wanted = math.ceil(run.epochs * len(steps))
    count = min(wanted, run.most_steps) if run.most_steps else wanted
    return Plan(train, validation, items, len(steps), count, 1 - sum(lengths) / filled)


def _one_by_one(run: FineTuning) -> bool:
    return isinstance(run, ResponseFineTuning) and run.loss == "response"
