"""AUGESC: lines of JSON or of Python, and the same lines in a Parquet column; a literal is read and never run."""

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from kokorochat.corpus.reading import find_corpus
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError

DIALOGUES = [
    [["usr", 'My cat is ill, and it\'s "old".'], ["sys", "I'm sorry."], ["usr", "Thanks.\\n"]],
    [["usr", "I can't sleep — again."], ["sys", "Since when?"]],
    [["sys", "Hello there."], ["sys", "Anyone?"]],
]


def write_fixture(folder: Path) -> Path:
    """The published file: a line as JSON, one as a Python list, one as Python tuples, and a blank one."""
    lines = [json.dumps(DIALOGUES[0]), repr(DIALOGUES[1]), "", repr([tuple(turn) for turn in DIALOGUES[2]])]
    (folder / "augesc.txt").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_lines_of_json_and_of_python_are_read_alike(tmp_path):
    corpus = find_corpus(write_fixture(tmp_path))
    dialogues = list(corpus.dialogues())
    assert [[utterance.text for utterance in d.utterances] for d in dialogues] == [
        [text for _, text in dialogue] for dialogue in DIALOGUES
    ]
    assert [u.role for u in dialogues[0].utterances] == [Role.CLIENT, Role.COUNSELOR, Role.CLIENT]
    assert [dialogue.id for dialogue in dialogues] == ["augesc-1", "augesc-2", "augesc-4"]
    assert corpus.source.format == "augesc"


def test_the_parquet_copy_is_the_same_corpus(tmp_path):
    table = pyarrow.table({"text": [json.dumps(dialogue) for dialogue in DIALOGUES] + [None]})
    pyarrow.parquet.write_table(table, tmp_path / "0000.parquet")
    *entries, fault = find_corpus(tmp_path).rows()
    written = list(find_corpus(write_fixture(tmp_path)).dialogues())
    assert [entry.dialogue.utterances for entry in entries] == [dialogue.utterances for dialogue in written]
    assert "row 4" in fault.place


def test_the_parquet_copy_is_found_in_the_folder_where_the_hub_keeps_it(tmp_path):
    (tmp_path / "data").mkdir()
    table = pyarrow.table({"text": [json.dumps(dialogue) for dialogue in DIALOGUES]})
    pyarrow.parquet.write_table(table, tmp_path / "data" / "train-00000-of-00001.parquet")
    for spec in (tmp_path, f"augesc={tmp_path}"):
        assert len(list(find_corpus(spec).entries())) == len(DIALOGUES)


def test_a_table_of_other_texts_is_not_recognised(tmp_path):
    pyarrow.parquet.write_table(pyarrow.table({"text": ["hello"]}), tmp_path / "0000.parquet")
    with pytest.raises(InputError, match="no known corpus"):
        find_corpus(tmp_path)
    (row,) = find_corpus(f"augesc={tmp_path}").rows()
    assert "row 1" in row.place


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (b'[["usr", "a"], ["bot", "b"]]', "turn 1: 'bot'"),
        (b"[]", "holds no utterance"),
        (b"{}", "neither JSON nor a Python literal"),
        (b'[["usr", "a"', "neither JSON nor a Python literal"),
        (b'[["usr"]]', "neither JSON nor a Python literal"),
        (b'[["usr", 1]]', "neither JSON nor a Python literal"),
        (b'[["usr", "\xff"]]', "neither JSON nor a Python literal"),
        (b"[['usr', '\\ud800']]", "neither JSON nor a Python literal"),
        (b'[["usr", "\\ud800"]]', "neither JSON nor a Python literal"),
        (b"[['usr', open('/etc/hostname').read()]]", "neither JSON nor a Python literal"),
        (b"[['usr', 'a' + 'b']]", "neither JSON nor a Python literal"),
        (b"[" * 100_000, "neither JSON nor a Python literal"),
        (b"-" * 100_000 + b"1", "neither JSON nor a Python literal"),
        (b"\x00", "neither JSON nor a Python literal"),
        (b"[" + b"1," * 1_000_000 + b"1]", "neither JSON nor a Python literal"),
    ],
)
def test_a_line_that_can_not_be_used_is_a_fault_in_its_place(tmp_path, line, named):
    good = json.dumps(DIALOGUES[0]).encode()
    (tmp_path / "augesc.txt").write_bytes(good + b"\n" + line + b"\n" + good)
    first, fault, last = find_corpus(tmp_path).rows()
    assert (first.dialogue.id, last.dialogue.id) == ("augesc-1", "augesc-3")
    assert isinstance(fault, InputError)
    assert named in str(fault)
    assert "augesc.txt, line 2" in fault.place


def test_a_parquet_file_that_is_cut_off_is_a_fault(tmp_path):
    path = tmp_path / "0000.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"text": ["a"]}), path)
    path.write_bytes(path.read_bytes()[:-3])
    (row,) = find_corpus(f"augesc={path}").rows()
    assert "not readable as Parquet" in str(row)
