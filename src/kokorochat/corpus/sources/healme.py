"""HealMe: cognitive reframing in three rounds, written by a model; one row of a table is a dialogue of six turns.

The published training file holds fewer dialogues than Table 1 counts.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from kokorochat.corpus.sources.containers import csv_rows
from kokorochat.corpus.sources.place import Place
from kokorochat.corpus.sources.source import NONE_HUMAN, Entry, Source, Table1Row
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError

TURNS = {
    "patient_round1": Role.CLIENT,
    "doctor_round1": Role.COUNSELOR,
    "patient_round2": Role.CLIENT,
    "doctor_round2": Role.COUNSELOR,
    "patient_round3": Role.CLIENT,
    "polished_doctor_round3": Role.COUNSELOR,
}
"""The columns that hold the talk, in its order; the last name breaks the pattern."""

OTHER_COLUMNS = ("index", "thinking_trap", "thought")

_INDEX = re.compile(r"\d{1,9}", re.ASCII)


def _find(place: Place) -> tuple[Path, ...]:
    files = place.files("*.csv", place.folder("data/train", "train"))
    # By column: the test files hold the client's side alone, and those of `result` what models answered.
    tables = [file for file in files if place.named or place.glimpse(file).has(*TURNS)]
    # An older commit calls the table `train&valid.csv`: the same dialogues must not be counted twice.
    return tuple(sorted(tables, key=lambda file: file.name != "train.csv"))[:1]


def _read(path: Path) -> Iterator[Entry | InputError]:
    for line, row in csv_rows(path, *OTHER_COLUMNS, *TURNS):
        yield row if isinstance(row, InputError) else _entry(row, str(path), f"line {line}")


def _entry(row: dict[str, str], file: str, where: str) -> Entry | InputError:
    index = row["index"].strip()
    empty = [column for column in TURNS if not row[column].strip()]
    if empty or not _INDEX.fullmatch(index):
        problem = f"field {empty[0]}: is empty" if empty else f"field index: {index[:40]!r} is not a whole number"
        return InputError(f"{file}, {where}", problem, "A dialogue has six turns and a number: mend that row")
    return Entry(
        Dialogue(index, tuple(Utterance(role, None, row[column]) for column, role in TURNS.items())),
        file,
        where,
        group=row["thought"].strip() or None,
        labels={"thinking_trap": (row["thinking_trap"].strip(),)},
    )


SOURCE = Source(
    format="healme",
    name="HealMe",
    publisher="elsa66666/HealMe",
    licence="none stated",
    language="English",
    human=NONE_HUMAN,
    unit="utterance",
    find=_find,
    read=_read,
    paper=Table1Row(False, False, None, "English", 1_300, 6.0),
)
