"""Why a score model expects what it expects: the utterances that raise or lower an item."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """What one utterance does to one item.

    Attributes:
        utterance: its index in `Dialogue.utterances`, from 0.
        effect: what it adds to the item's expected value, in points of 0–5; below 0 it lowers it.
    """

    utterance: int
    effect: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a model expects of one dialogue, and why.

    It tells what the model goes by, not what the client felt. Utterances that the model doesn't read, those outside the
    role-play, are no reasons.

    Attributes:
        expected: {key: expected value of the item, 0–5}.
        reasons: {key: the utterances that move the item, the strongest effect of either sign first}; all keys of the
            items, in their order. Empty for a dialogue in which the model reads nothing.
    """

    expected: Mapping[str, float]
    reasons: Mapping[str, tuple[Reason, ...]]
