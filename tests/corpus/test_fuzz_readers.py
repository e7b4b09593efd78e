"""Readers under harm: only named faults come out, nothing hangs, and what comes out is what the files still say."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpora, find_corpus
from kokorochat.corpus.sources.published import encode
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.errors import InputError
from mutations import as_json, changes, cuts, spoils
from readers import RELEASED, checked, entries_of, every_source, files_of, rows_at, write_fixture

fuzzed = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

RECORDS = {path.name: path.read_bytes() for path in find_corpus(DEMO_CORPUS).files[:5]}
"""Five dialogues in the published shape, by file name, in reading order."""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The five dialogues as files."""
    for name, data in RECORDS.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """The five dialogues as one file of lines."""
    file = tmp_path / "corpus.jsonl"
    file.write_bytes(b"".join(as_json(json.loads(data)) + b"\n" for data in RECORDS.values()))
    return file


@fuzzed
@given(number=st.integers(0, 4), spoil=spoils())
def test_harm_to_one_file_leaves_the_others_as_they_are(files, number, spoil):
    file = files / list(RECORDS)[number]
    before = rows_at(files)
    file.write_bytes(spoil(RECORDS[file.name]))
    try:
        rows = rows_at(f"kokorochat={files}")
        assert len(rows) == len(before)
        for place, (row, old) in enumerate(zip(rows, before, strict=True)):
            if place != number:
                assert row == old
            elif isinstance(row, InputError):
                assert str(file) in row.place
        checked(files)
    finally:
        file.write_bytes(RECORDS[file.name])


@fuzzed
@given(harm=st.lists(spoils(), min_size=1, max_size=3))
def test_each_line_is_read_as_if_it_stood_alone(lines, harm):
    whole = lines.read_bytes()
    data = whole
    for spoil in harm:
        data = spoil(data)
    lines.write_bytes(data)
    try:
        rows = rows_at(f"kokorochat={lines}")
        alone = [_alone(lines, line) for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
        assert len(rows) == max(1, len(alone))
        for row, expected in zip(rows, alone, strict=False):
            assert isinstance(row, Entry) == isinstance(expected, Entry)
            if isinstance(row, Entry) and isinstance(expected, Entry):
                assert row.dialogue == expected.dialogue
        checked(lines)
    finally:
        lines.write_bytes(whole)


def _alone(lines: Path, line: bytes) -> Entry | InputError:
    file = lines.with_name("alone.json")
    file.write_bytes(line)
    try:
        (row,) = rows_at(f"kokorochat={file}")
    finally:
        file.unlink()
    return row


@fuzzed
@given(harm=st.lists(changes(), min_size=1, max_size=3))
def test_what_is_read_of_a_changed_record_is_what_it_says(tmp_path, harm):
    record = json.loads(next(iter(RECORDS.values())))
    for change in harm:
        record = change(record)
    file = tmp_path / "1.json"
    file.write_bytes(as_json(record))
    (row,) = rows_at(f"kokorochat={file}")
    if isinstance(row, Entry):
        assert json.loads(encode(row.dialogue)) == record
    else:
        assert str(file) in row.place
    checked(f"kokorochat={file}")


@pytest.fixture
def parquet(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The five dialogues as Parquet."""
    converting = pytest.importorskip("kokorochat.corpus.converting", reason="there is no Parquet to be read yet")
    out: Path = tmp_path_factory.mktemp("parquet") / "out"
    corpus = find_corpus(files)
    converting.convert(corpus.source, corpus.entries(), "parquet", out)
    (file,) = out.glob("*.parquet")
    return file


@fuzzed
@given(spoil=spoils())
def test_a_harmed_table_gives_the_dialogues_that_were_written_or_a_fault(parquet, spoil):
    whole = parquet.read_bytes()
    before = [entry.dialogue for entry in entries_of(rows_at(parquet))]
    assert len(before) == len(RECORDS)
    parquet.write_bytes(spoil(whole))
    try:
        rows = rows_at(f"kokorochat={parquet}")
        read = [entry.dialogue for entry in entries_of(rows)]
        assert read == before[: len(read)]
        assert len(read) == len(before) or len(read) < len(rows)
        checked(parquet)
    finally:
        parquet.write_bytes(whole)


@pytest.fixture
def fixture(source, tmp_path: Path) -> Path:
    return write_fixture(source, tmp_path)


JOINED = {"mibot"}
"""Sources that read a dialogue from several files: harm to one shows in others."""


@every_source
@settings(fuzzed, max_examples=25)
@given(data=st.data())
def test_harm_to_one_file_of_any_corpus_is_a_named_fault_and_leaves_other_files_as_they_are(source, fixture, data):
    spec = f"{source.format}={fixture}"
    before = rows_at(spec)
    file = data.draw(st.sampled_from(files_of(fixture)), label="file")
    whole = file.read_bytes()
    file.write_bytes(data.draw(spoils())(whole))
    try:
        rows = rows_at(spec)
        for row in rows:
            assert isinstance(row, Entry | InputError)
            if isinstance(row, InputError):
                assert str(fixture) in row.place
                assert row.problem
                assert row.remedy
        if source.format not in JOINED and {row.file for row in entries_of(rows)} >= {
            row.file for row in entries_of(before)
        }:
            assert [row for row in entries_of(rows) if row.file != str(file)] == [
                row for row in entries_of(before) if row.file != str(file)
            ]
        checked(spec)
    finally:
        file.write_bytes(whole)


@every_source
@settings(fuzzed, max_examples=25)
@given(data=st.data())
def test_a_file_that_is_cut_off_never_gives_more_and_only_its_last_dialogue_differs(source, fixture, data):
    spec = f"{source.format}={fixture}"
    (corpus,) = find_corpora(spec)
    file = data.draw(st.sampled_from(corpus.files), label="file")
    before = [row for row in entries_of(list(corpus.rows())) if row.file == str(file)]
    whole = file.read_bytes()
    file.write_bytes(data.draw(cuts())(whole))
    try:
        read = [row for row in entries_of(list(corpus.rows())) if row.file == str(file)]
        assert len(read) <= len(before)
        for row, old in zip(read[:-1], before, strict=False):
            assert row == old
    finally:
        file.write_bytes(whole)


@every_source
@settings(fuzzed, max_examples=25)
@given(data=st.data())
def test_a_file_of_another_corpus_among_them_is_a_fault_or_passed_over(source, fixture, tmp_path_factory, data):
    spec = f"{source.format}={fixture}"
    before = entries_of(rows_at(spec))
    other = data.draw(st.sampled_from([s for s in RELEASED if s is not source]), label="other")
    strangers = tmp_path_factory.mktemp("strangers")
    write_fixture(other, strangers)
    stranger = data.draw(st.sampled_from(files_of(strangers)), label="stranger")
    beside = data.draw(st.sampled_from(files_of(fixture)), label="beside")
    file = beside.with_name(f"0{stranger.name}")
    if file.exists():
        return
    shutil.copy(stranger, file)
    try:
        rows = rows_at(spec)
        assert all(isinstance(row, Entry | InputError) for row in rows)
        assert [row for row in entries_of(rows) if row.file != str(file)] == before
        checked(spec)
    finally:
        file.unlink()
