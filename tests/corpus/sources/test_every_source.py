"""Laws that hold for every source, on the synthetic fixture that its test file writes."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kokorochat.corpus.converting import convert
from kokorochat.corpus.reading import SOURCES, find_corpora, find_corpus
from kokorochat.corpus.sources import chat
from kokorochat.corpus.sources.source import Entry, Source
from kokorochat.domain.errors import InputError
from readers import every_source, module_of, write_fixture


@pytest.fixture
def place(source: Source, tmp_path: Path) -> Path:
    return write_fixture(source, tmp_path)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.format)
def test_a_source_says_whose_it_is_under_which_licence_and_in_which_language(source):
    assert all((source.format, source.name, source.publisher, source.licence, source.language, source.unit))
    assert source.format == source.format.lower()
    assert not set(source.format) & set("=/ ")


def test_no_two_sources_have_one_name():
    assert len({source.format for source in SOURCES}) == len({source.name for source in SOURCES}) == len(SOURCES)


@every_source
def test_a_fixture_is_recognised_as_its_own_source_and_no_other(source, place):
    found = find_corpora(place)
    assert {module_of(corpus.source) for corpus in found} == {module_of(source)}


@every_source
def test_a_fixture_is_read_without_a_fault_and_twice_alike(source, place):
    corpus = find_corpus(f"{source.format}={place}")
    rows = list(corpus.rows())
    assert rows
    assert all(isinstance(row, Entry) for row in rows)
    assert list(corpus.rows()) == rows


@every_source
def test_ids_are_unique_and_somebody_speaks(source, place):
    dialogues = [entry.dialogue for entry in find_corpus(f"{source.format}={place}").entries()]
    assert len({dialogue.id for dialogue in dialogues}) == len(dialogues)
    assert all(dialogue.id and dialogue.utterances for dialogue in dialogues)


@every_source
def test_the_unit_is_counted_and_ratings_lie_on_the_scale(source, place):
    entries = list(find_corpus(f"{source.format}={place}").entries())
    for entry in entries:
        assert source.unit == "utterance" or source.unit in entry.counts
        if source.scale is not None and entry.ratings is not None:
            assert tuple(entry.ratings) == source.scale.items
            assert all(source.scale.lowest <= value <= source.scale.highest for value in entry.ratings.values())
    assert source.scale is None or any(entry.ratings is not None for entry in entries)


@every_source
def test_an_entry_survives_being_written_as_chat(source, place):
    for entry in find_corpus(f"{source.format}={place}").entries():
        assert chat.decode(chat.encode(entry), entry.file, entry.where, "") == entry


@every_source
@pytest.mark.parametrize("to", ["json", "jsonl", "parquet"])
def test_an_entry_survives_every_container(source, place, to, tmp_path):
    entries = list(find_corpus(f"{source.format}={place}").entries())
    convert(source, entries, to, tmp_path / "converted")
    found = find_corpus(tmp_path / "converted")
    assert found.source.format == ("kokorochat" if source.format == "kokorochat" else "chat")
    assert [replace(entry, file="", where="") for entry in found.entries()] == [
        replace(entry, file="", where="") for entry in entries
    ]


SPOILT = {
    "empty": b"",
    "a number": b"42",
    "another shape": b'{"a": [1, 2]}',
    "nested deeply": b"[" * 200_000,
    "nested deeply in objects": b'{"a":' * 200_000,
    "UTF-16": '[{"a": "b"}]'.encode("utf-16"),
    "cut off": b'[{"',
    "a huge number": b"[" + b"9" * 5_000 + b"]",
    "NUL": b"\x00" * 100,
    "other columns": b"a,b\n1,2\n",
    "a head alone": b"a,b\n",
    "lone surrogate": b'{"\\ud800": "\\udfff"}',
}


@every_source
@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_file_is_a_named_fault(source, place, spoilt):
    spec = f"{source.format}={place}"
    file = find_corpus(spec).files[0]
    file.write_bytes(spoilt)
    assert any(isinstance(row, InputError) and str(file) in row.place for row in find_corpus(spec).rows())


@every_source
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutated_file_gives_entries_or_named_faults(source, place, data):
    file = data.draw(st.sampled_from(sorted(path for path in place.rglob("*") if path.is_file())))
    whole = file.read_bytes()
    begin, length = data.draw(st.integers(0, len(whole))), data.draw(st.sampled_from([0, 1, 2, 50, len(whole)]))
    inserted = data.draw(
        st.sampled_from([b"", b"\xff", b"\x00", b'"', b"[" * 3_000, b"}", b"\xef\xbb\xbf", b"9" * 9_999])
    )
    file.write_bytes(whole[:begin] + inserted + whole[begin + length :])
    try:
        for spec in (str(place), f"{source.format}={place}"):
            for row in _rows(spec):
                assert isinstance(row, Entry | InputError)
    finally:
        file.write_bytes(whole)


def _rows(spec: str) -> list[Entry | InputError]:
    try:
        return [row for corpus in find_corpora(spec) for row in corpus.rows()]
    except InputError as fault:
        return [fault]
