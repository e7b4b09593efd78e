"""The published shape as Parquet: the same dialogues as the JSON, the same rules, and no damage passes unseen."""

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.parquet import write_parquet
from kokorochat.corpus.reading import find_corpora, find_corpus, read_corpus
from kokorochat.corpus.sources.parquet_file import PARQUET_ROWS
from kokorochat.corpus.sources.published_parquet import SCHEMA
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.errors import InputError
from strategies import dialogues, one_folder

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    """The demo corpus as one file."""
    write_parquet(find_corpus(DEMO_CORPUS).entries(), tmp_path / "demo.parquet")
    return tmp_path / "demo.parquet"


@pytest.mark.slow
@one_folder
@given(st.lists(dialogues(), min_size=1, max_size=4))
def test_what_is_written_is_read_again_as_it_was(tmp_path, several):
    entries = [Entry(dialogue, "file") for dialogue in several]
    assert write_parquet(entries, tmp_path / "a.parquet") == len(several)
    assert list(read_corpus(tmp_path / "a.parquet")) == several


@pytest.mark.slow
@given(st.datetimes(), dialogues())
@one_folder
def test_a_time_is_kept_to_the_microsecond(tmp_path, time, dialogue):
    utterances = tuple(dataclasses.replace(utterance, time=time) for utterance in dialogue.utterances)
    dialogue = dataclasses.replace(dialogue, utterances=utterances)
    write_parquet([Entry(dialogue, "file")], tmp_path / "a.parquet")
    assert list(read_corpus(tmp_path / "a.parquet")) == [dialogue]


def test_an_entry_of_a_row_is_the_entry_of_its_file(parquet):
    rows, files = list(find_corpus(parquet).entries()), list(find_corpus(DEMO_CORPUS).entries())
    assert [(row.dialogue, row.ratings, row.score) for row in rows] == [(e.dialogue, e.ratings, e.score) for e in files]
    assert [row.where for row in rows] == [f"row {number}" for number in range(1, 17)]


def test_more_dialogues_than_one_group_are_written_and_read_in_order(tmp_path):
    (entry,) = find_corpus(DEMO_CORPUS / "1.json").entries()
    ids = [str(number) for number in range(1, PARQUET_ROWS + 3)]
    entries = (dataclasses.replace(entry, dialogue=dataclasses.replace(entry.dialogue, id=id)) for id in ids)
    write_parquet(entries, tmp_path / "a.parquet")
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 2
    found = list(find_corpus(tmp_path / "a.parquet").entries())
    assert [row.dialogue.id for row in found] == ids
    assert found[-1].where == f"row {PARQUET_ROWS + 2}"


def test_other_readers_see_what_the_json_shows(parquet):
    record = json.loads((DEMO_CORPUS / "1.json").read_bytes())
    row = pq.read_table(parquet).to_pylist()[0]
    assert json.loads(json.dumps(row, default=datetime.isoformat)) == record
    assert list(row["review_by_client_jp"]) == list(record["review_by_client_jp"])


def test_the_file_names_its_format_and_version(parquet):
    metadata = pq.read_metadata(parquet).metadata
    assert (metadata[b"kokorochat.format"], metadata[b"kokorochat.version"]) == (b"kokorochat", b"1")


def test_a_file_of_another_writer_with_times_as_text_is_the_same_corpus(tmp_path):
    records = [json.loads(file.read_bytes()) for file in find_corpus(DEMO_CORPUS).files]
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "a.parquet")
    assert list(read_corpus(tmp_path / "a.parquet")) == list(read_corpus(DEMO_CORPUS))


def _rewritten(path: Path, change: Change, schema: pa.Schema | None = SCHEMA) -> list[Entry | InputError]:
    """The rows of a file whose third record was changed."""
    records = pq.read_table(path).to_pylist()
    change(records[2])
    pq.write_table(pa.Table.from_pylist(records, schema=schema), path)
    return list(find_corpus(f"kokorochat={path}").rows())


def _both(key_en: str, key_jp: str, value: object) -> Change:
    def change(record: dict[str, Any]) -> None:
        record["review_by_client_en"][key_en] = record["review_by_client_jp"][key_jp] = value

    return change


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_both("felt_respected", "尊重されたと感じた", 6), "尊重されたと感じた"),
        (_both("felt_respected", "尊重されたと感じた", -1), "尊重されたと感じた"),
        (_both("felt_respected", "尊重されたと感じた", None), "尊重されたと感じた"),
        (_both("score", "点数", 101), "点数"),
        (_both("evaluation_id", "評価ID", None), "評価ID"),
        (_both("evaluation_created_at", "評価作成日時", None), "評価作成日時"),
        (_both("unwilling_to_continue", "離脱", "yes"), "離脱"),
        (lambda record: record["review_by_client_en"].update(score=1), "score: review_by_client_jp and"),
        (lambda record: record["dialogue"][4].update(role="supporter"), "dialogue[4].role"),
        (lambda record: record["dialogue"][4].update(role=None), "dialogue[4].role"),
        (lambda record: record["dialogue"][4].update(utterance=""), "dialogue[4].utterance"),
        (lambda record: record["dialogue"][4].update(utterance=None), "dialogue[4].utterance"),
        (lambda record: record["dialogue"][4].update(time=None), "dialogue[4].time"),
        (lambda record: record["dialogue"].__setitem__(4, None), "dialogue[4]"),
        (lambda record: record.update(dialogue=[]), "dialogue"),
        (lambda record: record.update(dialogue=None), "dialogue"),
        (lambda record: record.update(topic=None), "topic"),
        (lambda record: record.update(review_by_client_jp=None), "review_by_client_jp"),
        (lambda record: record["topic"].update(main_en="Weather"), "topic.main_en"),
        (lambda record: record["topic"].update(main_jp="天気"), "topic.main_jp"),
        (lambda record: record["topic"].update(sub=None), "topic.sub"),
    ],
)
def test_a_wrong_value_is_named_by_file_row_and_field_and_the_other_rows_are_read(parquet, change, named):
    rows = _rewritten(parquet, change)
    assert [number for number, row in enumerate(rows, start=1) if isinstance(row, InputError)] == [3]
    assert len(rows) == 16
    assert named in str(rows[2])
    assert f"{parquet}, row 3" in str(rows[2])


def test_a_time_before_or_behind_the_calendar_is_refused(parquet):
    table = pq.read_table(parquet)
    talk = table.column("dialogue").combine_chunks()
    role, time, text = talk.flatten().flatten()
    late = pa.array([2**62] + [0] * (len(time) - 1), pa.int64()).cast(time.type)
    changed = pa.ListArray.from_arrays(
        talk.offsets, pa.StructArray.from_arrays([role, late, text], fields=list(talk.type.value_type))
    )
    pq.write_table(table.set_column(0, "dialogue", changed), parquet)
    first, *_ = find_corpus(parquet).rows()
    assert isinstance(first, InputError)
    assert "row 1" in first.place


def test_a_column_that_is_not_of_the_shape_is_named(parquet):
    rows = _rewritten(
        parquet, lambda record: record.update(mood="sad"), schema=SCHEMA.append(pa.field("mood", pa.string()))
    )
    assert all(isinstance(row, InputError) and "mood" in row.problem for row in rows)


def test_text_that_is_not_utf_8_is_a_fault_of_its_row(parquet):
    table = pq.read_table(parquet)
    topic = table.column("topic").combine_chunks()
    *names, sub = topic.flatten()
    broken = pa.array([b"\xff", *sub.cast(pa.binary()).to_pylist()[1:]], pa.binary()).view(pa.string())
    changed = pa.StructArray.from_arrays([*names, broken], fields=list(topic.type))
    pq.write_table(table.set_column(1, "topic", changed), parquet)
    first, *others = find_corpus(parquet).rows()
    assert isinstance(first, InputError)
    assert "row 1" in first.place
    assert len(others) == 15
    assert not any(isinstance(row, InputError) for row in others)


def test_an_id_too_large_for_a_column_is_refused_and_leaves_no_file(tmp_path):
    (entry,) = find_corpus(DEMO_CORPUS / "1.json").entries()
    large = dataclasses.replace(entry, dialogue=dataclasses.replace(entry.dialogue, id=str(2**63)))
    with pytest.raises(InputError, match="too large"):
        write_parquet([entry, large], tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [4, 8, 100, 5_000])
def test_a_file_that_was_cut_off_is_refused(parquet, length):
    parquet.write_bytes(parquet.read_bytes()[:length])
    with pytest.raises(InputError, match="not readable as Parquet"):
        find_corpora(parquet)
    (row,) = find_corpus(f"kokorochat={parquet}").rows()
    assert isinstance(row, InputError)
    assert str(row).count("\n") == 0


@one_folder
@given(st.data())
def test_damage_anywhere_is_a_named_error_or_changes_nothing(parquet, data):
    whole = parquet.read_bytes()
    footer = int.from_bytes(whole[-8:-4], "little") + 8
    first = data.draw(st.sampled_from([0, len(whole) - footer]))
    damaged = bytearray(whole)
    for place in data.draw(st.lists(st.integers(first, len(whole) - 1), min_size=1, max_size=3)):
        damaged[place] = data.draw(st.integers(0, 255))
    file = parquet.with_name("damaged.parquet")
    file.write_bytes(damaged)
    rows = list(find_corpus(f"kokorochat={file}").rows())
    assert any(isinstance(row, InputError) for row in rows) or [
        row.dialogue for row in rows if isinstance(row, Entry)
    ] == list(read_corpus(parquet))


def test_the_datasets_library_opens_a_copy(parquet, tmp_path):
    from datasets import load_dataset

    opened = load_dataset("parquet", data_files=str(parquet), split="train", cache_dir=str(tmp_path / "cache"))
    assert len(opened) == 16
    record = json.loads((DEMO_CORPUS / "1.json").read_bytes())
    assert [said["utterance"] for said in opened[0]["dialogue"]] == [said["utterance"] for said in record["dialogue"]]
    assert opened[0]["review_by_client_en"]["score"] == record["review_by_client_en"]["score"]
