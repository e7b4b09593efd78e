"""Generic chat as Parquet: the records of the JSON, and no damage passes unseen."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.parquet import CHAT, write_parquet
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError
from strategies import entries, one_folder

TALK = [{"role": "user", "content": "I can't sleep."}, {"role": "assistant", "content": "Since when?"}]


def _rows(path: Path, records: list[dict[str, Any]], schema: pa.Schema | None = None) -> list[Entry | InputError]:
    pq.write_table(pa.Table.from_pylist(records, schema=schema), path / "talks.parquet")
    return list(find_corpus(path).rows())


@pytest.mark.slow
@one_folder
@given(st.lists(entries(), min_size=1, max_size=3))
def test_what_is_written_is_read_again_as_it_was(tmp_path, several):
    file = tmp_path / "a.parquet"
    assert write_parquet(several, file, CHAT) == len(several)
    numbered = [replace(entry, file=str(file), where=f"row {row}") for row, entry in enumerate(several, start=1)]
    assert list(find_corpus(file).entries()) == numbered


def test_a_table_of_another_writer_is_read_where_it_has_messages(tmp_path):
    first, second = _rows(tmp_path, [{"prompt": "a", "messages": TALK}, {"prompt": "b", "messages": TALK[:1]}])
    assert isinstance(first, Entry)
    assert [(u.role, u.text) for u in first.dialogue.utterances] == [
        (Role.CLIENT, "I can't sleep."),
        (Role.COUNSELOR, "Since when?"),
    ]
    assert isinstance(second, Entry)
    assert (second.dialogue.id, second.where) == ("talks-2", "row 2")


def test_ratings_that_another_writer_made_a_struct_are_ratings(tmp_path):
    (row,) = _rows(tmp_path, [{"messages": TALK, "ratings": {"empathy": 4, "relevance": 5}}])
    assert isinstance(row, Entry)
    assert row.ratings == {"empathy": 4, "relevance": 5}


@pytest.mark.parametrize(
    ("record", "named"),
    [
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": None}]}, "content"),
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": TALK, "ratings": ["good"]}, "ratings"),
        ({"messages": TALK, "ratings": [{"name": "empathy", "value": "good"}]}, "ratings"),
        ({"messages": TALK, "topic": {"main": "weather", "sub": ""}}, "topic.main"),
        ({"messages": TALK, "score": 2.5}, "score"),
    ],
)
def test_a_value_that_is_not_of_the_shape_is_named_by_row_and_field(tmp_path, record, named):
    bad, good = _rows(tmp_path, [record, {"messages": TALK}])
    assert isinstance(good, Entry)
    assert isinstance(bad, InputError)
    assert "talks.parquet, row 1" in bad.place
    assert named in str(bad)


def test_text_that_is_not_utf_8_is_a_fault_of_its_row(tmp_path):
    ids = pa.array([b"a", b"\xff", b"c"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"id": ids, "messages": [TALK] * 3}), tmp_path / "talks.parquet")
    assert [isinstance(row, Entry) for row in find_corpus(tmp_path).rows()] == [True, False, True]


@one_folder
@given(st.data())
def test_damage_anywhere_is_a_named_error_or_changes_nothing(tmp_path, data):
    talk = Dialogue("1", (Utterance(Role.CLIENT, None, "I can't sleep."),), "7", "8")
    file = tmp_path / "a.parquet"
    write_parquet([Entry(talk, "a", ratings={"empathy": 4}, group="g")] * 3, file, CHAT)
    before = list(find_corpus(file).entries())
    damaged = bytearray(file.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), min_size=1, max_size=3)):
        damaged[place] = data.draw(st.integers(0, 255))
    file.write_bytes(damaged)
    rows = list(find_corpus(f"chat={file}").rows())
    assert any(isinstance(row, InputError) for row in rows) or rows == before


@pytest.mark.parametrize("also", [b"", b"kokorochat.format"])
def test_a_damaged_name_of_a_column_is_not_taken_for_a_column_that_is_not_there(tmp_path, also):
    talk = Dialogue("1", (Utterance(Role.CLIENT, None, "I can't sleep."),), "7", "8")
    file = tmp_path / "a.parquet"
    write_parquet([Entry(talk, "a", group="g")], file, CHAT)
    spoilt = file.read_bytes().replace(b"group", b"grou_")
    if also:
        spoilt = spoilt.replace(also, also[:-1] + b"_")
    file.write_bytes(spoilt)
    (row,) = find_corpus(f"chat={file}").rows()
    assert isinstance(row, InputError)
    assert "columns" in str(row)


@pytest.mark.slow
def test_a_group_whose_description_is_damaged_is_an_error_and_does_not_end_the_process(tmp_path):
    """pyarrow throws for it where no Python can catch it, so a child reads."""
    talk = Dialogue("1", (Utterance(Role.CLIENT, None, "I can't sleep."),), "7", "8")
    file = tmp_path / "a.parquet"
    write_parquet([Entry(talk, "a", ratings={"empathy": 4}, group="g")] * 3, file, CHAT)
    whole = file.read_bytes()
    lengths = int.from_bytes(whole[-8:-4], "little")
    footer = len(whole) - 8 - lengths
    read = (
        "import sys\n"
        "from pathlib import Path\n"
        "from kokorochat.corpus.reading import find_corpus\n"
        "file = Path(sys.argv[1]); whole = file.read_bytes()\n"
        "for place in range(int(sys.argv[2]), len(whole) - 8, 3):\n"
        "    file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x15]) + whole[place + 1 :])\n"
        "    list(find_corpus(f'chat={file}').rows())\n"
    )
    done = subprocess.run([sys.executable, "-c", read, str(file), str(footer)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-400:]
