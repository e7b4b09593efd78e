"""Which cells are done and who works on which: what every ledger tells, whatever it is kept in."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from kokorochat.learning.sweeps.cells import Cell

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

State = Literal["open", "running", "done", "failed"]


@dataclass(frozen=True)
class Standing:
    """How one cell stands.

    Attributes:
        attempts: how often it was begun, killed attempts included.
        worker: who has or had it last, as `host:process`; None if nobody.
        seconds: of the attempt that ended.
        reason: why it failed.
        documents: what a cell that is done has left, by the names of `metric.DOCUMENTS`.
    """

    cell: str
    state: State
    attempts: int = 0
    worker: str | None = None
    seconds: float | None = None
    reason: str | None = None
    documents: dict[str, Any] | None = None


class Unreachable(Exception):
    """The ledger can't be reached at the moment; it may be tried again."""


class Claim(Protocol):
    """A cell that this worker has, and nobody else."""

    @property
    def cell(self) -> Cell:
        """The cell."""

    @property
    def attempt(self) -> int:
        """The number of this attempt, from 1."""

    @property
    def lock(self) -> int:
        """A file descriptor that the training holds too: nobody begins in the cell's folder before it has ended."""

    def holds(self) -> bool:
        """Whether it is still ours; asked often, it also says that we are alive."""

    def finish(self, seconds: float, documents: dict[str, Any]) -> bool:
        """Note that the cell is done; False if somebody else has it by now, and then nothing is noted.

        Raises:
            Unreachable: it can't be noted now; the claim stays.
        """

    def fail(self, seconds: float, reason: str) -> bool:
        """The same of a cell that failed."""

    def release(self) -> None:
        """Give the cell back, unfinished."""


class Ledger(Protocol):
    """Who has which cell."""

    def claim(self) -> Claim | None:
        """A cell that is open, or whose worker is gone; None if there is none.

        Raises:
            Unreachable: nobody knows now.
        """

    def standings(self) -> list[Standing]:
        """All cells, in the order of the grid.

        Raises:
            Unreachable: nobody knows now.
        """

    def is_settled(self) -> bool:
        """Whether no cell is open or running any more.

        Raises:
            Unreachable: nobody knows now.
        """

    def reopen_failed(self) -> int:
        """Open the cells that failed; tells how many."""

    @contextmanager
    def recording(self) -> "Iterator[BaseStorage]":
        """Optuna's storage beside the ledger, for one writer at a time."""


def settled(standings: Sequence[Standing]) -> list[Standing]:
    """Those that are done or failed."""
    return [one for one in standings if one.state in ("done", "failed")]
