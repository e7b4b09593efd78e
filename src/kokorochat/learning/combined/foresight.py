"""A network that foresees which words, and which pairs of words, the counselor's next turn will hold.

It reads bags of words: the client's last turn, the counselor's turn before it, and what either has said so far, older
turns for less; and how far on the talk is. What it has learnt is plain arrays, so that to answer needs no torch.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Words = NDArray[np.int32]

BAGS = 4
STAGES = 17
REMEMBERED = 24
"""Turns of each role that are read."""
FADING = 0.88
"""What a turn counts in the history for each later turn of its role."""
MOST = 3
"""Times that a word counts at most."""


@dataclass(frozen=True)
class Context:
    """What is read before a turn.

    Attributes:
        bags: of each the columns of the words in it, and how much each counts.
        stage: how far on the talk is.
    """

    bags: tuple[tuple[NDArray[np.int64], Floats], ...]
    stage: int


class Reading:
    """From the turns of a talk to what is read of them."""

    def __init__(self, read: Words) -> None:
        """Take the numbers of the words that are known."""
        self.read = read
        self._columns = np.full(int(read.max(initial=-1)) + 2, -1)
        self._columns[read] = np.arange(len(read))

    def columns(self, words: Words) -> NDArray[np.int64]:
        """The columns of the known ones of some words."""
        found: NDArray[np.int64] = self._columns[np.minimum(words, len(self._columns) - 1)]
        return found[found >= 0]

    def context(self, turns: Sequence[tuple[bool, NDArray[np.int64]]]) -> Context:
        """What is read before the next turn.

        Args:
            turns: so far; of each, whether the partner says it, and its columns.
        """
        last = turns[-1][1] if turns and turns[-1][0] else turns[:0]
        before = turns[-2][1] if len(turns) > 1 and not turns[-2][0] else turns[:0]
        bags = [self._bag([np.asarray(last, dtype=np.int64)]), self._bag([np.asarray(before, dtype=np.int64)])]
        for partner in (True, False):
            said = [columns for who, columns in turns[-2 * REMEMBERED :] if who is partner]
            bags.append(self._bag(said[::-1][:REMEMBERED]))
        return Context(tuple(bags), min(STAGES - 1, round(2 * math.log2(1 + len(turns)))))

    def _bag(self, newest_first: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], Floats]:
        flat = np.concatenate([*newest_first, np.zeros(0, dtype=np.int64)])
        shares = np.repeat(FADING ** np.arange(len(newest_first)), [len(columns) for columns in newest_first])
        columns, place = np.unique(flat, return_inverse=True)
        return columns, np.minimum(np.bincount(place, shares, len(columns)), MOST).astype(np.float32)


class Foresight:
    """The trained network, in NumPy."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take the arrays, see `responder.ForesightDescription`."""
        self._arrays = arrays
        self.reading = Reading(arrays["read"])
        singles, pairs = arrays["foreseen_words"], arrays["foreseen_pairs"]
        self._singles = len(singles)
        self._word = {int(word): place for place, word in enumerate(singles)}
        self._pair = {(int(a), int(b)): len(singles) + place for place, (a, b) in enumerate(pairs)}

    def odds(self, context: Context) -> Floats:
        """The probability of each word and pair to stand in the next turn, shape (foreseen,)."""
        arrays = self._arrays
        parts = [
            weights @ arrays["vectors"][number][columns] / (1 + len(columns) ** 0.5)
            for number, (columns, weights) in enumerate(context.bags)
        ]
        x = np.concatenate([*parts, arrays["stages"][context.stage]])
        x = np.maximum(x @ arrays["first"] + arrays["first_bias"], 0)
        x = x + np.maximum(x @ arrays["second"] + arrays["second_bias"], 0)
        found: Floats = 1 / (1 + np.exp(-(x @ arrays["last"] + arrays["last_bias"])))
        return found

    def worth(
        self, turns: Sequence[tuple[bool, Words]], replies: Sequence[Words], commonness: float
    ) -> NDArray[np.float64]:
        """What replies are worth: about the F of words (0.6) and of pairs (0.4) that is to be expected of each.

        Args:
            turns: so far; of each, whether the partner says it, and its words.
            commonness: how much of what a word or pair is worth anywhere is taken off, 0 to 1: what is left is what
                this talk asks for.
        """
        context = self.reading.context([(partner, self.reading.columns(words)) for partner, words in turns])
        odds = self.odds(context)
        worth = odds - commonness * self._arrays["usual"]
        words_due, pairs_due = float(odds[: self._singles].sum()), float(odds[self._singles :].sum())
        found = []
        for reply in replies:
            words = reply.tolist()
            some, pairs = set(words), set(itertools.pairwise(words))
            single = worth[[self._word[word] for word in some if word in self._word]].sum()
            paired = worth[[self._pair[pair] for pair in pairs if pair in self._pair]].sum()
            found.append(1.2 * single / (len(some) + words_due) + 0.8 * paired / (len(pairs) + pairs_due + 1))
        return np.array(found)
