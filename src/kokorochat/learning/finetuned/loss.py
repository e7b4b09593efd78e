"""The loss: of each token of a reply, the end of its turn included, minus the logarithm of its probability, in nats."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kokorochat.learning.finetuned.base import computing
from kokorochat.learning.finetuned.batches import Batch, batch_of
from kokorochat.learning.finetuned.libraries import torch
from kokorochat.learning.finetuned.rendering import Rendered
from kokorochat.learning.finetuned.settings import FineTuning


def token_losses(model: Any, batch: Batch, run: FineTuning, device: Any) -> Any:
    """The loss of each token that is due, in the order of the batch.

    The output layer is asked for the places before these alone: over a vocabulary of 128,000 tokens the others would
    take most of the memory.
    """
    before, column = np.unique(batch.places - 1, return_inverse=True)
    tokens = torch.from_numpy(batch.tokens).to(device)
    # Without padding no mask is needed, and attention is faster without one.
    mask = None if batch.there.all() else torch.from_numpy(batch.there).to(device)
    with computing(run, device):
        scores = model(
            input_ids=tokens,
            attention_mask=mask,
            use_cache=False,
            logits_to_keep=torch.from_numpy(before).to(device),
        ).logits
    rows, places = torch.from_numpy(batch.rows).to(device), torch.from_numpy(batch.places).to(device)
    wanted = scores[rows, torch.from_numpy(column).to(device)].float()
    return torch.nn.functional.cross_entropy(wanted, tokens[rows, places], reduction="none")


def weights_of(talks: Sequence[Rendered], weighting: str) -> tuple[float, float]:
    """What is behind each token's weight in a step.

    Args:
        talks: all of the step.
        weighting: "token", or "reply" for replies that weigh alike.

    Returns:
        The weight of each token, and the weight of each reply, to be shared by its tokens; one of them is 0.
    """
    if weighting == "token":
        return 1 / sum(reply.end - reply.start for talk in talks for reply in talk.replies), 0.0
    return 0.0, 1 / sum(len(talk.replies) for talk in talks)


def weighted(losses: Any, batch: Batch, of_token: float, of_reply: float) -> Any:
    """What a batch adds to the loss of its step."""
    if of_token:
        return losses.sum() * of_token
    lengths = np.bincount(batch.owners, minlength=batch.replies)
    weights = torch.from_numpy((of_reply / lengths[batch.owners]).astype(np.float32)).to(losses.device)
    return (losses * weights).sum()


def reply_losses(model: Any, talks: Sequence[Rendered], run: FineTuning, device: Any) -> dict[str, tuple[float, int]]:
    """The loss of each reply, summed over its tokens, and their number, by the id of its sample.

    Args:
        talks: are read `run.at_once` at a time.
    """
    found = dict[str, tuple[float, int]]()
    for start in range(0, len(talks), run.at_once):
        some = talks[start : start + run.at_once]
        batch = batch_of(some)
        with torch.no_grad():
            losses = token_losses(model, batch, run, device).double().cpu().numpy()
        sums = np.bincount(batch.owners, weights=losses, minlength=batch.replies)
        lengths = np.bincount(batch.owners, minlength=batch.replies)
        names = [reply.sample for talk in some for reply in talk.replies]
        found |= {name: (float(s), int(n)) for name, s, n in zip(names, sums, lengths, strict=True)}
    return found
