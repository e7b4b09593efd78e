"""What the page and the JSON show: all tables, made of the steps that were done, and what must be known beside them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from kokorochat import __version__
from kokorochat.paper.plan import ANALYSIS, MODEL, Plan, Row
from kokorochat.paper.steps import At, Workshop
from kokorochat.paper.systems import ScoreSplit
from kokorochat.paper.tables import (
    Table,
    TableRow,
    reference_row,
    response_row,
    score_row,
    table_4,
    table_5,
    table_6,
    table_8,
    topic_table,
)


class Leak(msgspec.Struct, frozen=True):
    """What a split leaves known.

    Attributes:
        split: by name; `plan.RESPONSES` is that of Table 4.
        n: dialogues of the test part of the first seeds.
        client: those of them whose client, who rates, is in training; None where the corpus names none.
        counselor: the same of the counselor.
    """

    split: str
    n: int
    client: int | None
    counselor: int | None


class Report(msgspec.Struct, frozen=True):
    """Everything.

    Attributes:
        corpus: its name; `dialogues` how many it has, None if that couldn't be counted.
        splits: of score prediction.
        leaks: in the order of the splits, that of responses last; a split that couldn't be made has none.
        tables: 4, 5, 6, three of 8, and that of topics.
        analysis: the page of the data section, from the folder of this report; None if it couldn't be made.
    """

    version: str
    corpus: str
    dialogues: int | None
    splits: Sequence[ScoreSplit]
    leaks: list[Leak]
    tables: list[Table]
    analysis: str | None


def report(plan: Plan, workshop: Workshop, corpus: str) -> Report:
    """The report of a plan that was carried out.

    Args:
        corpus: its name.
    """
    of_task: dict[str, list[tuple[Row, TableRow, dict[str, Any] | None]]] = {"response": [], "score": [], "topic": []}
    names = {one.name: {"english": one.english, "japanese": one.japanese} for one in plan.systems.system}
    for planned in plan.rows:
        row, measured = _row(planned, workshop)
        if measured is not None and planned.system.task == "response":
            row = response_row(measured, row, names.get(planned.system.against or ""))
        elif measured is not None and planned.system.task == "score":
            row = score_row(measured, row)
            if planned.split and 0 < len(planned.seeds) < len(planned.split.runs):
                row = msgspec.structs.replace(row, only_seed=planned.seeds[0][0])
            if row.origin == "ours" and "|knows=" in row.signatures[0]:
                row = msgspec.structs.replace(row, origin="told")
        of_task[planned.system.task].append((planned, row, measured))
    responses = [row for _, row, _ in of_task["response"]]
    spoken = next((reference_row(measured) for _, _, measured in of_task["response"] if measured), None)
    # The paper's own split; of the models only those that read nothing but the dialogue.
    alike = [
        (planned, row, measured)
        for planned, row, measured in of_task["score"]
        if measured and planned.split and planned.split.group == "none" and "|knows=" not in row.signatures[0]
    ]
    seeds = [(row, m, planned.seeds) for planned, row, m in alike if planned.seeds and row.origin == "ours"]
    leaks = []
    for split, step in plan.leaks.items():
        if step not in workshop.faults:
            found = workshop.document(step)
            leaks.append(Leak(split, found["parts"]["test"]["dialogues"], **found["known_in_training"]))
    drawn = ANALYSIS not in workshop.faults
    return Report(
        version=__version__,
        corpus=corpus,
        dialogues=workshop.document(ANALYSIS)["statistics"]["dialogues"] if drawn else None,
        splits=plan.systems.split,
        leaks=leaks,
        tables=[
            table_4([*responses, *([spoken] if spoken else [])]),
            table_5([row for _, row, _ in of_task["score"]]),
            table_6(seeds),
            *table_8([(row, measured) for _, row, measured in alike]),
            topic_table([(row, measured or {}) for _, row, measured in of_task["topic"]]),
        ],
        analysis=f"{At(ANALYSIS, 'figures')}/index.html" if drawn else None,
    )


def _row(planned: Row, workshop: Workshop) -> tuple[TableRow, dict[str, Any] | None]:
    """The row without its figures, and what was measured for it; None if it couldn't be."""
    system, step = planned.system, planned.step
    reason = planned.reason if step is None else workshop.faults.get(step)
    of = f": {planned.model}" if planned.model else ""
    row = TableRow(
        system.english + of,
        system.japanese + of,
        "trivial" if system.trivial else "asked" if system.zero_shot else "ours",
        split=planned.split.name if planned.split else None,
        reason=reason,
        how=[str(one) for one in planned.how],
    )
    if step is None or reason is not None:
        return row, None
    return row, workshop.document(step, f"{MODEL}/metrics.json") if system.task == "topic" else workshop.document(step)
