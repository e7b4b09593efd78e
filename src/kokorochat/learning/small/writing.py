"""How a trained network answers: it reads a talk once, and then writes, or judges, as many replies as are wanted.

Replies stand side by side behind the one history: each place sees the history and its own reply, and no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from kokorochat.learning.small.network import Network, Past
from kokorochat.learning.small.vocabulary import CLIENT, COUNSELOR, UNKNOWN, Talk

AT_ONCE = 16
"""Replies that are judged at once: more of them see so little of what is multiplied that it takes longer."""


@dataclass(frozen=True)
class Drawn:
    """A reply that was written.

    Attributes:
        tokens: without the one that ends it.
        odds: the logarithm of its probability, its end included, in nats; of one cut off, without an end.
    """

    tokens: tuple[int, ...]
    odds: float


class Reader:
    """A network that has read a talk, up to the place where the counselor is to speak."""

    def __init__(self, network: Network, talk: Talk, rating: int, longest: int) -> None:
        """Read the last of a talk, as much as leaves room for a reply.

        Args:
            talk: it ends with the token of the counselor.
            rating: the level for which replies are wanted, see `vocabulary.rating_level`.
            longest: tokens of a reply.
        """
        self._network, self._rating, self._longest = network, rating, longest
        room = max(1, network.shape.window - longest)
        self._stage = int(talk.stages[-1])
        self._past = Past()
        with torch.no_grad():
            hidden = self._read(torch.from_numpy(talk.tokens[-room:]), torch.from_numpy(talk.stages[-room:]))
            self.hidden = hidden[-1]
            self._first = _odds(network.scores(self.hidden))
        self._history = self._past.layers

    @torch.no_grad()
    def draw(self, count: int, temperature: float, top_p: float, random: torch.Generator) -> list[Drawn]:
        """Write some replies, each token drawn from the most likely ones.

        Args:
            temperature: odds are sharpened by it; near 0 the most likely token is taken.
            top_p: tokens are drawn from the fewest that have this probability together.
        """
        said = torch.full((count, self._longest), CLIENT)
        odds = torch.zeros(count)
        going = torch.arange(count)
        following = self._first.expand(count, -1)
        # Of each place behind the history, the reply that it belongs to.
        owner = torch.zeros(0, dtype=torch.long)
        self._past.layers = self._history
        history = self._past.length
        for step in range(self._longest):
            chosen = _drawn(following, temperature, top_p, random)
            odds[going] += following.gather(1, chosen[:, None])[:, 0]
            said[going, step] = chosen
            goes_on = chosen != CLIENT
            going, chosen = going[goes_on], chosen[goes_on]
            if not len(going) or step + 1 == self._longest:
                break
            owner = torch.cat([owner, going])
            mask = torch.cat([torch.ones(len(going), history, dtype=torch.bool), going[:, None] == owner], dim=1)
            positions = torch.full((len(going),), history + step)
            following = _odds(self._network.scores(self._after(chosen, mask, positions)))
        ends = (said == CLIENT).int()
        lengths = torch.where(ends.any(dim=1), ends.argmax(dim=1), self._longest).tolist()
        rows = said.tolist()
        return [Drawn(tuple(rows[n][: lengths[n]]), float(odds[n])) for n in range(count)]

    @torch.no_grad()
    def judge(self, replies: Sequence[Sequence[int]]) -> list[float]:
        """The logarithm of the probability of some replies, in nats, each with its end; of a long one its beginning."""
        found = []
        for start in range(0, len(replies), AT_ONCE):
            found += self._judge([list(reply[: self._longest]) for reply in replies[start : start + AT_ONCE]])
        return found

    def _judge(self, replies: list[list[int]]) -> list[float]:
        self._past.layers = self._history
        history = self._past.length
        owner = torch.tensor([number for number, reply in enumerate(replies) for _ in reply], dtype=torch.long)
        place = torch.tensor([place for reply in replies for place in range(len(reply))], dtype=torch.long)
        total = torch.zeros(len(replies))
        first = torch.tensor([reply[0] if reply else CLIENT for reply in replies])
        total += self._first[first]
        if len(owner):
            own = (owner[:, None] == owner[None, :]).tril()
            mask = torch.cat([torch.ones(len(owner), history, dtype=torch.bool), own], dim=1)
            tokens = torch.tensor([token for reply in replies for token in reply])
            follow = torch.tensor([token for reply in replies if reply for token in [*reply[1:], CLIENT]])
            odds = _odds(self._network.scores(self._after(tokens, mask, history + place)))
            total.index_add_(0, owner, odds.gather(1, follow[:, None])[:, 0])
        return [float(value) for value in total]

    @torch.no_grad()
    def _after(self, tokens: Tensor, mask: Tensor, positions: Tensor) -> Tensor:
        return self._read(tokens, torch.full_like(tokens, self._stage), mask, positions)

    def _read(
        self, tokens: Tensor, stages: Tensor, mask: Tensor | None = None, positions: Tensor | None = None
    ) -> Tensor:
        ratings = torch.full_like(tokens, self._rating)
        hidden: Tensor = self._network(
            tokens[None], stages[None], ratings[None], mask=mask, positions=positions, past=self._past
        )
        return hidden[0]


def _odds(scores: Tensor) -> Tensor:
    """The logarithms of the probabilities; of what is no text and no end, that of 0."""
    scores[..., [UNKNOWN, COUNSELOR]] = -torch.inf
    return scores.log_softmax(dim=-1)


def _drawn(odds: Tensor, temperature: float, top_p: float, random: torch.Generator) -> Tensor:
    """One token of each row."""
    shares = (odds / max(temperature, 1e-6)).softmax(dim=-1)
    # NumPy sorts values, without their places, many times faster than torch sorts both.
    falling = torch.from_numpy(-np.sort(-shares.numpy(), axis=-1))
    enough = (falling.cumsum(dim=-1) < top_p).sum(dim=-1, keepdim=True).clamp_max(falling.shape[-1] - 1)
    kept = torch.where(shares >= falling.gather(1, enough), shares, 0.0)
    reached = kept.cumsum(dim=-1)
    drawn = torch.rand(len(odds), 1, generator=random) * reached[:, -1:]
    place = (reached <= drawn).sum(dim=-1)
    # A sum of rounded shares may fall short of the draw: then it is the last one that is kept.
    last = kept.shape[-1] - 1 - (kept.flip(-1) > 0).int().argmax(dim=-1)
    return torch.minimum(place, last)
