"""A file is replaced by one of its own kind only."""

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.evaluation.answers import read_answers
from kokorochat.tasks.lines import write_lines
from kokorochat.tasks.sample import read_sample_header, read_samples
from kokorochat.tasks.score import score_header

HEADER = score_header(None, 0, 0, False, "a test")


def test_an_older_file_of_the_same_kind_may_be_replaced(tmp_path):
    assert write_lines(tmp_path / "samples", HEADER, []) == 0
    assert write_lines(tmp_path / "samples", HEADER, []) == 0


@pytest.mark.parametrize("content", ['{"dialogue": []}', "prose\n", "\n"])
def test_anything_else_is_left_as_it_is(content, tmp_path):
    file = tmp_path / "1.json"
    file.write_text(content)
    with pytest.raises(InputError, match="holds something else"):
        write_lines(file, HEADER, [])
    assert file.read_text() == content


def test_a_folder_or_a_device_is_never_replaced(tmp_path):
    with pytest.raises(InputError, match="no ordinary file"):
        write_lines(tmp_path, HEADER, [])


def test_a_file_of_another_kind_is_told_with_what_takes_either(tmp_path):
    write_lines(tmp_path / "samples.jsonl", HEADER, [])
    with pytest.raises(InputError) as refused:
        read_answers(tmp_path / "samples.jsonl")
    told = str(refused.value)
    assert "samples.jsonl, line 1 (the header): the file holds samples, and not answers" in told
    assert "`kokorochat answer` takes samples; `kokorochat evaluate` takes answers" in told
    (tmp_path / "answers.jsonl").write_text('{"kind": "answers", "version": "1"}\n')
    for read in (read_samples, read_sample_header):
        with pytest.raises(InputError, match="the file holds answers, and not samples"):
            read(tmp_path / "answers.jsonl")


def test_a_header_of_no_kind_that_is_known_is_a_fault_of_its_field(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"kind": "songs"}\n')
    with pytest.raises(InputError, match="field kind"):
        read_samples(tmp_path / "x.jsonl")
