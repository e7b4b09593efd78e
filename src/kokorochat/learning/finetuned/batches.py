"""What a step of training reads: which dialogues, in an order that a seed fixes, and as what arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kokorochat.learning.finetuned.rendering import Rendered

_BUCKET = 32
"""Steps whose dialogues are sorted by length together: more save little padding, and mix less."""

Step = list[list[int]]
"""Numbers of what is read in a step, divided into what goes through the model at once."""


def steps_of_epoch(
    lengths: Sequence[int], batch: int, at_once: int, buckets: bool, seed: int, epoch: int
) -> list[Step]:
    """The steps of one epoch, in which everything is read once. The last step may be smaller.

    Args:
        lengths: of each, in tokens.
        batch: how many are read in a step.
        at_once: of these, how many at once.
        buckets: put such of like length into a step.
        epoch: counted from 0; each has an order of its own.
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths)).tolist()
    if buckets:
        size = batch * _BUCKET
        order = [
            number
            for start in range(0, len(order), size)
            for number in sorted(order[start : start + size], key=lambda number: -lengths[number])
        ]
    batches = [order[start : start + batch] for start in range(0, len(order), batch)]
    if buckets:
        batches = [batches[number] for number in random.permutation(len(batches))]
    return [_divided(numbers, lengths, at_once) for numbers in batches]


def _divided(numbers: list[int], lengths: Sequence[int], at_once: int) -> Step:
    """A step's numbers, the longest first, so that a memory that is too small is met at once."""
    longest_first = sorted(numbers, key=lambda number: -lengths[number])
    return [longest_first[start : start + at_once] for start in range(0, len(longest_first), at_once)]


@dataclass(frozen=True)
class Batch:
    """Some talks side by side.

    Attributes:
        tokens: shape (talks, places), filled up on the right.
        there: whether a place holds a token of the talk, of the same shape.
        rows: of each token that is due, the talk.
        places: the place in it.
        owners: the number of its reply in the batch, the replies counted from 0.
        replies: how many there are.
    """

    tokens: NDArray[np.int64]
    there: NDArray[np.bool_]
    rows: NDArray[np.int64]
    places: NDArray[np.int64]
    owners: NDArray[np.int64]
    replies: int


def batch_of(talks: Sequence[Rendered]) -> Batch:
    """Put talks side by side."""
    width = max(len(talk.tokens) for talk in talks)
    tokens, there = np.zeros((len(talks), width), dtype=np.int64), np.zeros((len(talks), width), dtype=bool)
    rows, places, owners, replies = list[int](), list[int](), list[int](), 0
    for row, talk in enumerate(talks):
        tokens[row, : len(talk.tokens)] = talk.tokens
        there[row, : len(talk.tokens)] = True
        for reply in talk.replies:
            length = reply.end - reply.start
            rows += [row] * length
            places += range(reply.start, reply.end)
            owners += [replies] * length
            replies += 1
    return Batch(tokens, there, np.array(rows), np.array(places), np.array(owners), replies)
