"""How a foresight is learnt: a network of torch, of which only the arrays are kept."""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kokorochat.learning.combined.foresight import BAGS, STAGES, Context, Reading, Words
from kokorochat.learning.response_config import CombinedRun

Talk = Sequence[tuple[bool, Words]]
"""Turns in order: of each, whether the partner says it, and its words as numbers."""

_RISING = 50
"""Steps over which the rate rises."""


class Network(nn.Module):
    """From contexts to the logits of what is foreseen; it is always in training, its arrays answer."""

    def __init__(self, words: int, usual: NDArray[np.float32], run: CombinedRun) -> None:
        super().__init__()
        self.bags = nn.ModuleList(nn.EmbeddingBag(words, run.width, mode="sum") for _ in range(BAGS))
        self.stages = nn.Embedding(STAGES, run.width)
        self.first = nn.Linear((BAGS + 1) * run.width, run.hidden)
        self.second = nn.Linear(run.hidden, run.hidden)
        self.last = nn.Linear(run.hidden, len(usual))
        for table in (*self.bags, self.stages):
            assert isinstance(table, nn.EmbeddingBag | nn.Embedding)
            nn.init.normal_(table.weight, std=0.05)
        nn.init.normal_(self.last.weight, std=0.02)
        self.last.bias.data = torch.from_numpy(np.log(usual / (1 - usual)))
        self._dropout = run.dropout

    def forward(self, contexts: Sequence[Context]) -> Tensor:
        """The logits, shape (contexts, foreseen)."""
        parts = []
        for number, bag in enumerate(self.bags):
            some = [context.bags[number] for context in contexts]
            sizes = torch.tensor([len(columns) for columns, _ in some])
            columns = torch.from_numpy(np.concatenate([columns for columns, _ in some]))
            weights = torch.from_numpy(np.concatenate([weights for _, weights in some]))
            summed = bag(columns, sizes.cumsum(0) - sizes, per_sample_weights=weights)
            parts.append(summed / (1 + sizes.float().sqrt())[:, None])
        parts.append(self.stages(torch.tensor([context.stage for context in contexts])))
        x = functional.dropout(functional.relu(self.first(torch.cat(parts, dim=1))), self._dropout)
        x = functional.dropout(x + functional.relu(self.second(x)), self._dropout)
        found: Tensor = self.last(x)
        return found


def learn_foresight(talks: Sequence[Talk], run: CombinedRun, seed: int) -> tuple[dict[str, NDArray[Any]], list[float]]:
    """Learn which words the counselor's turns hold.

    Returns:
        The arrays that a `Foresight` takes, and the mean loss of a turn in each hundred steps, in nats.
    """
    read, singles, pairs = _known(talks, run)
    reading = Reading(read)
    columns = [[(client, reading.columns(words)) for client, words in talk] for talk in talks]
    word = {int(number): place for place, number in enumerate(singles)}
    pair = {(int(a), int(b)): len(word) + place for place, (a, b) in enumerate(pairs)}
    places = [
        (number, turn)
        for number, talk in enumerate(talks)
        for turn, (client, _) in enumerate(talk)
        if not client and turn
    ]
    due = [_foreseen(talks[number][turn][1].tolist(), word, pair) for number, turn in places]
    count = len(word) + len(pair)
    spread = np.bincount(np.concatenate(due), minlength=count)
    usual = ((spread + 0.5) / (len(places) + 1)).astype(np.float32)
    torch.manual_seed(seed)
    network = Network(len(read), usual, run)
    optimizer = torch.optim.AdamW(network.parameters(), lr=run.rate, weight_decay=0.01)
    order = np.concatenate([np.random.default_rng([seed, turn]).permutation(len(places)) for turn in range(run.rounds)])
    steps = max(1, len(order) // run.batch)
    losses: list[float] = []
    for step in range(steps):
        chosen = order[step * run.batch : (step + 1) * run.batch].tolist()
        contexts = [reading.context(columns[number][:turn]) for number, turn in (places[place] for place in chosen)]
        target = torch.zeros(len(chosen), count)
        for row, place in enumerate(chosen):
            target[row, torch.from_numpy(due[place])] = 1
        for group in optimizer.param_groups:
            group["lr"] = run.rate * min(1.0, (step + 1) / _RISING, 1.2 * (steps - step) / steps)
        loss = functional.binary_cross_entropy_with_logits(network(contexts), target, reduction="sum") / len(chosen)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(loss.item())
    arrays = {
        name.replace(".weight", "").replace(".bias", "_bias"): w.detach().numpy()
        for name, w in network.named_parameters()
    }
    found = {
        "read": read,
        "vectors": np.stack([arrays.pop(f"bags.{number}") for number in range(BAGS)]),
        "foreseen_words": singles,
        "foreseen_pairs": pairs,
        "usual": usual,
        **{name: array.T.copy() if name in ("first", "second", "last") else array for name, array in arrays.items()},
    }
    return found, [float(np.mean(losses[start : start + 100])) for start in range(0, len(losses), 100)]


def _known(talks: Sequence[Talk], run: CombinedRun) -> tuple[Words, Words, Words]:
    """The words that are read, and the words and pairs that are foreseen: those that stand in the most turns."""
    read, singles, pairs = Counter[int](), Counter[int](), Counter[tuple[int, int]]()
    for talk in talks:
        for client, words in talk:
            some = words.tolist()
            read.update(set(some))
            if not client:
                singles.update(set(some))
                pairs.update(set(itertools.pairwise(some)))

    def most(counts: Counter[Any], size: int) -> list[Any]:
        return sorted(sorted(counts, key=lambda one: (-counts[one], one))[:size])

    return (
        np.array(most(read, run.read_words), dtype=np.int32),
        np.array(most(singles, run.foreseen_words), dtype=np.int32),
        np.array(most(pairs, run.foreseen_pairs), dtype=np.int32).reshape(-1, 2),
    )


def _foreseen(words: list[int], word: dict[int, int], pair: dict[tuple[int, int], int]) -> NDArray[np.int64]:
    """The places of what stands in a turn."""
    singles = {word[one] for one in words if one in word}
    paired = {pair[two] for two in itertools.pairwise(words) if two in pair}
    return np.array(sorted(singles | paired), dtype=np.int64)
