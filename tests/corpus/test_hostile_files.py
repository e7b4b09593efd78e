"""Files made to hurt, and places that only look like files: a named fault each, at once, in bounded memory."""

import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.sources.published import encode
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.errors import InputError
from readers import checked, entries_of, every_source, files_of, rows_at, write_fixture
from spoiling import both_reviews

RECORD = (DEMO_CORPUS / "1.json").read_bytes()
"""A dialogue in the published shape."""


@pytest.fixture
def fixture(source, tmp_path: Path) -> Path:
    return write_fixture(source, tmp_path)


BOMBS = {
    "brackets": b"[" * 1_000_000,
    "objects": b'{"dialogue":' * 300_000,
    "a nested value": b'{"topic":' + b"[" * 300_000 + b"]" * 300_000 + b"}",
    "a number beyond all floats": b'{"dialogue": 1e400}',
    "a number of 100,000 digits": b'{"review_by_client_en": {"evaluation_id": ' + b"9" * 100_000 + b"}}",
    "NULs": b"\x00" * 100_000,
    "lone surrogates": b'{"dialogue": "\\udc00\\ud800"}',
    "surrogates in UTF-8": b'{"dialogue": "\xed\xa0\x80"}',
    "an unfinished string": b'{"dialogue": "' + b"a" * 100_000,
    "nothing": b"",
    "white space": b" \n\t\n" * 10_000,
    "a mark of byte order alone": b"\xef\xbb\xbf",
    "UTF-16": '{"dialogue": []}'.encode("utf-16"),
}


@every_source
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_a_named_fault_in_every_file_of_every_corpus(source, fixture, bomb):
    spec = f"{source.format}={fixture}"
    for file in files_of(fixture):
        whole = file.read_bytes()
        file.write_bytes(bomb)
        checked(spec)
        checked(fixture)
        file.write_bytes(whole)


@pytest.mark.parametrize("key", ["evaluation_id", "client_id", "score"])
@pytest.mark.parametrize("number", ["1e400", "9" * 6_000, "-0", "1e2", "-" + "9" * 30])
def test_a_number_that_is_no_id_is_a_fault_and_no_crash(tmp_path, key, number):
    record = RECORD.decode()
    old = json.loads(record)["review_by_client_en"][key]
    jp = {"evaluation_id": "評価ID", "client_id": "クライアント役ID", "score": "点数"}[key]
    for name in (key, jp):
        record = record.replace(f'"{name}": {old}', f'"{name}": {number}')
    (tmp_path / "1.json").write_text(record, encoding="utf-8")
    (row,) = rows_at(f"kokorochat={tmp_path}")
    if isinstance(row, Entry):
        assert json.loads(encode(row.dialogue)) == json.loads(record)
    checked(tmp_path)


@every_source
def test_what_is_no_file_is_passed_over_or_a_fault_but_never_waited_for(source, fixture):
    """A folder, a pipe that nobody writes to, a link to itself, one to nothing: each by a name that a file may have."""
    before = rows_at(f"{source.format}={fixture}")
    for suffix in {file.suffix for file in files_of(fixture)}:
        for folder in {file.parent for file in files_of(fixture)}:
            (folder / f"0a{suffix}").mkdir()
            os.mkfifo(folder / f"0b{suffix}")
            (folder / f"0c{suffix}").symlink_to(f"0c{suffix}")
            (folder / f"0d{suffix}").symlink_to("nowhere")
            (folder / "loop").exists() or (folder / "loop").symlink_to(folder)
    assert entries_of(rows_at(f"{source.format}={fixture}")) == entries_of(before)


@every_source
def test_a_pipe_in_the_place_of_a_file_is_never_waited_for(source, fixture):
    spec = f"{source.format}={fixture}"
    for file in files_of(fixture):
        whole = file.read_bytes()
        file.unlink()
        os.mkfifo(file)
        rows_at(spec)
        rows_at(file)
        file.unlink()
        file.write_bytes(whole)


@every_source
def test_an_empty_folder_holds_no_corpus(source, tmp_path):
    (fault,) = rows_at(f"{source.format}={tmp_path}")
    assert isinstance(fault, InputError)
    assert str(tmp_path) in fault.place


@pytest.fixture
def nobody():
    """The rights of a user who owns nothing, since root may read every file."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    yield
    os.seteuid(before)


@every_source
def test_a_file_that_may_not_be_read_is_a_named_fault(source, nobody):
    with tempfile.TemporaryDirectory(prefix="kokorochat-closed-") as folder:
        fixture = write_fixture(source, Path(folder))
        for file in files_of(fixture):
            file.chmod(0)
            checked(f"{source.format}={fixture}")
            file.chmod(0o600)


MEMORY, SMALL_MEMORY = 700 * 1024 * 1024, 200 * 1024 * 1024
"""Bytes of address space: enough for the longest line, enough for one dialogue at a time."""


def _under_a_limit(spec: str, memory: int = MEMORY) -> "subprocess.CompletedProcess[str]":
    """`corpus check` in a process that may not take more than so much memory."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    command = [sys.executable, "-m", "kokorochat", "corpus", "check", spec, "--json"]
    return subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spec", "name", "begins"),
    [
        ("kokorochat", "1.json", b'{"dialogue": "'),
        ("kokorochat", "corpus.jsonl", b'{"dialogue": "'),
        ("chat", "own.jsonl", b'{"messages": "'),
        ("chat", "own.json", b'[{"messages": "'),
        ("cpsycoun", "case_1.txt", "来访者：".encode()),
        ("healme", "train.csv", b'index,"'),
        ("augesc", "augesc.txt", b'["'),
    ],
)
def test_a_file_without_an_end_does_not_fill_the_memory(tmp_path, spec, name, begins):
    file = tmp_path / name
    with file.open("wb") as stream:
        stream.write(begins)
        stream.truncate(3 * 1024**3)
    done = _under_a_limit(f"{spec}={file}")
    assert done.returncode in (1, 2), done.stderr
    assert "Traceback" not in done.stderr
    if done.returncode == 1:
        assert json.loads(done.stdout)["counts"]["error"] == 1


@pytest.mark.slow
def test_a_corpus_larger_than_the_memory_is_checked_line_by_line(tmp_path):
    record, file = json.loads(RECORD), tmp_path / "large.jsonl"
    for utterance in record["dialogue"]:
        utterance["utterance"] *= 20
    with file.open("w", encoding="utf-8") as stream:
        for number in itertools.count(1):
            both_reviews("evaluation_id", "評価ID", number)(record)
            record["dialogue"][0]["utterance"] = f"{number}番目のお話です。"
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")
            if stream.tell() > 2 * SMALL_MEMORY:
                break
    done = _under_a_limit(f"kokorochat={file}", SMALL_MEMORY)
    assert done.returncode == 0, done.stderr[-500:]
    assert json.loads(done.stdout)["counts"]["error"] == 0
