"""The figures that the paper prints, from `published.toml`, which holds each of them once."""

from functools import cache
from pathlib import Path

import msgspec

Mean = tuple[float, float]
"""A mean over the twenty items, and their deviation."""


class ResponseRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of Table 4, in percent: BLEU-1 to 4, ROUGE-1, 2 and L, Distinct-1 and 2."""

    name: str
    bleu: tuple[float, float, float, float]
    rouge: tuple[float, float, float]
    distinct: tuple[float, float]


class ScoreRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of Table 5 or 6: ACC and ACC_soft in percent, and MAE."""

    name: str
    acc: Mean
    acc_soft: Mean
    mae: Mean


class ItemRows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One model in Table 8, by item: D1 to D20."""

    name: str
    acc: list[float]
    acc_soft: list[float]
    mae: list[float]


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All rows, in the paper's order."""

    table_4: list[ResponseRow]
    table_5: list[ScoreRow]
    table_6: list[ScoreRow]
    table_8: list[ItemRows]


@cache
def published() -> Published:
    """What the paper prints."""
    return msgspec.toml.decode((Path(__file__).parent / "published.toml").read_bytes(), type=Published)
