"""Answers to many prompts at once, of which each dialogue is read once.

The samples of one dialogue ask behind ever more of the same talk, so the prompt of the last holds all the others. Such
a trunk goes through the model once, and at each place where an answer is due a branch grows out of it: in each step
every branch gets its likeliest token, all in one call. They stand in one cache one behind the other, and a mask lets a
branch see its own beginning of the trunk and itself alone. Trunks of several dialogues stand side by side the same way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any

from kokorochat.learning.finetuned.base import computing
from kokorochat.learning.finetuned.libraries import torch, transformers
from kokorochat.learning.finetuned.storing import Loaded

_FIXED_ROTATIONS = ("default", "linear", "llama3", "yarn")
"""Ways to tell places by rotation in which a place is told alike, however long the text is that it stands in."""


@dataclass(frozen=True)
class Trunk:
    """A prompt, and those that are beginnings of it.

    Attributes:
        tokens: of the longest.
        asked: {number of a prompt: its length in tokens}.
    """

    tokens: Sequence[int]
    asked: dict[int, int]


def trunks(prompts: Sequence[list[int]]) -> list[Trunk]:
    """Each prompt as a branch of the first trunk that begins with it, the longest trunk first."""
    found: list[Trunk] = []
    for number in sorted(range(len(prompts)), key=lambda number: -len(prompts[number])):
        prompt = prompts[number]
        for trunk in found:
            if trunk.tokens[: len(prompt)] == prompt:
                trunk.asked[number] = len(prompt)
                break
        else:
            found.append(Trunk(prompt, {number: len(prompt)}))
    return found


def forests(found: Sequence[Trunk], most: int) -> Iterator[list[Trunk]]:
    """Trunks to be read side by side, as many as hold no more than `most` tokens, but at least one."""
    forest: list[Trunk] = []
    for trunk in found:
        if forest and sum(len(other.tokens) for other in forest) + len(trunk.tokens) > most:
            yield forest
            forest = []
        forest.append(trunk)
    if forest:
        yield forest


def can_branch(model: Any) -> bool:
    """Whether a model sees just what a mask shows it, at just the places that it is told.

    Not so where it looks back over a window only, keeps a state in the place of what was said, or tells places by
    distances in the cache or by the length of the whole.
    """
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    config = base.config.get_text_config()
    layers = transformers.DynamicCache(config=config).layers
    rotation = (getattr(config, "rope_parameters", None) or {}).get("rope_type")
    return (
        bool(layers)
        and all(type(layer) is transformers.cache_utils.DynamicLayer for layer in layers)
        and rotation in _FIXED_ROTATIONS
        and not getattr(config, "alibi", False)
        and {"position_ids", "past_key_values", "logits_to_keep"} <= set(signature(base.forward).parameters)
    )


def write_branches(loaded: Loaded, prompts: Sequence[list[int]], longest: int) -> list[list[int]]:
    """What `writing.write` gives for each prompt, for a model that can branch.

    No more tokens of trunks are in memory at once than the run file allows a dialogue, and those of the answers.

    Args:
        longest: tokens of an answer.
    """
    said: list[list[int]] = [[] for _ in prompts]
    for forest in forests(trunks(prompts), loaded.run.longest):
        with torch.no_grad(), computing(loaded.run, loaded.device):
            _Forest(loaded, forest, said).grow(longest)
    return said


class _Forest:
    """Trunks and their branches in one cache."""

    def __init__(self, loaded: Loaded, forest: Sequence[Trunk], said: list[list[int]]) -> None:
        """Read the trunks, and begin each answer.

        Args:
            said: to which the tokens of each prompt's answer are added.
        """
        self._loaded, self._said, self._cache = loaded, said, transformers.DynamicCache()
        self._spans = dict[int, tuple[int, int]]()
        self._width = 0
        for trunk in forest:
            self._read(trunk)
        self._owners = list[int]()

    def grow(self, longest: int) -> None:
        """Write all answers to their ends."""
        end, said = self._loaded.renderer.end, self._said
        while live := [n for n in self._spans if said[n][-1] != end and len(said[n]) < longest]:
            self._owners += live
            lengths = [stop - start for start, stop in (self._spans[n] for n in live)]
            places = [length + len(said[n]) - 1 for n, length in zip(live, lengths, strict=True)]
            tokens = [said[n][-1] for n in live]
            self._add(live, self._logits(tokens, places, self._sight(live), len(live)))

    def _read(self, trunk: Trunk) -> None:
        count, before, device = len(trunk.tokens), self._width, self._loaded.device
        for number, length in trunk.asked.items():
            self._spans[number] = before, before + length
        self._width += count
        sight = None
        if before:
            sight = torch.ones(count, count, dtype=torch.bool, device=device).tril()
            sight = torch.cat([sight.new_zeros(count, before), sight], dim=1)
        ends = torch.tensor([length - 1 for length in trunk.asked.values()], device=device)
        self._add(list(trunk.asked), self._logits(trunk.tokens, range(count), sight, ends))

    def _sight(self, live: Sequence[int]) -> Any:
        """Of each branch, which places of the cache it sees."""
        device = self._loaded.device
        starts, stops = torch.tensor([self._spans[n] for n in live], device=device).T[:, :, None]
        columns = torch.arange(self._width, device=device)[None]
        owners = torch.tensor(self._owners, device=device)[None]
        own = owners == torch.tensor(live, device=device)[:, None]
        return torch.cat([(columns >= starts) & (columns < stops), own], dim=1)

    def _logits(self, tokens: Sequence[int], places: Sequence[int], sight: Any, keep: Any) -> Any:
        device = self._loaded.device
        read = self._loaded.model(
            input_ids=torch.tensor([list(tokens)], device=device),
            position_ids=torch.tensor([list(places)], device=device),
            attention_mask=None if sight is None else sight[None, None],
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=keep,
        )
        return read.logits[0]

    def _add(self, numbers: Sequence[int], logits: Any) -> None:
        for number, token in zip(numbers, logits.argmax(dim=-1).tolist(), strict=True):
            self._said[number].append(token)
