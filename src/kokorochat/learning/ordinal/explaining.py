"""From what is expected with and without each utterance to the reasons of each item."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.learning.explanation import Reason

Floats = NDArray[np.float64]

SMALLEST = 0.0005
"""Effects that would be printed as 0.000 are no reasons."""


def reasons(places: Sequence[int], whole: Floats, without: Sequence[Floats]) -> dict[str, tuple[Reason, ...]]:
    """The reasons of each item, the strongest first, the earlier one of two that are equal.

    An utterance is left out with all that hangs on it: its words, its length, and the pause before it.

    Args:
        places: the index in the dialogue of each utterance that is read.
        whole: the expected values, shape (20,).
        without: the same when one utterance is left out, for each.
    """
    effects = np.array([whole - one for one in without]).reshape(len(places), len(ITEM_KEYS))
    told = {}
    for item, key in enumerate(ITEM_KEYS):
        order = np.argsort(-np.abs(effects[:, item]), kind="stable")
        strong = [at for at in order.tolist() if abs(effects[at, item]) >= SMALLEST]
        told[key] = tuple(Reason(places[at], float(effects[at, item])) for at in strong)
    return told
