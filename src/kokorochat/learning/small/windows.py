"""What a network is shown in a step of training: windows on talks in an order that a seed fixes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kokorochat.learning.small.vocabulary import Talk

Longs = NDArray[np.int64]


@dataclass(frozen=True)
class Batch:
    """Some windows; all arrays have the shape (windows, places).

    Attributes:
        tokens: that are read.
        stages: see `vocabulary.stage_of`.
        ratings: see `vocabulary.rating_level`.
        talk: the number of the talk in which each place stands.
        follow: the token after each place.
        due: whether that one is to be written by the counselor.
    """

    tokens: Longs
    stages: Longs
    ratings: Longs
    talk: Longs
    follow: Longs
    due: NDArray[np.bool_]


class Windows:
    """Talks in one row, of which each window is a piece.

    In each round all talks stand in the row once, in another order, and are cut elsewhere; what is left at the end of
    the row and fills no batch is left out of that round.
    """

    def __init__(self, talks: Sequence[Talk], ratings: Sequence[int], width: int, windows: int, seed: int) -> None:
        self._talks, self._ratings = talks, ratings
        self._width, self._windows, self._seed = width, windows, seed
        self.tokens = sum(len(talk.tokens) for talk in talks)
        self.batches = max(1, (self.tokens - 1) // (width * windows))
        self._round, self._row = -1, dict[str, Longs]()

    def batch(self, step: int) -> Batch:
        """The windows of a step, counted from 0."""
        turn, place = divmod(step, self.batches)
        if turn != self._round:
            self._round, self._row = turn, self._laid_out(np.random.default_rng([self._seed, turn]))
        size = self._width * self._windows
        # Fewer talks than fill one batch are read over and over.
        at = (np.arange(size + 1) + place * size) % len(self._row["tokens"])
        here, after = at[:-1].reshape(self._windows, self._width), at[1:].reshape(self._windows, self._width)
        row = self._row
        return Batch(
            tokens=row["tokens"][here],
            stages=row["stages"][here],
            ratings=row["ratings"][here],
            talk=row["talk"][here],
            follow=row["tokens"][after],
            due=row["due"][after].astype(bool) & (row["talk"][after] == row["talk"][here]),
        )

    def content(self) -> bytes:
        """All that is learnt from, for a digest."""
        rated = np.asarray(self._ratings, dtype=np.int32)
        return b"".join([rated.tobytes(), *(talk.tokens.tobytes() for talk in self._talks)])

    def _laid_out(self, random: np.random.Generator) -> dict[str, Longs]:
        order = random.permutation(len(self._talks)).tolist()
        lengths = [len(self._talks[number].tokens) for number in order]
        row = {
            "tokens": np.concatenate([self._talks[number].tokens for number in order]),
            "stages": np.concatenate([self._talks[number].stages for number in order]),
            "due": np.concatenate([self._talks[number].due for number in order]),
            "ratings": np.repeat([self._ratings[number] for number in order], lengths),
            "talk": np.repeat(order, lengths),
        }
        cut = int(random.integers(len(row["tokens"])))
        return {name: np.roll(values, -cut).astype(np.int64) for name, values in row.items()}
