"""The metrics of score prediction (paper §5.2, Tables 5, 6, 8): ACC, ACC_soft and MAE on twenty items."""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from kokorochat.domain.feedback import HIGHEST, ITEM_KEYS, LOWEST
from kokorochat.evaluation.measurement import signature

METRIC = "score:acc+acc_soft(1)+mae"


def over_items(values: Sequence[float | None]) -> dict[str, float | None]:
    """Mean and deviation of one value for each item, as the paper's "±" has it.

    The deviation is that of a sample (n − 1) over the items: it tells how evenly a model does on them, and nothing
    about seeds. None where there is nothing to take it of.
    """
    known = [value for value in values if value is not None]
    return {
        "mean": fmean(known) if known else None,
        "sd_items": stdev(known) if len(known) > 1 else None,
    }


def _value(items: Any, key: str) -> int | None:
    """The item's value if it is a whole number from 0 to 5, else None: no text, no truth value, no 6."""
    value = items.get(key) if isinstance(items, Mapping) else None
    return value if type(value) is int and LOWEST <= value <= HIGHEST else None


def score_metrics(
    pairs: Sequence[tuple[Mapping[str, int], Any]], asked: int | None = None, facts: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """The figures of `evaluate score`.

    What is no whole number from 0 to 5 is wrong in ACC and ACC_soft, and left out of MAE: there is no distance to an
    answer that wasn't given, and it is never taken for a 0. So is an answer that is missing altogether.

    Args:
        pairs: (what was due, what was answered) for each dialogue: the first is {key: 0…5} with all twenty keys.
        asked: how many samples there were; more than `pairs` if some weren't answered.
        facts: what the signature should tell besides: split, seed, version.

    Returns:
        `n`; `acc`, `acc_soft` (percent) and `mae`, each {mean, sd_items}; `mae.n`, the item values that it is over;
        `items`, the three for each item; `unparsable`, the answers with at least one value that can't be used;
        `unparsable_items`, those values; `missing` answers; `signature`. A figure over nothing is None.
    """
    n = len(pairs) if asked is None else asked
    rows: dict[str, dict[str, float | None]] = {}
    measured = 0
    for key in ITEM_KEYS:
        distances = [abs(value - due[key]) for due, items in pairs if (value := _value(items, key)) is not None]
        measured += len(distances)
        rows[key] = {
            "acc": 100 * distances.count(0) / n if n else None,
            "acc_soft": 100 * sum(distance <= 1 for distance in distances) / n if n else None,
            "mae": fmean(distances) if distances else None,
        }
    figures = {name: over_items([row[name] for row in rows.values()]) for name in ("acc", "acc_soft", "mae")}
    return {
        "n": n,
        **figures,
        "mae": {**figures["mae"], "n": measured},
        "items": rows,
        "unparsable": sum(any(_value(items, key) is None for key in ITEM_KEYS) for _, items in pairs),
        "unparsable_items": len(pairs) * len(ITEM_KEYS) - measured,
        "missing": n - len(pairs),
        "signature": signature(METRIC, {"n": n, **(facts or {})}),
    }
