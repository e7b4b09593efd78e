"""Small cells: a count under ten in a published table may point at people, so it is not shown."""

from collections.abc import Mapping
from typing import TypeVar

FEWEST = 10
"""The smallest count that is shown; 1 to 9 are not."""

Name = TypeVar("Name")


def shown(cells: Mapping[Name, int]) -> dict[Name, int | None]:
    """The cells of one table whose total is known, None for those that must not be shown.

    A single missing cell could be had by subtraction, and so could the sum of several: so the next smallest is hidden
    too, until at least two are and together they count ten or more, or none is left.
    """
    hidden = {name for name, count in cells.items() if 0 < count < FEWEST}
    rest = sorted((name for name, count in cells.items() if count >= FEWEST), key=lambda name: cells[name])
    while hidden and rest and (len(hidden) < 2 or sum(cells[name] for name in hidden) < FEWEST):
        hidden.add(rest.pop(0))
    return {name: None if name in hidden else count for name, count in cells.items()}


def alone(count: int) -> int | None:
    """One count by itself, None if it must not be shown."""
    return None if 0 < count < FEWEST else count


def written(count: int | None) -> str:
    """A count as it stands in a table for people."""
    return "not shown" if count is None else f"{count:,}"
