"""The figure that cells are compared by: where it stands in what a training run leaves."""

import difflib
import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

from kokorochat.domain.errors import InputError
from kokorochat.tasks.lines import file_bytes

DOCUMENTS = ("metrics", "run")
"""metrics.json and run.json of a run's folder, by the first word of a metric."""

_SHOWN = 12


def check_metric(metric: str, place: str) -> None:
    """See that a metric can be a path.

    Raises:
        InputError: it doesn't begin with a document's name, or an element of it is empty.
    """
    document, *rest = metric.split(".")
    if document not in DOCUMENTS or not rest or "" in rest:
        remedy = "Write such as metrics.validation.acc.mean, or run.validation.*.loss for the best of a list"
        raise InputError(place, f"{metric!r} is no path in metrics.json or run.json", remedy)


def read_documents(folder: Path) -> dict[str, Any]:
    """What a training run has left, by the names of `DOCUMENTS`.

    Raises:
        InputError: a file is gone or damaged.
    """
    documents = {}
    for name in DOCUMENTS:
        file = folder / f"{name}.json"
        try:
            documents[name] = json.loads(file_bytes(file))
        except (ValueError, RecursionError):
            remedy = "Remove the cell's folder `trained`, so that it is trained again"
            raise InputError(str(file), "is damaged", remedy) from None
    return documents


def value_at(documents: Any, metric: str, better: Literal["less", "more"]) -> float | None:
    """The figure at a path such as `metrics.validation.acc.mean`.

    `*` stands for each element of a list, of whose figures the best one counts: of the looks at the validation part
    in the course of a training, the one whose weights are kept.

    Returns:
        None if there is no finite number.
    """
    found = [value for value in _values(documents, metric.split(".")) if math.isfinite(value)]
    if not found:
        return None
    return min(found) if better == "less" else max(found)


def _values(there: Any, path: list[str]) -> Iterator[float]:
    if not path:
        if isinstance(there, int | float) and not isinstance(there, bool):
            yield float(there)
    elif path[0] == "*" and isinstance(there, list):
        for one in there:
            yield from _values(one, path[1:])
    elif isinstance(there, dict) and path[0] in there:
        yield from _values(there[path[0]], path[1:])


def known_metrics(documents: Any, wanted: str) -> list[str]:
    """Paths at which there are numbers, those like the wanted one first, and no more than a message can take."""
    paths = list(dict.fromkeys(_paths(documents, ())))
    near = difflib.get_close_matches(wanted, paths, _SHOWN, 0.5)
    return [*near, *(path for path in paths if path not in near)][:_SHOWN]


def _paths(there: Any, before: tuple[str, ...]) -> Iterable[str]:
    if isinstance(there, dict):
        for key, value in there.items():
            yield from _paths(value, (*before, key))
    elif isinstance(there, list):
        for value in there:
            yield from _paths(value, (*before, "*"))
    elif isinstance(there, int | float) and not isinstance(there, bool):
        yield ".".join(before)
