"""The measures of a network."""

from typing import Annotated

import msgspec

Measure = Annotated[int, msgspec.Meta(ge=1, le=65_536)]


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large a network is.

    Attributes:
        vocabulary: tokens that are known.
        width: numbers of a hidden state; a multiple of twice the heads.
        layers: blocks of attention and multiplication.
        heads: of attention.
        window: tokens that it has learnt to see at once.
        stages: steps of how far on a talk is.
        ratings: steps of how its client rated it.
    """

    vocabulary: Measure
    width: Measure
    layers: Measure
    heads: Measure
    window: Measure
    stages: Measure
    ratings: Measure
