"""The file of samples: what is written is read again, and a broken line is named."""

import pytest

from factories import a_dialogue, some_samples
from kokorochat.domain.errors import InputError
from kokorochat.tasks.sample import read_samples, write_samples
from kokorochat.tasks.score import score_header, score_sample

HEADER = score_header("test", 0, 0, command="kokorochat samples score")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "samples.jsonl"
    write_samples(path, HEADER, some_samples(3))
    return path


def spoil(path, line, change):
    lines = path.read_bytes().split(b"\n")
    lines[line - 1] = change(lines[line - 1])
    path.write_bytes(b"\n".join(lines))


def test_what_is_written_is_read_again(file):
    read = read_samples(file)
    assert read.header == HEADER
    assert read.samples == some_samples(3)


def test_the_same_samples_give_the_same_bytes(file, tmp_path):
    write_samples(tmp_path / "again.jsonl", HEADER, some_samples(3))
    assert (tmp_path / "again.jsonl").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda line: line[:-20], "JSON"),
        (lambda line: b"", "JSON"),
        (lambda line: b"[]", "Expected `object`"),
        (lambda line: line.replace(b'"id":"1"', b'"id":1'), "id"),
        (lambda line: line.replace(b'"id"', b'"client_id"'), "client_id"),
        (lambda line: line.replace(b'"role":"system"', b'"role":"rater"'), "role"),
        (lambda line: line.replace("それで".encode(), b"\xff"), "JSON"),
        (lambda line: line.replace(b'"id":"1"', b'"id":"\\ud800"'), "JSON"),
        (lambda line: line.replace(b'"id":"1"', b'"id":"0"'), "there before"),
    ],
)
def test_a_broken_line_is_named_by_file_and_number(file, change, problem):
    spoil(file, 3, lambda line: change(line.replace("ゆっくり".encode(), "それで".encode())))
    with pytest.raises(InputError, match=problem) as fault:
        read_samples(file)
    assert fault.value.place == f"{file}, line 3"


def test_a_file_of_another_kind_is_refused_at_its_header(file):
    spoil(file, 1, lambda line: line.replace(b'"samples"', b'"answers"'))
    with pytest.raises(InputError, match="line 1"):
        read_samples(file)


def test_an_empty_file_and_none_at_all_are_refused(tmp_path):
    (tmp_path / "empty").touch()
    for name, problem in (("empty", "is empty"), ("nowhere", "can't be read")):
        with pytest.raises(InputError, match=problem):
            read_samples(tmp_path / name)


def test_half_a_surrogate_pair_leaves_no_file_behind(tmp_path):
    samples = [*some_samples(2), score_sample(a_dialogue("\ud800"))]
    with pytest.raises(InputError, match="line 4"):
        write_samples(tmp_path / "samples.jsonl", HEADER, samples)
    assert list(tmp_path.iterdir()) == []
