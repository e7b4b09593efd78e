"""Whether this process is one of several that a launcher (`accelerate launch`, `torchrun`) has started for one run."""

import os
from dataclasses import dataclass

from kokorochat.domain.errors import InputError


@dataclass(frozen=True)
class Launch:
    """This process among those of a run.

    Attributes:
        rank: its number, from 0.
        count: how many there are.
        local: its number on this machine.
        shards: the weights that stay lie in pieces, one on each device (FSDP), and not whole on all.
    """

    rank: int = 0
    count: int = 1
    local: int = 0
    shards: bool = False

    @property
    def is_first(self) -> bool:
        """Whether it is the one that writes and tells."""
        return self.rank == 0


def launch_of_environment() -> Launch:
    """What the launcher has said; a run by itself without one.

    Raises:
        InputError: it has said what can't be.
    """
    told = [os.environ.get(name) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")]
    if told[1] is None:
        return Launch()
    try:
        rank, count, local = (int(value or 0) for value in told)
        if not 0 <= local <= rank < count:
            raise ValueError
    except ValueError:
        problem = "say what no launcher says"
        raise InputError("RANK, WORLD_SIZE, LOCAL_RANK", problem, "Start it by `accelerate launch`") from None
    return Launch(rank, count, local, os.environ.get("ACCELERATE_USE_FSDP") == "true")
