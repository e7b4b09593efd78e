"""The file of topic labels: each line a topic or a failure, each dialogue once."""

import json

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.evaluation.labels import LabelHeader, TopicLabel, read_labels
from kokorochat.llm.chat import Tokens
from kokorochat.tasks.lines import write_lines

HEADER = LabelHeader("1", "topics:DIR", "f", None, None, None, "kokorochat", "kokorochat corpus topics")
SCHOOL = Topic(TopicClass.SCHOOL, "友人")


def a_label(dialogue="1", **parts):
    return TopicLabel(dialogue, "topics:DIR", "digest", 1, Tokens(2, 3), **(parts or {"topic": SCHOOL}))


def written(tmp_path, *labels):
    path = tmp_path / "labels.jsonl"
    write_lines(path, HEADER, labels)
    return path


def test_what_is_written_is_read_again(tmp_path):
    labels = [a_label("1"), a_label("2", failure="wrong class: 'x'"), a_label("3", topic=SCHOOL, cut=3, served="s")]
    file = read_labels(written(tmp_path, *labels))
    assert (file.header, file.labels) == (HEADER, labels)


def test_a_line_names_the_class_in_english_and_what_it_cost(tmp_path):
    line = json.loads(written(tmp_path, a_label()).read_text(encoding="utf-8").splitlines()[1])
    assert line["topic"] == {"main": "School Issues", "sub": "友人"}
    assert line["tokens"] == {"prompt": 2, "completion": 3, "cached": 0}
    assert (line["dialogue"], line["model"], line["attempts"]) == ("1", "topics:DIR", 1)
    assert "failure" not in line


@pytest.mark.parametrize(
    "labels",
    [
        [a_label("1"), a_label("1")],
        [a_label("1", failure="x", topic=SCHOOL)],
        [TopicLabel("1", "m", "d", 1, None)],
    ],
    ids=["twice", "both", "neither"],
)
def test_a_file_that_says_two_things_or_nothing_is_refused_by_line(tmp_path, labels):
    with pytest.raises(InputError, match=r"labels\.jsonl, line [23]"):
        read_labels(written(tmp_path, *labels))


def test_an_unknown_class_is_refused_by_line_and_field(tmp_path):
    path = written(tmp_path, a_label())
    path.write_text(path.read_text(encoding="utf-8").replace("School Issues", "Schools"), encoding="utf-8")
    with pytest.raises(InputError, match=r"line 2: field topic\.main"):
        read_labels(path)
