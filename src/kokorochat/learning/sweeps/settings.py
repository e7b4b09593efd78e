"""Sweep files: which run, which of its settings take which values, and by which figure they are compared."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from kokorochat.corpus.faults import field_fault
from kokorochat.domain.errors import InputError
from kokorochat.learning.bounds import Seed
from kokorochat.learning.config import read_settings, run_of
from kokorochat.learning.sweeps.cells import Cell, cells_of
from kokorochat.learning.sweeps.metric import check_metric

MOST_CELLS = 10_000

_FIXED = {
    "task": "it decides which other keys there are",
    "model": "it decides which other keys there are",
    "corpus": "all cells learn from one corpus",
    "seed": "seeds stand in `seeds`",
}
"""Keys of a run file that no grid may have, and why."""

Better = Literal["less", "more"]


class SweepFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sweep file holds."""

    run: str
    """The run file, from the sweep file's own folder."""

    metric: str
    """The figure that cells are compared by: a path in metrics.json or run.json; see `metric.value_at`."""

    better: Better
    """Whether less of it is better, or more."""

    grid: Annotated[dict[str, list[Any]], msgspec.Meta(min_length=1)]
    """The values of each setting; each is tried with each of the others."""

    seeds: Annotated[tuple[Seed, ...], msgspec.Meta(min_length=1)] = (0,)
    """Each setting is trained under each of these, and compared by the mean."""


@dataclass(frozen=True)
class Sweep:
    """A sweep that can be begun.

    Attributes:
        name: of its file, without the ending.
        file: its content.
        task: that is learnt.
        corpus: of the run file, as a path from where we are; None if it names none.
        cells: in the order of the grid, the last key first to change.
    """

    name: str
    file: SweepFile
    task: str
    corpus: str | None
    cells: tuple[Cell, ...]

    def definition(self, corpus: str) -> dict[str, Any]:
        """What makes this sweep this one and no other; the metric is only how it is looked at.

        Args:
            corpus: its digest.
        """
        cells = {cell.name: cell.text for cell in self.cells}
        return {"name": self.name, "corpus": corpus, "grid": self.file.grid, "cells": cells}


def load_sweep(path: Path) -> Sweep:
    """Read a sweep file and its run file.

    Raises:
        InputError: one can't be read, a key is unknown or missing, or a cell of the grid isn't a run; it names file
            and key.
    """
    try:
        file = msgspec.convert(read_settings(path), SweepFile)
    except msgspec.ValidationError as fault:
        key, problem = field_fault(fault)
        keys = f"A sweep file has these keys: {', '.join(SweepFile.__struct_fields__)}"
        raise InputError(f"{path}, {key}" if key else str(path), problem, keys) from None
    check_metric(file.metric, f"{path}, metric")
    base_path = path.parent / file.run
    base = read_settings(base_path)
    run = run_of(base, str(base_path))
    count = len(file.seeds)
    for key, values in file.grid.items():
        place = f"{path}, grid.{key}"
        if key in _FIXED:
            raise InputError(place, f"can't be swept: {_FIXED[key]}", "Leave it out")
        if key not in run.__struct_fields__:
            keys = ", ".join(name for name in run.__struct_fields__ if name not in _FIXED)
            raise InputError(place, f"is no setting of {base_path}", f"It has these: {keys}")
        if not values:
            raise InputError(place, "has no values", "Give one or more, or leave the key out")
        count *= len(values)
    if count > MOST_CELLS:
        raise InputError(f"{path}, grid", f"has {count:,} cells", f"Make it smaller: {MOST_CELLS:,} at most")
    corpus = str(base_path.parent / run.corpus) if run.corpus else None
    cells = cells_of(base, file.grid, file.seeds, str(path), base_path.parent)
    return Sweep(path.stem, file, run.task, corpus, cells)
