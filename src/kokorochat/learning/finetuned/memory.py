"""Talks that a model has read, kept for their next turn: of a talk that goes on only what is new is read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kokorochat.learning.finetuned.base import computing
from kokorochat.learning.finetuned.libraries import torch, transformers
from kokorochat.learning.finetuned.storing import Loaded

Choose = Callable[[Any], int]
"""The next token, from the scores of all; shape (vocabulary,)."""


@dataclass
class _Talk:
    """What was read of a talk.

    Attributes:
        tokens: in the cache, those that were written included.
        asked: how many of them asked for the last answer.
        cache: the keys and values of all layers.
    """

    tokens: list[int]
    asked: int
    cache: Any


class Memory:
    """The talks that were read last. To be used by one thread."""

    def __init__(self, loaded: Loaded, most: int) -> None:
        """Remember nothing yet.

        Args:
            loaded: a model of which `branches.can_branch` is true: its cache can be cut at any place.
            most: tokens of all talks together. The talk that is going on counts too, but is never refused.
        """
        self._loaded, self._most = loaded, most
        self._talks = list[_Talk]()

    @property
    def tokens(self) -> int:
        """That are kept."""
        return sum(len(talk.tokens) for talk in self._talks)

    def begin(self, prompt: Sequence[int], longest: int) -> "Writing":
        """Read a prompt, as far as it isn't known.

        A talk is taken up where the prompt begins with the one that it was read for; what was written behind that and
        isn't in the prompt is cut off. So two talks that merely begin alike don't take each other's place.

        Args:
            longest: tokens of the answer, for which there must be room.
        """
        talk = self._taken(prompt) or _Talk([], 0, transformers.DynamicCache())
        self._make_room(len(prompt) + longest)
        return Writing(self, self._loaded, talk, prompt)

    def keep(self, talk: _Talk) -> None:
        """Put a talk among those that are kept, if it isn't too long."""
        if len(talk.tokens) <= self._most:
            self._make_room(len(talk.tokens))
            self._talks.append(talk)

    def forget(self) -> None:
        """Let go of all."""
        self._talks.clear()

    def _taken(self, prompt: Sequence[int]) -> _Talk | None:
        known = [(_common(talk.tokens, prompt), number) for number, talk in enumerate(self._talks)]
        # Of a prompt that is known as a whole the last token is read again: what comes after it is wanted.
        fitting = [(count, number) for count, number in known if count >= self._talks[number].asked - 1]
        if not fitting:
            return None
        count, number = max(fitting)
        talk = self._talks.pop(number)
        talk.cache.crop(count - len(talk.tokens))
        del talk.tokens[count:]
        return talk

    def _make_room(self, count: int) -> None:
        while self._talks and self.tokens + count > self._most:
            del self._talks[0]


class Writing:
    """An answer that is being written.

    Attributes:
        cached: tokens of the prompt that needed no reading.
    """

    def __init__(self, memory: Memory, loaded: Loaded, talk: _Talk, prompt: Sequence[int]) -> None:
        self.cached = len(talk.tokens)
        self._memory, self._loaded, self._talk = memory, loaded, talk
        self._due = list(prompt[self.cached :])
        talk.asked = len(prompt)

    def next(self, choose: Choose) -> int:
        """Write a token; after the one that ends a turn nothing more is to be asked for."""
        with torch.no_grad(), computing(self._loaded.run, self._loaded.device):
            read = self._loaded.model(
                input_ids=torch.tensor([self._due], device=self._loaded.device),
                past_key_values=self._talk.cache,
                use_cache=True,
                logits_to_keep=1,
            )
        self._talk.tokens += self._due
        token = choose(read.logits[0, -1])
        self._due = [token]
        return token

    def close(self) -> None:
        """Keep what was read, unless the reading broke off."""
        if len(self._talk.tokens) >= self._talk.asked and self._talk.cache.get_seq_length() == len(self._talk.tokens):
            self._memory.keep(self._talk)


def _common(tokens: Sequence[int], prompt: Sequence[int]) -> int:
    """How many tokens both begin with, the last of the prompt left out."""
    count = 0
    for one, other in zip(tokens, prompt[:-1], strict=False):
        if one != other:
            break
        count += 1
    return count


def likeliest_token(scores: Any) -> int:
    """As `generate` chooses without a die."""
    return int(scores.argmax())


def drawn_token(temperature: float, top_p: float, seed: int | None) -> Choose:
    """A die of its own for an answer.

    Args:
        seed: None for any.
    """
    random = torch.Generator()
    if seed is None:
        random.seed()
    else:
        random.manual_seed(seed)

    def choose(scores: Any) -> int:
        odds, tokens = (scores.float().cpu() / temperature).softmax(dim=-1).sort(descending=True)
        # The likeliest ones, up to the first with which their share is reached.
        odds[odds.cumsum(dim=-1) - odds >= top_p] = 0
        return int(tokens[torch.multinomial(odds, 1, generator=random)])

    return choose
