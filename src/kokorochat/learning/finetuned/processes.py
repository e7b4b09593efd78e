"""Several processes that teach one model together, each on a device of its own.

Each step's dialogues are dealt out. What a dialogue weighs follows from the whole step, so the sum of all gradients is
the gradient of one process that reads the step alone; and all processes then take the same step. The base lies whole
on each device, or in pieces, of which each block is put together when it is needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from torch.distributed.fsdp import fully_shard

from kokorochat.learning.finetuned.libraries import torch
from kokorochat.learning.launch import Launch

T = TypeVar("T")


@dataclass(frozen=True)
class Processes:
    """This process and the others of its run; by itself, if nothing else is said."""

    launch: Launch = field(default_factory=Launch)

    @property
    def is_first(self) -> bool:
        """Whether it is the one that writes and tells."""
        return self.launch.is_first

    def share(self, things: Sequence[T]) -> list[tuple[T, bool]]:
        """Those that are this process' to do, and whether they count; each counts in exactly one process.

        Where the base lies in pieces all must do equally many, for each block is put together by all at once.
        """
        rank, count = self.launch.rank, self.launch.count
        own = [(thing, True) for thing in things[rank::count]]
        if self.launch.shards and len(own) < -(-len(things) // count):
            own.append((things[0], False))
        return own

    def add_gradients(self, weights: Mapping[str, Any]) -> None:
        """Give each weight the sum of its gradients in all processes; one that has read nothing has none to add."""
        if self.launch.count == 1:
            return
        for weight in weights.values():
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        whole = torch.cat([weight.grad.flatten() for weight in weights.values()])
        torch.distributed.all_reduce(whole)
        parts = torch.split(whole, [weight.numel() for weight in weights.values()])
        for weight, part in zip(weights.values(), parts, strict=True):
            weight.grad.copy_(part.view_as(weight))

    def sum(self, value: float) -> float:
        """Over all processes."""
        return float(sum(self.told(value)))

    def told(self, found: T) -> list[T]:
        """What each process has found, in the order of their numbers."""
        if self.launch.count == 1:
            return [found]
        everywhere: list[Any] = [None] * self.launch.count
        torch.distributed.all_gather_object(everywhere, found)
        return everywhere

    def agree(self, weights: Mapping[str, Any]) -> None:
        """Take the first process' weights, should a device have rounded otherwise."""
        if self.launch.count > 1:
            for weight in weights.values():
                torch.distributed.broadcast(weight.data, 0)

    def divide(self, model: Any, weights: Mapping[str, Any]) -> None:
        """Leave of the base a piece in each process, if the launcher says so.

        Args:
            weights: that learn; they stay whole.
        """
        if not self.launch.shards:
            return
        whole, blocks = set(weights.values()), set(model.get_base_model()._no_split_modules or ())
        for module in model.modules():
            if type(module).__name__ in blocks:
                fully_shard(module, ignored_params=whole)
        fully_shard(model, ignored_params=whole)


ALONE = Processes()


@contextmanager
def joined(launch: Launch, device: Any) -> Iterator[Processes]:
    """Wait for the other processes, and part from them at the end.

    Args:
        device: of this process.
    """
    if launch.count == 1:
        yield ALONE
        return
    torch.distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(launch)
    finally:
        torch.distributed.destroy_process_group()
