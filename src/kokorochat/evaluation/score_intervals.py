"""How sure ACC, ACC_soft and MAE of one part are: dialogues are drawn again."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.resampling import Resampling, bootstrap_interval


def score_intervals(
    pairs: Sequence[tuple[Mapping[str, int], Mapping[str, int]]], resampling: Resampling | None = None
) -> dict[str, Any]:
    """The middle 95 % of each figure over resamples of the dialogues.

    Raters are not drawn again: of other raters the figures may differ by more.

    Args:
        pairs: (what was due, what was answered), both {key: 0…5} with all twenty keys; one dialogue or more.

    Returns:
        {acc, acc_soft, mae: [low, high]}.
    """
    due, said = (np.array([[one[key] for key in ITEM_KEYS] for one in side]) for side in zip(*pairs, strict=True))
    distances = np.abs(due - said)
    figures = np.stack([100 * (distances == 0), 100 * (distances <= 1), distances]).mean(axis=2)
    drawn = (resampling or Resampling()).drawn(len(pairs))
    intervals = bootstrap_interval(drawn @ figures.T / len(pairs))
    return dict(zip(("acc", "acc_soft", "mae"), intervals, strict=True))
