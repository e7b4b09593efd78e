"""The containers: one record is held at a time, and what can't be opened comes out as a fault in its place."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.faults import decoded
from kokorochat.corpus.sources import containers
from kokorochat.corpus.sources.containers import csv_rows, json_array, json_lines
from kokorochat.domain.errors import InputError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def _elements(path: Path) -> list[object]:
    return [x if isinstance(x, InputError) else json.loads(x) for _, x in json_array(path)]


@given(st.lists(values, max_size=6), st.sampled_from([None, 1, 4]), st.integers(1, 40), st.booleans())
def test_an_array_is_cut_into_its_elements_wherever_the_pieces_end(tmp_path_factory, array, indent, piece, ascii):
    path = tmp_path_factory.mktemp("array") / "a.json"
    path.write_text(json.dumps(array, indent=indent, ensure_ascii=ascii), encoding="utf-8", errors="surrogatepass")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(containers, "_CHUNK", piece)
        assert _elements(path) == array


@given(st.lists(values, min_size=1, max_size=4), st.data())
def test_of_an_array_that_is_cut_off_the_whole_elements_come_out_and_then_the_fault(tmp_path_factory, array, data):
    path = tmp_path_factory.mktemp("array") / "a.json"
    text = json.dumps(array).encode()
    path.write_bytes(text[: data.draw(st.integers(1, len(text) - 1))])
    *whole, last = _elements(path)
    assert isinstance(last, InputError)
    assert whole == array[: len(whole)]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "is empty"),
        (b"   ", "is empty"),
        (b'{"a": 1}', "not a JSON array"),
        (b"\xff\xfe[\x00", "not a JSON array"),
        (b"[1, 2] 3", "goes on behind the end"),
        (b"[1}", "closes a bracket"),
        (b"[" * 5000, "cut off"),
        (b'["' + b"a" * 5000, "cut off"),
    ],
)
def test_what_is_no_array_is_a_named_fault(tmp_path, content, named):
    (tmp_path / "a.json").write_bytes(content)
    *_, (_, fault) = json_array(tmp_path / "a.json")
    assert isinstance(fault, InputError)
    assert named in str(fault)
    assert "a.json" in fault.place


def test_an_element_without_an_end_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "LONGEST_LINE", 1000)
    monkeypatch.setattr(containers, "_CHUNK", 100)
    (tmp_path / "a.json").write_bytes(b'[1, "' + b"a" * 100_000 + b'"]')
    (_, one), (position, fault) = json_array(tmp_path / "a.json")
    assert (one, position) == (b"1", 1)
    assert "longer than" in str(fault)


def test_a_byte_order_mark_is_no_part_of_the_first_record(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xef\xbb\xbf[1, 2]")
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf1\n2\n")
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfa,b\n1,2\n")
    assert _elements(tmp_path / "a.json") == [1, 2]
    assert [line for _, line in json_lines(tmp_path / "a.jsonl")] == [b"1\n", b"2\n"]
    assert list(csv_rows(tmp_path / "a.csv")) == [(2, {"a": "1", "b": "2"})]


@pytest.mark.parametrize("opened", [json_array, json_lines, csv_rows])
def test_a_file_that_is_not_there_any_more_is_a_fault(tmp_path, opened):
    ((_, fault),) = opened(tmp_path / "gone")
    assert "can't be read" in str(fault)


def test_json_nested_too_deep_is_a_fault():
    with pytest.raises(InputError, match="not readable as JSON"):
        decoded(msgspec.json.Decoder(dict), b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "place")


def _table(tmp_path: Path, content: bytes) -> list[tuple[int, dict[str, str] | InputError]]:
    (tmp_path / "a.csv").write_bytes(content)
    return list(csv_rows(tmp_path / "a.csv"))


def test_a_row_is_named_by_the_line_on_which_it_begins(tmp_path):
    rows = _table(tmp_path, b'a,b\r\n1,"x\r\ny"\r\n\r\n2,z')
    assert rows == [(2, {"a": "1", "b": "x\r\ny"}), (5, {"a": "2", "b": "z"})]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (b"1", "has 1 cells for 2 columns"),
        (b"1,2,3", "has 3 cells for 2 columns"),
        (b"1,\xff", "not UTF-8"),
        (b"1,\xed\xa0\x80", "not UTF-8"),
    ],
)
def test_a_bad_row_is_a_fault_in_its_place_and_the_others_are_read(tmp_path, row, named):
    first, (line, fault), last = _table(tmp_path, b"a,b\n1,2\n" + row + b"\n3,4\n")
    assert (first, line, last) == ((2, {"a": "1", "b": "2"}), 3, (4, {"a": "3", "b": "4"}))
    assert named in str(fault)
    assert "line 3" in fault.place


def test_empty_cells_behind_the_last_column_are_passed_over(tmp_path):
    assert _table(tmp_path, b"a,b\n1,2,,\n") == [(2, {"a": "1", "b": "2"})]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "is empty"),
        (b'a,b\n1,2\n3,"4', "never closes"),
        (b'a,b\n1,2\n3,"', "never closes"),
        (b'a,b\n1,2\n3,"' + b"x\n" * 100_000, "field larger than field limit"),
    ],
    ids=["empty", "cut off in a cell", "cut off at a quote", "a quote that swallows the file"],
)
def test_a_table_that_is_cut_off_is_a_fault(tmp_path, content, named):
    *_, (_, fault) = _table(tmp_path, content)
    assert isinstance(fault, InputError)
    assert named in str(fault)


def test_a_table_without_a_needed_column_is_one_fault_even_if_it_has_no_rows(tmp_path):
    for content in (b"a,b\n", b"a,b\n1,2\n", b"a,b,c,c\n1,2,3,4\n"):
        (tmp_path / "a.csv").write_bytes(content)
        ((_, fault),) = csv_rows(tmp_path / "a.csv", "a", "c")
        assert "has no column c, or several" in str(fault)


def test_a_head_that_is_not_utf_8_is_not_passed_over_for_the_next_row(tmp_path):
    ((_, fault),) = _table(tmp_path, b"\xff,b\n1,2\n3,4\n")
    assert "not UTF-8" in str(fault)
