"""Age and gender of the people of a corpus, from a table that its owner keeps beside it (paper A.2, Figure 9).

The table never becomes part of a corpus, and what comes out of it are counts: a count under five is not shown.
"""

import csv
import io
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kokorochat.corpus.sources.containers import file_content
from kokorochat.domain.errors import InputError

COLUMNS = "The columns are: id, gender, and age or birth_year"
SMALLEST_COUNT = 5
"""A smaller count could point at a person: such cells are not shown, such genders are put together."""

OLDEST = 120
NOT_STATED = ""
"""The gender, or the band, of those who did not say."""

REST = "*"
"""The gender of all those whose own has too few people to be shown; they are left out if they are too few together."""


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the table.

    Attributes:
        age: in whole years; None if not stated.
        gender: as the table words it; NOT_STATED if empty.
    """

    id: str
    age: int | None
    gender: str


@dataclass(frozen=True, slots=True)
class People:
    """How many people of a corpus are of which age and gender.

    Attributes:
        bands: the first year of each band of ten years, youngest first; None at the end for ages not stated.
        genders: the most frequent first.
        counts: of each band and gender; None for one to four people, whose number is not shown.
        shown: the people in cells that are shown.
        suppressed: whether a cell or a gender is not shown.
    """

    bands: tuple[int | None, ...]
    genders: tuple[str, ...]
    counts: dict[tuple[int | None, str], int | None]
    shown: int
    suppressed: bool


def read_people(path: Path, year: int | None) -> list[Person]:
    """The rows of a table of people: CSV in UTF-8 with the columns id, gender, and age or birth_year.

    Args:
        year: the year for which an age follows from a year of birth; None if the corpus has no times.

    Raises:
        InputError: the file can't be read, a column is missing, or a row has no id, an id that came before, or an age
            or year that is none. An empty age or gender is one that was not stated.
    """
    data = file_content(path)
    if isinstance(data, InputError):
        raise data
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as fault:
        raise InputError(str(path), f"not readable as CSV in UTF-8 ({fault})", COLUMNS) from None
    header = [name.strip() for name in rows[0]] if rows else []
    born = "birth_year" in header
    for name in ("id", "gender", "birth_year" if born else "age"):
        if header.count(name) != 1:
            raise InputError(str(path), f"needs one column {name}", COLUMNS)
    if born and "age" in header:
        raise InputError(str(path), "has both age and birth_year", "Keep one of them")
    if born and year is None:
        raise InputError(f"{path}, birth_year", "the corpus has no times to tell an age by", "Give the ages instead")
    people: dict[str, Person] = {}
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        place = f"{path}, row {number}"
        if len(row) != len(header):
            raise InputError(place, f"has {len(row)} cells, the header {len(header)}", "Mend the row")
        person = _person({name: cell.strip() for name, cell in zip(header, row, strict=True)}, place, year)
        if person.id in people:
            raise InputError(f"{place}, id", f"{person.id!r} came before", "Keep one row for each person")
        people[person.id] = person
    return list(people.values())


def _person(row: dict[str, str], place: str, year: int | None) -> Person:
    if not row["id"]:
        raise InputError(f"{place}, id", "is empty", "Every row needs the id by which the corpus names the person")
    column = "birth_year" if "birth_year" in row else "age"
    text, age = row[column], None
    if text:
        if not (text.isascii() and text.isdigit() and len(text) <= 4):
            raise InputError(f"{place}, {column}", f"{text!r} is not a whole number", "Leave it empty if not stated")
        age = int(text) if year is None or column == "age" else year - int(text)
        if not 0 <= age <= OLDEST:
            known = f"gives an age of {age}" if column == "birth_year" else "is no age"
            raise InputError(f"{place}, {column}", f"{text} {known}", f"Ages go from 0 to {OLDEST}")
    return Person(row["id"], age, row["gender"] or NOT_STATED)


def count_people(people: Collection[Person], speakers: Collection[str], place: str) -> People:
    """Count those people who speak in the corpus, by bands of ten years and gender.

    Args:
        speakers: the ids of all counselors and clients of the corpus.
        place: the table's file, for messages.

    Raises:
        InputError: nobody in the table speaks in the corpus.
    """
    here = [person for person in people if person.id in speakers]
    if not here:
        problem = "nobody in it speaks in the corpus" if speakers else "the corpus does not tell who speaks"
        raise InputError(place, problem, "Its ids must be those by which the corpus names counselors and clients")
    totals = Counter(person.gender for person in here)
    few = {gender for gender, count in totals.items() if count < SMALLEST_COUNT}
    cells = Counter((_band(person.age), REST if person.gender in few else person.gender) for person in here)
    found = {band for band, _ in cells}
    stated = [band for band in found if band is not None]
    bands: list[int | None] = list(range(min(stated), max(stated) + 1, 10)) if stated else []
    if None in found:
        bands.append(None)
    order = Counter({gender: count for gender, count in totals.items() if gender not in few})
    together = sum(totals[gender] for gender in few)
    genders = [gender for gender, _ in order.most_common()] + ([REST] if together >= SMALLEST_COUNT else [])
    counts = {(band, gender): _shown(cells[band, gender]) for band in bands for gender in genders}
    hidden = None in counts.values() or 0 < together < SMALLEST_COUNT
    return People(tuple(bands), tuple(genders), counts, sum(count or 0 for count in counts.values()), hidden)


def _band(age: int | None) -> int | None:
    return None if age is None else age // 10 * 10


def _shown(count: int) -> int | None:
    return None if 0 < count < SMALLEST_COUNT else count
