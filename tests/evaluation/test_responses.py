"""The file of response answers: complete, of one task, each sample once."""

import pytest

from answers import some_answers
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.answers import AnswerHeader, read_answers
from kokorochat.evaluation.responses import read_responses
from kokorochat.tasks.lines import write_lines
from kokorochat.tasks.response import response_header
from kokorochat.tasks.score import score_header

ANSWERS = some_answers(("はい", "そうですか"), ("", "つらいですね"))


def written(tmp_path, *answers, samples=2, made_of=None):
    header = AnswerHeader("1", "a test", "f", "none", samples, "d", made_of or response_header("test", 0), "")
    write_lines(tmp_path / "answers.jsonl", header, answers)
    return tmp_path / "answers.jsonl"


def test_what_is_written_is_read_again_empty_answers_too(tmp_path):
    assert read_responses(written(tmp_path, *ANSWERS)).answers == ANSWERS


@pytest.mark.parametrize("answers", [ANSWERS[:1], [*ANSWERS, *some_answers(("x", "y"), turns=1)]])
def test_more_or_fewer_answers_than_samples_are_refused(tmp_path, answers):
    with pytest.raises(InputError, match="answer"):
        read_responses(written(tmp_path, *answers))


def test_a_sample_that_names_no_turn_is_refused_by_its_line(tmp_path):
    path = written(tmp_path, *ANSWERS)
    path.write_bytes(path.read_bytes().replace(b'"sample":"0:1"', b'"sample":"01"'))
    with pytest.raises(InputError, match=r"line 3.*names no turn"):
        read_responses(path)


def test_a_text_that_is_none_is_refused_by_its_line(tmp_path):
    path = written(tmp_path, *ANSWERS)
    path.write_bytes(path.read_bytes().replace('"text":"はい"'.encode(), b'"text":null'))
    with pytest.raises(InputError, match=r"line 2.*field text"):
        read_responses(path)


def test_answers_to_another_task_are_told_apart(tmp_path):
    with pytest.raises(InputError, match="evaluate response"):
        read_answers(written(tmp_path, *ANSWERS))
    with pytest.raises(InputError, match="evaluate score"):
        read_responses(written(tmp_path, *ANSWERS, made_of=score_header("test", 0, 0)))
