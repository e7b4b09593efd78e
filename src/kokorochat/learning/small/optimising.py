"""How a network learns: the loss, the rates, and a step of it that can be stored and taken up again."""

import torch
from torch import Tensor
from torch.nn import functional

from kokorochat.learning.response_config import SmallRun
from kokorochat.learning.small.muon import Muon
from kokorochat.learning.small.network import Network
from kokorochat.learning.small.windows import Batch


def losses(network: Network, batch: Batch) -> Tensor:
    """Minus the logarithm of the odds of each token that the counselor is to write, in nats, shape (tokens due,)."""
    tokens, stages, ratings, talk = map(torch.from_numpy, (batch.tokens, batch.stages, batch.ratings, batch.talk))
    due = torch.from_numpy(batch.due)
    same = (talk[:, :, None] == talk[:, None, :]).tril()
    hidden = network(tokens, stages, ratings, mask=same[:, None])[due]
    found: Tensor = functional.cross_entropy(
        network.scores(hidden), torch.from_numpy(batch.follow)[due], reduction="none"
    )
    return found


class Learner:
    """A network that learns, step by step.

    The matrices of the blocks change by Muon, what vectors there are for tokens, stages and ratings by AdamW.
    """

    def __init__(self, network: Network, run: SmallRun) -> None:
        self.network, self._run = network, run
        inner = [weight for name, weight in network.named_parameters() if name.startswith("blocks")]
        outer = [weight for name, weight in network.named_parameters() if not name.startswith("blocks")]
        self._muon = Muon(inner, run.rate)
        self._adam = torch.optim.AdamW(outer, lr=run.vector_rate, betas=(0.9, 0.95), weight_decay=0.0)

    def step(self, number: int, batch: Batch) -> float:
        """Learn from a batch, and return the mean loss of a token before that; `number` counts steps from 0."""
        if not batch.due.any():
            return 0.0
        share = rate_share(number, self._run)
        for optimizer, rate in ((self._muon, self._run.rate), (self._adam, self._run.vector_rate)):
            for group in optimizer.param_groups:
                group["lr"] = share * rate
        loss = losses(self.network, batch).mean()
        self.network.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._muon.step()
        self._adam.step()
        return loss.item()

    def state(self) -> dict[str, Tensor]:
        """All that the next step depends on, by name."""
        found = {f"weights.{name}": weight.detach() for name, weight in self.network.named_parameters()}
        for name, optimizer in (("muon", self._muon), ("adam", self._adam)):
            for number, values in optimizer.state_dict()["state"].items():
                found |= {f"{name}.{number}.{key}": value for key, value in values.items()}
        return found

    def take_up(self, state: dict[str, Tensor]) -> None:
        """Go on from a stored state.

        Raises:
            KeyError: a part of it isn't there.
            ValueError: a part of it is of another shape.
            RuntimeError: so too.
        """
        weights = {name.removeprefix("weights."): value for name, value in state.items() if name.startswith("weights.")}
        self.network.load_state_dict(weights)
        for name, optimizer in (("muon", self._muon), ("adam", self._adam)):
            parts: dict[int, dict[str, Tensor]] = {}
            for key, value in state.items():
                if key.startswith(f"{name}."):
                    _, number, part = key.split(".")
                    parts.setdefault(int(number), {})[part] = value
            optimizer.load_state_dict({**optimizer.state_dict(), "state": parts})


def rate_share(step: int, run: SmallRun) -> float:
    """The share of the full rate: it rises over the first steps, and falls to nothing over the last share of them."""
    rising = (step + 1) / max(run.warmup, 1)
    falling = (run.steps - step) / max(run.decay * run.steps, 1)
    return min(1.0, rising, falling)


@torch.no_grad()
def mean_loss(network: Network, batches: list[Batch]) -> float:
    """The mean loss of a token of some batches, in nats."""
    found = torch.cat([losses(network, batch) for batch in batches])
    return found.mean().item()
