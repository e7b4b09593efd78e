"""The paper's split for score prediction (§5.2, D.2)."""

import random
from collections.abc import Sequence
from typing import TypeVar

from kokorochat.domain.errors import InputError

T = TypeVar("T")


def score_split(dialogues: Sequence[T], seed: int, test_seed: int = 0) -> dict[str, list[T]]:
    """Train, validation and test as 8 : 1 : 1 at random; the test part depends on `test_seed` alone.

    So the paper's five seeds share one test set. Both small parts have floor(n / 10) members (6,589 → 658, the size
    that the paper's Table 8 implies).

    Args:
        dialogues: in a fixed order (that of `read_corpus` is one); the split depends on positions only.

    Raises:
        InputError: fewer than ten dialogues.
    """
    if len(dialogues) < 10:
        raise InputError("score split", f"{len(dialogues)} dialogues are too few for 8 : 1 : 1", "Give ten or more")
    tenth = len(dialogues) // 10
    order = list(range(len(dialogues)))
    random.Random(f"test {test_seed}").shuffle(order)
    test, rest = order[:tenth], sorted(order[tenth:])
    random.Random(f"validation {seed}").shuffle(rest)
    parts = {"train": rest[tenth:], "validation": rest[:tenth], "test": test}
    return {name: [dialogues[index] for index in sorted(indices)] for name, indices in parts.items()}
