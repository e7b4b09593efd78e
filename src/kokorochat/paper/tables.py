"""Rows of tables: what the paper prints, and what was measured, in one shape."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from kokorochat.domain.feedback import ITEMS
from kokorochat.evaluation.measurement import fact
from kokorochat.paper.published import published

Origin = Literal["paper", "ours", "told", "asked", "trivial"]
"""Whose row it is; "told" is a model of ours that is told more than the dialogue, such as who rates, and so no rival of
the others; "asked" one that learnt nothing from the corpus, at an endpoint say."""


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One number of a table.

    Attributes:
        low: the interval of 95 %, with `high`.
        deviation: over the twenty items, as the paper's ±.
        runs_deviation: over the seeds.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    deviation: float | None = None
    runs_deviation: float | None = None


class Lost(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a row's figures are not of.

    Attributes:
        asked: answers that were due, of all runs together.
        unreadable: those of scores with a value that can't be used; `missing` aren't there; `empty` have no text.
        values: of scores, the item values that MAE is over; without a loss there are twenty an answer.
        failures: {name: answers}, as an endpoint's are named.
    """

    asked: int
    unreadable: int = 0
    missing: int = 0
    empty: int = 0
    values: int | None = None
    failures: dict[str, int] = {}


class TableRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row.

    Attributes:
        english: the name; `japanese` the same.
        figures: {column: figure}; a column that isn't there is unknown.
        split: of a score row of ours, by the name in the file of systems.
        runs: of a score row, how many were measured.
        only_seed: of the one training that all its runs are of, where its split has several; None for a model that no
            seed has drawn, and where each run has a training of its own.
        lost: what its figures are not of; None if nothing was lost.
        learnt_group: what the split keeps apart that the model learnt from, if that is less than the table's does.
        reason: why a row of ours has no figures.
        signatures: of its numbers.
        how: the commands that make it, of several seeds those of the first and that which measures all.
        interval_by: what was drawn again for the intervals, and of `clusters` how many.
        against: the system that it is compared with, and `differences` {column: its figures' less the other's};
            `p` {column: how often chance alone gives as much}.
    """

    english: str
    japanese: str
    origin: Origin
    figures: dict[str, Figure] = {}
    split: str | None = None
    runs: int | None = None
    only_seed: int | None = None
    lost: Lost | None = None
    learnt_group: str | None = None
    reason: str | None = None
    signatures: list[str] = []
    how: list[str] = []
    interval_by: str | None = None
    clusters: int | None = None
    n: int | None = None
    against: dict[str, str] | None = None
    differences: dict[str, Figure] = {}
    p: dict[str, float | None] = {}


class Table(msgspec.Struct, frozen=True):
    """A table of the paper, by its number there.

    Attributes:
        columns: {key: head}.
        rising: columns in which more is better; in the others less is.
    """

    number: str
    columns: dict[str, str]
    rising: list[str]
    rows: list[TableRow]


RESPONSE_COLUMNS = {
    **{f"bleu_{n}": f"BLEU-{n}" for n in range(1, 5)},
    **{f"rouge_{n}": f"ROUGE-{n}" for n in ("1", "2", "L")},
    **{f"distinct_{n}": f"Distinct-{n}" for n in ("1", "2")},
}

SCORE_COLUMNS = {"acc": "ACC", "acc_soft": "ACC_soft", "mae": "MAE"}

MORE_SCORE_COLUMNS = {"qwk": "QWK", "rho": "ρ"}
"""That the paper doesn't have: kappa with quadratic weights, and the rank correlation of the totals."""


def figure(value: float | None, interval: Sequence[float] | None) -> Figure:
    """A number with its interval, if it has one."""
    low, high = interval or (None, None)
    return Figure(value, low, high)


def _flat(profile: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a profile by the keys of `RESPONSE_COLUMNS`."""
    found: dict[str, Any] = {f"bleu_{n}": value for n, value in enumerate(profile["bleu"], start=1)}
    found |= {f"rouge_{n}": value for n, value in profile["rouge"].items()}
    return found | {f"distinct_{n}": value for n, value in profile["distinct"].items()}


def _figures(values: Mapping[str, Any], intervals: Mapping[str, Any]) -> dict[str, Figure]:
    return {key: figure(value, intervals.get(key)) for key, value in values.items()}


def response_row(measured: Mapping[str, Any], row: TableRow, other: dict[str, str] | None) -> TableRow:
    """A row of Table 4 from what `evaluate response` gave.

    Args:
        row: its names and the like.
        other: the names of the system that it was compared with.
    """
    against = measured.get("against") or {}
    differences: dict[str, Figure] = {}
    if against and other:
        differences = _figures(_flat(against["difference"]), _flat(against["interval"]))
    signatures = list(measured["profiles"]["paper-like"]["signature"].values())
    return msgspec.structs.replace(
        row,
        figures=_figures(_flat(measured), _flat(measured["interval"])),
        signatures=signatures,
        learnt_group=fact(signatures[0], "learnt_group"),
        n=measured["n"],
        lost=_lost_texts(measured),
        interval_by="dialogue",
        clusters=measured["dialogues"],
        against=other if differences else None,
        differences=differences,
        p=_flat(against["p"]) if differences else {},
    )


def _lost_texts(measured: Mapping[str, Any]) -> Lost | None:
    empty, failures = measured["empty"], measured["failures"]
    return Lost(measured["n"], empty=empty, failures=failures) if empty or failures else None


def _lost_scores(measured: Mapping[str, Any]) -> Lost | None:
    """Of one run, or of several together."""
    unreadable, missing = measured["unparsable"], measured["missing"]
    if not unreadable and not missing:
        return None
    asked, values = measured.get("asked", measured["n"]), measured["mae"]["n"]
    return Lost(asked, unreadable, missing, values=values, failures=measured.get("failures", {}))


def reference_row(measured: Mapping[str, Any]) -> TableRow:
    """What people said, measured alike: only their Distinct means anything."""
    distinct = measured["profiles"]["paper-like"]["distinct_of_targets"]
    figures = {f"distinct_{n}": Figure(value) for n, value in distinct.items()}
    return TableRow("the references themselves", "正解そのもの", "trivial", figures)


def score_row(measured: Mapping[str, Any], row: TableRow) -> TableRow:
    """A row of Table 5 from what `evaluate score` gave, of one seed or of several."""
    interval, runs = measured["interval"] or {}, measured.get("runs", [measured])
    figures = {
        key: msgspec.structs.replace(
            figure(measured[key]["mean"], interval.get(key)),
            deviation=measured[key]["sd_items"],
            runs_deviation=measured[key].get("sd_runs"),
        )
        for key in SCORE_COLUMNS
    }
    figures["qwk"] = Figure(measured["qwk"]["mean"])
    figures["rho"] = Figure(measured["spearman_total"]["rho"])
    return msgspec.structs.replace(
        row,
        figures=figures,
        runs=len(runs),
        lost=_lost_scores(measured),
        signatures=[one["signature"] for one in runs],
        learnt_group=next((group for one in runs if (group := fact(one["signature"], "learnt_group"))), None),
        n=measured["n"],
        interval_by=interval.get("by"),
        clusters=interval.get("clusters"),
    )


def table_4(ours: Sequence[TableRow]) -> Table:
    """Response generation."""
    rows = []
    for row in published().table_4:
        values = (*row.bleu, *row.rouge, *row.distinct)
        figures = {key: Figure(value) for key, value in zip(RESPONSE_COLUMNS, values, strict=True)}
        rows.append(TableRow(row.name, row.name, "paper", figures))
    return Table("4", RESPONSE_COLUMNS, list(RESPONSE_COLUMNS), [*rows, *ours])


def _score_figures(row: Any) -> dict[str, Figure]:
    pairs = {key: getattr(row, key) for key in SCORE_COLUMNS}
    return {key: Figure(mean, deviation=deviation) for key, (mean, deviation) in pairs.items()}


_RISING = ["acc", "acc_soft", *MORE_SCORE_COLUMNS]


def table_5(ours: Sequence[TableRow]) -> Table:
    """Score prediction: means, on each split."""
    rows = [TableRow(row.name, row.name, "paper", _score_figures(row)) for row in published().table_5]
    return Table("5", SCORE_COLUMNS | MORE_SCORE_COLUMNS, _RISING, [*rows, *ours])


def table_6(ours: Sequence[tuple[TableRow, Mapping[str, Any], Sequence[tuple[int, int]]]]) -> Table:
    """Score prediction: each seed.

    Args:
        ours: of each trained system its row of Table 5, what was measured, and seed and test seed of each run in that
            order.
    """
    rows = [
        TableRow(
            f"{published().table_5[-1].name}, {row.name}",
            row.name.replace("seed ", "シード"),
            "paper",
            _score_figures(row),
        )
        for row in published().table_6
    ]
    for of, measured, seeds in ours:
        several = len({test_seed for _, test_seed in seeds}) > 1
        for one, (seed, test_seed) in zip(measured.get("runs", [measured]), seeds, strict=True):
            figures = {key: Figure(one[key]["mean"], deviation=one[key]["sd_items"]) for key in SCORE_COLUMNS}
            figures |= {"qwk": Figure(one["qwk"]["mean"]), "rho": Figure(one["spearman_total"]["rho"])}
            names = f"{of.english}, seed {seed}", f"{of.japanese}、シード{seed}"
            if several:
                names = f"{names[0]}, test seed {test_seed}", f"{names[1]}、テストシード{test_seed}"
            more = {"split": of.split, "signatures": [one["signature"]], "n": one["n"], "lost": _lost_scores(one)}
            more["learnt_group"] = fact(one["signature"], "learnt_group")
            rows.append(TableRow(*names, of.origin, figures, **more))
    return Table("6", SCORE_COLUMNS | MORE_SCORE_COLUMNS, _RISING, rows)


def table_8(ours: Sequence[tuple[TableRow, Mapping[str, Any]]]) -> list[Table]:
    """Score prediction by item: a table for each of the three figures, a row for each model, a column for each item."""
    columns = {item.code: item.code for item in ITEMS}
    tables = []
    for name in SCORE_COLUMNS:
        rows = []
        for one in published().table_8:
            values = dict(zip(columns, map(Figure, getattr(one, name)), strict=True))
            rows.append(TableRow(one.name, one.name, "paper", values))
        for row, measured in ours:
            of_items = (measured["interval"] or {}).get("items", {})
            figures = {
                item.code: figure(measured["items"][item.key][name], of_items.get(item.key, {}).get(name))
                for item in ITEMS
            }
            rows.append(
                TableRow(
                    row.english,
                    row.japanese,
                    row.origin,
                    figures,
                    row.split,
                    lost=row.lost,
                    learnt_group=row.learnt_group,
                )
            )
        tables.append(Table(f"8 {name}", columns, [] if name == "mae" else list(columns), rows))
    return tables


def topic_table(ours: Sequence[tuple[TableRow, Mapping[str, Any]]]) -> Table:
    """Agreement with the released topics (Appendix B, where the paper reports none).

    Args:
        ours: of each system its row and what training measured; {} for one that couldn't be trained.
    """
    rows = []
    for row, metrics in ours:
        if not metrics:
            rows.append(row)
            continue
        found = metrics["test"]
        interval, majority = found["interval"] or {}, found["majority"]
        floor = TableRow("always the most frequent topic", "常に最も多い話題", "trivial")
        rows.append(msgspec.structs.replace(floor, figures={"accuracy": Figure(_percent(majority["accuracy"]))}))
        share = interval.get("accuracy")
        figures = {
            "accuracy": figure(_percent(found["accuracy"]), share and [100 * value for value in share]),
            "kappa": figure(found["kappa"], interval.get("kappa")),
        }
        drawn = {"interval_by": interval.get("by"), "clusters": interval.get("groups")}
        more = {"signatures": [found["signature"]], "n": found["n"]}
        rows.append(msgspec.structs.replace(row, figures=figures, **more, **drawn))
    return Table("B", {"accuracy": "agreement", "kappa": "κ"}, ["accuracy", "kappa"], rows)


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def best_of(table: Table, rows: Sequence[TableRow]) -> dict[str, float]:
    """The best value of each column among some rows."""
    found = {}
    for key in table.columns:
        values = [one.value for row in rows if (one := row.figures.get(key)) and one.value is not None]
        if values:
            found[key] = max(values) if key in table.rising else min(values)
    return found
