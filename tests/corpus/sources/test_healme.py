"""HealMe: a row is a dialogue of six turns, or a fault; other tables of the repository are no dialogues."""

import csv
from pathlib import Path

import pytest

from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.healme import OTHER_COLUMNS, TURNS
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError

COLUMNS = [*OTHER_COLUMNS, *TURNS]
ROWS = [
    ["0", "Catastrophizing", "The bus is late, I'll be fired.", "p1", "d1", "p2", "d2", "p3, at\nlength ", "d3"],
    ["4", "Overgeneralization", "It rains, it always rains.", " p1", "d1", "p2", 'd2 "so"', "p3", "d3"],
]


def _write(file: Path, columns: list[str], rows: list[list[str]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])


def write_fixture(folder: Path) -> Path:
    """The publisher's folder: the training table, whose index has a hole, and tables that hold no dialogues."""
    _write(folder / "data" / "train" / "train.csv", COLUMNS, ROWS)
    _write(
        folder / "data" / "test" / "gpt_round_1.csv", ["index", "thinking_trap", "patient_round1"], [["1", "a", "p1"]]
    )
    _write(
        folder / "result" / "healme.csv",
        ["index", "p1", "d1", "p2", "d2", "p3", "d3"],
        [["", "p1", "", "", "", "", ""]],
    )
    return folder


def test_a_row_is_a_dialogue_of_six_turns(tmp_path):
    corpus = find_corpus(write_fixture(tmp_path))
    first, second = corpus.entries()
    assert [u.role for u in first.dialogue.utterances] == [Role.CLIENT, Role.COUNSELOR] * 3
    assert [u.text for u in first.dialogue.utterances] == ["p1", "d1", "p2", "d2", "p3, at\nlength ", "d3"]
    assert (first.dialogue.id, second.dialogue.id) == ("0", "4")
    assert first.group == "The bus is late, I'll be fired."
    assert first.labels == {"thinking_trap": ("Catastrophizing",)}
    assert corpus.source.format == "healme"


def test_the_older_name_with_its_empty_last_column_is_read_alike_and_never_beside_the_newer(tmp_path):
    write_fixture(tmp_path)
    dialogues = list(find_corpus(tmp_path).dialogues())
    older = tmp_path / "data" / "train" / "train&valid.csv"
    _write(older, [*COLUMNS, ""], [[*row, ""] for row in ROWS])
    assert list(find_corpus(tmp_path).dialogues()) == dialogues
    (tmp_path / "data" / "train" / "train.csv").unlink()
    assert list(find_corpus(tmp_path).dialogues()) == dialogues


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (["5", "a", "b", "p1", "d1", "p2", "d2", "p3", " "], "field polished_doctor_round3: is empty"),
        (["", "a", "b", "p1", "d1", "p2", "d2", "p3", "d3"], "field index: '' is not a whole number"),
        (["5", "a", "b", "p1"], "has 4 cells for 9 columns"),
    ],
)
def test_a_broken_row_is_a_fault_in_its_place(tmp_path, row, named):
    _write(tmp_path / "train.csv", COLUMNS, [ROWS[0], row, ROWS[1]])
    first, fault, last = find_corpus(tmp_path).rows()
    assert (first.dialogue.id, last.dialogue.id) == ("0", "4")
    assert isinstance(fault, InputError)
    assert named in str(fault)
    assert "line 4" in fault.place


@pytest.mark.parametrize("folder", ["data/test", "result"])
def test_tables_that_hold_no_dialogue_are_not_recognised(tmp_path, folder):
    write_fixture(tmp_path)
    with pytest.raises(InputError, match="no known corpus"):
        find_corpus(tmp_path / folder)
    (row,) = find_corpus(f"healme={tmp_path / folder}").rows()
    assert "has no column" in str(row)
