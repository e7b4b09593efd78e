"""The cells of a grid, each a run file of its own."""

import hashlib
import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kokorochat.domain.errors import InputError
from kokorochat.learning.config import Run, run_of, with_places

_LONGEST_NAME = 120
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._=,+-]")
_NOT_IN_TOML = re.compile("[\x7f-\x9f]")


@dataclass(frozen=True)
class Cell:
    """One run of a sweep.

    Attributes:
        name: of its folder, such as `rate=0.001,warmup=100,seed=0`.
        settings: the grid's keys, in its order, with this cell's values.
        text: its settings as a run file, files and folders as the sweep's run file names them; the same wherever the
            sweep lies.
        run_file: the same as it is trained here, with their places.
    """

    name: str
    settings: Mapping[str, Any]
    seed: int
    text: str
    run_file: str


def cells_of(
    base: Mapping[str, Any], grid: Mapping[str, Sequence[Any]], seeds: Sequence[int], place: str, folder: Path
) -> tuple[Cell, ...]:
    """All cells, with the last key the first to change.

    Args:
        base: the values of the run file.
        place: of the sweep file, for messages.
        folder: that of the run file, from which files and folders are named.

    Raises:
        InputError: a value can't be one of its key, or two cells are the same run.
    """
    cells, before = list[Cell](), dict[Run, Cell]()
    for seed in seeds:
        for chosen in itertools.product(*grid.values()):
            settings = dict(zip(grid, chosen, strict=True))
            name = _name({**settings, "seed": seed})
            values = {key: value for key, value in base.items() if key != "corpus"} | settings | {"seed": seed}
            placed = with_places(values, folder)
            run = run_of(placed, f"{place}, cell {name}")
            if run in before:
                problem = f"the cells {before[run].name} and {name} are the same run"
                raise InputError(place, problem, "Give each value and each seed once")
            before[run] = cell = Cell(name, settings, seed, run_text(values), run_text(placed))
            cells.append(cell)
    return tuple(cells)


def label(value: Any) -> str:
    """A setting's value in a name, a table or a picture."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _name(settings: Mapping[str, Any]) -> str:
    full = ",".join(f"{key}={label(value)}" for key, value in settings.items())
    safe = _NOT_IN_NAMES.sub("_", full)
    if safe == full and len(full) <= _LONGEST_NAME:
        return full
    return f"{safe[: _LONGEST_NAME - 17]}-{hashlib.sha256(full.encode()).hexdigest()[:16]}"


def run_text(values: Mapping[str, Any]) -> str:
    """Settings as a run file: TOML of one line for each key."""
    return "".join(f"{_key(key)} = {_toml(value)}\n" for key, value in values.items())


def _toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # A string of JSON is one of TOML but for a few control characters.
            return _NOT_IN_TOML.sub(lambda letter: f"\\u{ord(letter[0]):04x}", json.dumps(value, ensure_ascii=False))
        case int() | float():
            return repr(value)
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            return f"{{ {', '.join(f'{_key(key)} = {_toml(one)}' for key, one in value.items())} }}"
    return str(value)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml(key)
