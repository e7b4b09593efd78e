"""What the arrays of a stranger's index must hold: a digest only tells that they belong to their description.

All of it has been read for the digests, so to look through it once more costs little.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import TopicClass
from kokorochat.learning.retrieval.storing import IndexDescription
from kokorochat.learning.stored import REMEDY

_BITS = 2**31


def check_index(
    folder: Path, told: IndexDescription, arrays: Mapping[str, NDArray[Any]], fields: tuple[str, ...]
) -> None:
    """See that every number in the arrays points to something that is there.

    Args:
        folder: for messages.
        fields: the names of the fields, the history's last: its rows are dialogues, those of the others places.

    Raises:
        InputError: an array holds what no training gives; the message names it.
    """
    places, replies = len(arrays["reply"]), len(arrays["times"])
    lengths = dict.fromkeys(("before", "dialogue", "score"), places) | {"topic": len(told.dialogues)}
    within = {
        "reply": (0, replies - 1),
        "before": (0, _BITS),
        "dialogue": (0, len(told.dialogues) - 1),
        "topic": (-1, len(TopicClass) - 1),
        "times": (1, _BITS),
        "words": (0, len(told.words) - 1),
    }
    starts = {"word_starts": (replies, len(arrays["words"])), "text_starts": (replies, len(arrays["text"]))}
    for name in fields:
        terms, rows = len(arrays[f"{name}_terms"]), len(arrays[f"{name}_rows"])
        lengths |= {f"{name}_idf": terms, f"{name}_weights": rows}
        within[f"{name}_rows"] = (0, (len(told.dialogues) if name == fields[-1] else places) - 1)
        starts[f"{name}_starts"] = terms, rows
    wrong = [name for name, due in lengths.items() if len(arrays[name]) != due]
    wrong += [name for name, (low, high) in within.items() if not _within(arrays[name], low, high)]
    wrong += [name for name, (count, end) in starts.items() if not _are_starts(arrays[name], count, end)]
    wrong += [f"{name}_terms" for name in fields if (np.diff(arrays[f"{name}_terms"]) <= 0).any()]
    wrong += [
        f"{name}_{kind}" for name in fields for kind in ("idf", "weights") if not _finite(arrays[f"{name}_{kind}"])
    ]
    wrong += ["reply"] * (not places)
    wrong = wrong or ["text"] * (not _are_texts(arrays["text"], arrays["text_starts"]))
    if wrong:
        raise InputError(f"{folder}, {wrong[0]}.npy", "holds what no training gives", REMEDY)


def _within(array: NDArray[Any], low: int, high: int) -> bool:
    return not len(array) or bool(low <= array.min() and array.max() <= high)


def _are_starts(array: NDArray[Any], count: int, end: int) -> bool:
    """Whether they divide so many elements into so many pieces."""
    return len(array) == count + 1 and array[0] == 0 and array[-1] == end and bool((np.diff(array) >= 0).all())


def _are_texts(text: NDArray[Any], starts: NDArray[Any]) -> bool:
    """Whether all pieces are UTF-8: the whole is, and none begins inside a character."""
    try:
        bytes(text).decode()
    except UnicodeDecodeError:
        return False
    return not ((text[starts[:-1][starts[:-1] < len(text)]] & 0xC0) == 0x80).any()


def _finite(array: NDArray[Any]) -> bool:
    return bool(np.isfinite(array).all())
