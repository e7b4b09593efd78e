"""What a sweep has found: a table of its settings, the best first, as a document and as text."""

import json
import math
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import printable
from kokorochat.learning.sweeps.cells import Cell, label
from kokorochat.learning.sweeps.folder import CELLS, RUN_FILE
from kokorochat.learning.sweeps.ledger import Standing
from kokorochat.learning.sweeps.metric import known_metrics, value_at
from kokorochat.learning.sweeps.settings import Sweep

Row = dict[str, Any]


def results(sweep: Sweep, standings: Sequence[Standing], workers: int) -> dict[str, Any]:
    """All that a sweep has found so far.

    Args:
        workers: how many trainings run at once, for the time that is left.

    Returns:
        `rows`, one for each setting: those with a figure under every seed come first and have a rank, the best is 1;
        `best`, the first of them; `at_edge`, the keys whose best value is the least or the greatest that was tried,
        so that a better one may lie outside; `failed` with reasons; `counts` of cells by state; `seconds` of those
        that are done, in all and on average; `seconds_left` as these let expect; `revisions` of the code that
        trained, of which more than one may make cells unlike.

    Raises:
        InputError: cells are done, and none has the metric.
    """
    by_cell = {one.cell: one for one in standings}
    values = _values(sweep, standings)
    settings = dict[str, list[Cell]]()
    for cell in sweep.cells:
        settings.setdefault(json.dumps(dict(cell.settings)), []).append(cell)
    rows = [_row(cells, by_cell, values) for cells in settings.values()]
    sign = 1 if sweep.file.better == "less" else -1
    ranked = sorted((row for row in rows if row["complete"]), key=lambda row: sign * row["mean"])
    for row in ranked:
        # Equal figures have the same rank.
        row["rank"] = 1 + sum(sign * other["mean"] < sign * row["mean"] for other in ranked)
    others = sorted(
        (row for row in rows if not row["complete"]),
        key=lambda row: math.inf if row["mean"] is None else sign * row["mean"],
    )
    counts = {state: sum(one.state == state for one in standings) for state in ("done", "failed", "running", "open")}
    took = [one.seconds for one in standings if one.state == "done" and one.seconds is not None]
    mean = statistics.fmean(took) if took else None
    left = counts["running"] + counts["open"]
    return {
        "sweep": sweep.name,
        "metric": sweep.file.metric,
        "better": sweep.file.better,
        "grid": sweep.file.grid,
        "seeds": list(sweep.file.seeds),
        "counts": counts,
        "seconds": {"all": round(sum(took), 1), "mean": None if mean is None else round(mean, 1)},
        "seconds_left": None if mean is None else round(mean * math.ceil(left / workers), 1),
        "best": ranked[0] if ranked else None,
        "at_edge": _edges(sweep, ranked),
        "rows": [*ranked, *others],
        "failed": [
            {"cell": one.cell, "reason": one.reason, "attempts": one.attempts, "worker": one.worker}
            for one in standings
            if one.state == "failed"
        ],
        "revisions": _revisions(standings),
    }


def _values(sweep: Sweep, standings: Sequence[Standing]) -> dict[str, float]:
    metric, better = sweep.file.metric, sweep.file.better
    done = [one for one in standings if one.documents is not None]
    found = {one.cell: value for one in done if (value := value_at(one.documents, metric, better)) is not None}
    if done and not found:
        known = ", ".join(known_metrics(done[0].documents, metric))
        problem = f"no cell that is done has a number at {metric!r}"
        remedy = f"There are: {known}. Correct `metric`: what is trained stays"
        raise InputError(f"sweep {sweep.name}, metric", problem, remedy)
    return found


def _row(cells: Sequence[Cell], by_cell: dict[str, Standing], values: dict[str, float]) -> Row:
    found = [values[cell.name] for cell in cells if cell.name in values]
    there = [by_cell[cell.name] for cell in cells]
    took = [one.seconds for one in there if one.state == "done" and one.seconds is not None]
    return {
        "rank": None,
        "settings": dict(cells[0].settings),
        "mean": statistics.fmean(found) if found else None,
        "sd": statistics.stdev(found) if len(found) > 1 else None,
        "values": {str(cell.seed): values.get(cell.name) for cell in cells},
        "states": {str(cell.seed): by_cell[cell.name].state for cell in cells},
        "seconds": round(statistics.fmean(took), 1) if took else None,
        "cells": [cell.name for cell in cells],
        "complete": len(found) == len(cells),
    }


def _edges(sweep: Sweep, ranked: Sequence[Row]) -> list[str]:
    edges = []
    for key, values in sweep.file.grid.items():
        numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
        ordered = len(numbers) == len(values) > 2
        if ranked and ordered and ranked[0]["settings"][key] in (min(numbers), max(numbers)):
            edges.append(key)
    return edges


def _revisions(standings: Sequence[Standing]) -> list[str]:
    runs = [one.documents["run"] for one in standings if one.documents is not None]
    return sorted({str(run.get("revision")) for run in runs})


def table(found: dict[str, Any]) -> str:
    """The results as lines for people; the best is marked with a star."""
    several = len(found["seeds"]) > 1
    heads = ["", *found["grid"], found["metric"], *(["deviation"] if several else []), "seconds"]
    lines = [
        [
            "*" if row["rank"] == 1 else "",
            *(printable(label(row["settings"][key])) for key in found["grid"]),
            "-" if row["mean"] is None else f"{row['mean']:.5g}",
            *(["-" if row["sd"] is None else f"{row['sd']:.2g}"] if several else []),
            _why(row) if row["seconds"] is None else f"{row['seconds']:,.0f}",
        ]
        for row in found["rows"]
    ]
    widths = [max(len(line[column]) for line in [heads, *lines]) for column in range(len(heads))]
    text = ["  ".join(word.rjust(width) for word, width in zip(line, widths, strict=True)) for line in [heads, *lines]]
    return "\n".join([*text, "", *remarks(found)])


def _why(row: Row) -> str:
    return ", ".join(sorted(set(row["states"].values())))


def remarks(found: dict[str, Any]) -> list[str]:
    """How far it is, the best setting, and what a reader should know of both."""
    counts, best = found["counts"], found["best"]
    left = counts["running"] + counts["open"]
    told = ", ".join(f"{number:,} {state}" for state, number in counts.items() if number or state == "done")
    lines = [f"{sum(counts.values()):,} cells: {told}"]
    if left and found["seconds_left"] is not None:
        mean = found["seconds"]["mean"]
        lines[0] += f"; {duration(mean)} for each, so about {duration(found['seconds_left'])} to go"
    elif left:
        lines[0] += "; how long one takes is known when the first is done"
    if best is not None:
        words = ", ".join(f"{key} = {printable(label(value))}" for key, value in best["settings"].items())
        so_far = " so far" if left else ""
        lines.append(f"best{so_far} ({found['better']} is better): {words}")
        if (equal := sum(row["rank"] == 1 for row in found["rows"])) > 1:
            lines[-1] += f"; {equal} settings have this figure"
        lines.append(f"its run file: {Path(CELLS, best['cells'][0], RUN_FILE)}")
    if found["at_edge"]:
        lines.append(f"at the edge of the grid: {', '.join(found['at_edge'])}; a better value may lie outside")
    if len(found["revisions"]) > 1:
        lines.append("not all cells were trained by the same code: see `revisions` in the JSON")
    lines += [f"failed: {one['cell']}: {one['reason']}" for one in found["failed"]]
    if found["failed"]:
        lines.append("--retry takes up what failed")
    return lines


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 120:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"
