"""The metrics of score prediction (paper §5.2, Tables 5, 6, 8): ACC, ACC_soft and MAE on twenty items, and more."""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from kokorochat.domain.feedback import HIGHEST, ITEM_KEYS, LOWEST
from kokorochat.evaluation.decoding import BEST_FOR
from kokorochat.evaluation.measurement import signature
from kokorochat.evaluation.ordinal_metrics import (
    calibration,
    rank_correlation,
    usable_probabilities,
    weighted_kappa,
)

METRIC = "score:acc+acc_soft(1)+mae"

FURTHER = {
    "qwk": "score:qwk(quadratic,0-5)",
    "bias": "score:bias(answered-due)",
    "spearman_total": "score:spearman(sum of items)",
    "calibration": "score:ece(10 bins,likeliest value)+rps",
}
"""The figures beyond the paper's, as their signatures name them."""


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


def item_value(items: Any, key: str) -> int | None:
    """The item's value if it is a whole number from 0 to 5, else None: no text, no truth value, no 6."""
    value = items.get(key) if isinstance(items, Mapping) else None
    return value if type(value) is int and LOWEST <= value <= HIGHEST else None


def score_metrics(
    pairs: Sequence[tuple[Mapping[str, int], Any]],
    asked: int | None = None,
    facts: Mapping[str, object] | None = None,
    probabilities: Sequence[Mapping[str, Any] | None] | None = None,
) -> dict[str, Any]:
    """The figures of `evaluate score`.

    What is no whole number from 0 to 5 is wrong in ACC and ACC_soft, and left out of MAE: there is no distance to an
    answer that wasn't given, and it is never taken for a 0. So is an answer that is missing altogether.

    Args:
        pairs: (what was due, what was answered) for each dialogue: the first is {key: 0…5} with all twenty keys.
        asked: how many samples there were; more than `pairs` if some weren't answered.
        facts: what the signature should tell besides: split, seed, version.
        probabilities: {key: six probabilities, for 0…5} of each answer that has them, in the order of `pairs`.

    Returns:
        `n`; `acc`, `acc_soft` (percent) and `mae`, each {mean, sd_items}; `mae.n`, the item values that it is over;
        `items`, these figures for each item; `unparsable`, the answers with at least one value that can't be used;
        `unparsable_items`, those values; `missing` answers; `signature`. Beyond the paper, over the values that can be
        used: `qwk` and `bias` (answered less due) as {mean, sd_items}; `spearman_total` {rho, n}, of the sums of the
        items over the answers with all twenty; `calibration`, None where nobody gave probabilities (see
        `ordinal_metrics.calibration`; there `ece` and `rps` are {mean, sd_items}); `best`, what each of the three
        figures would be by the decision that is best for it alone (`decoding`), None unless all asked answers have
        probabilities; `signatures` of these. A figure over nothing is None.
    """
    n = len(pairs) if asked is None else asked
    rows: dict[str, dict[str, float | None]] = {}
    measured = 0
    for key in ITEM_KEYS:
        usable = [(due[key], value) for due, items in pairs if (value := item_value(items, key)) is not None]
        distances = [abs(value - due) for due, value in usable]
        measured += len(usable)
        rows[key] = {
            "acc": 100 * distances.count(0) / n if n else None,
            "acc_soft": 100 * sum(distance <= 1 for distance in distances) / n if n else None,
            "mae": fmean(distances) if distances else None,
            "qwk": weighted_kappa([due for due, _ in usable], [value for _, value in usable]),
            "bias": fmean(value - due for due, value in usable) if usable else None,
        }
    figures = {name: over_items([row[name] for row in rows.values()]) for name in ("acc", "acc_soft", "mae")}
    totals = [
        (sum(due.values()), sum(items[key] for key in ITEM_KEYS))
        for due, items in pairs
        if all(item_value(items, key) is not None for key in ITEM_KEYS)
    ]
    return {
        "n": n,
        **figures,
        "mae": {**figures["mae"], "n": measured},
        "items": rows,
        "unparsable": len(pairs) - len(totals),
        "unparsable_items": len(pairs) * len(ITEM_KEYS) - measured,
        "missing": n - len(pairs),
        "signature": signature(METRIC, {"n": n, **(facts or {})}),
        **{name: over_items([row[name] for row in rows.values()]) for name in ("qwk", "bias")},
        "spearman_total": {"rho": rank_correlation([a for a, _ in totals], [b for _, b in totals]), "n": len(totals)},
        "calibration": _calibration(pairs, probabilities),
        "best": _best(pairs, probabilities, n),
        "signatures": {name: signature(metric, {"n": n, **(facts or {})}) for name, metric in FURTHER.items()},
    }


def _best(
    pairs: Sequence[tuple[Mapping[str, int], Any]], probabilities: Sequence[Mapping[str, Any] | None] | None, n: int
) -> dict[str, Any] | None:
    if not probabilities or len(probabilities) < n:
        return None
    columns: dict[str, list[tuple[int, list[float]]]] = {key: [] for key in ITEM_KEYS}
    for (due, _), told in zip(pairs, probabilities, strict=True):
        for key in ITEM_KEYS:
            usable = usable_probabilities((told or {}).get(key))
            if usable is None:
                return None
            columns[key].append((due[key], usable))
    found = {}
    for name, decide in BEST_FOR.items():
        distances = [[abs(decide(said) - due) for due, said in column] for column in columns.values()]
        reach = {"acc": 0, "acc_soft": 1}.get(name)
        found[name] = over_items(
            [fmean(row) if reach is None else 100 * sum(d <= reach for d in row) / n for row in distances]
        )
    return found


def _calibration(
    pairs: Sequence[tuple[Mapping[str, int], Any]], probabilities: Sequence[Mapping[str, Any] | None] | None
) -> dict[str, Any] | None:
    due = [one for one, _ in pairs]
    found = calibration(list(zip(due, probabilities, strict=True)), ITEM_KEYS) if probabilities else None
    if found is None:
        return None
    of_items = found["items"].values()
    return {**found, **{name: over_items([row[name] for row in of_items]) for name in ("ece", "rps")}}
