"""The file of answers: it holds all that an evaluation needs, and bad answers are judged, not refused."""

import json

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.answers import Answer, AnswerHeader, read_answers
from kokorochat.evaluation.score_metrics import score_metrics
from kokorochat.tasks.lines import write_lines
from kokorochat.tasks.score import score_header

TARGET = json.dumps(dict.fromkeys(ITEM_KEYS, 3))
HEADER = AnswerHeader(
    version="1",
    model="ordinal:DIR",
    fingerprint="f",
    decoding="round",
    samples=3,
    samples_digest="d",
    made_of=score_header("test", 0, 0),
    command="",
)


def an_answer(sample="1", items=None, target=TARGET):
    return Answer(sample=sample, items=items, target=target, model="ordinal:DIR", decoding="round")


def written(tmp_path, *answers):
    path = tmp_path / "answers.jsonl"
    write_lines(path, HEADER, answers)
    return path


def test_what_is_written_is_read_again(tmp_path):
    answers = [
        an_answer("1", dict.fromkeys(ITEM_KEYS, 3)),
        Answer("2", dict.fromkeys(ITEM_KEYS, 1), TARGET, "m", "round", {"felt_respected": [0, 0, 0, 0.5, 0.5, 0]}),
    ]
    read = read_answers(written(tmp_path, *answers))
    assert (read.header, read.answers) == (HEADER, answers)


@pytest.mark.parametrize("items", [None, "3", [3], {"felt_respected": "3"}, dict.fromkeys(ITEM_KEYS, 6)])
def test_items_that_are_no_scores_are_read_and_counted_as_unparsable(tmp_path, items):
    file = read_answers(written(tmp_path, an_answer("1", items)))
    assert score_metrics(file.pairs(), file.header.samples)["unparsable"] == 1


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ([an_answer("1"), an_answer("1")], "line 3.*answered twice"),
        ([an_answer("1", target="{}")], "line 2.*target"),
        ([an_answer(str(n)) for n in range(4)], "4 answers to 3 samples"),
    ],
)
def test_a_file_that_can_not_be_measured_is_refused(tmp_path, answers, problem):
    with pytest.raises(InputError, match=problem):
        read_answers(written(tmp_path, *answers))


def test_a_broken_line_is_named(tmp_path):
    path = written(tmp_path, an_answer("1"), an_answer("2"))
    path.write_bytes(path.read_bytes().replace(b'"sample":"2"', b'"sample":2'))
    with pytest.raises(InputError, match=r"line 3.*field sample"):
        read_answers(path)


def test_a_header_that_tells_of_more_dialogues_than_memory_holds_is_refused(tmp_path):
    path = written(tmp_path, an_answer("1"))
    path.write_bytes(path.read_bytes().replace(b'"samples":3', b'"samples":1000000000000'))
    with pytest.raises(InputError, match="1,000,000,000,000 samples"):
        read_answers(path)
