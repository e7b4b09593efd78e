"""SMILECHAT: a file is a dialogue, counted in sentences by Table 1 and in utterances by everybody else."""

import json
from pathlib import Path
from typing import Any

import pytest

from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.smilechat import SENTENCE
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError


def _turn(role: str, *sentences: str) -> dict[str, Any]:
    return {
        "role": role,
        "content": "".join(sentences),
        "annotation": [{"sentence": sentence, "label": ""} for sentence in sentences],
    }


DIALOGUES = {
    2: [_turn("client", "楼上很吵。", "我睡不着。"), _turn("counselor", "多久了？")],
    10: [_turn("client", "下雨了。")],
    11: [_turn("client", "你好。"), _turn("client", ""), _turn("counselor", "你好。", "支持者：请说。")],
}


def write_fixture(folder: Path) -> Path:
    """The publisher's folder: files by number, with gaps, an empty content, a run and a second speaker within."""
    (folder / "data").mkdir()
    for number, turns in DIALOGUES.items():
        text = json.dumps(turns, ensure_ascii=False, indent=2)
        (folder / "data" / f"{number}.json").write_text(text, encoding="utf-8")
    return folder


def test_files_are_dialogues_in_the_order_of_their_numbers(tmp_path):
    corpus = find_corpus(write_fixture(tmp_path))
    assert [dialogue.id for dialogue in corpus.dialogues()] == ["2", "10", "11"]
    assert corpus.source.format == "smilechat"
    assert len(list(find_corpus(tmp_path / "data" / "10.json").dialogues())) == 1


def test_sentences_and_utterances_are_both_counted(tmp_path):
    entries = list(find_corpus(write_fixture(tmp_path)).entries())
    assert [entry.counts[SENTENCE] for entry in entries] == [3, 1, 4]
    assert [len(entry.dialogue.utterances) for entry in entries] == [2, 1, 3]
    assert [u.role for u in entries[2].dialogue.utterances] == [Role.CLIENT, Role.CLIENT, Role.COUNSELOR]


def test_a_second_speaker_within_a_message_is_remarked_upon_and_not_split(tmp_path):
    *_, last = find_corpus(write_fixture(tmp_path)).entries()
    assert [(remark.code, remark.where) for remark in last.remarks] == [("second-speaker", "11:2")]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "not readable as JSON"),
        (b"[]", "holds no utterance"),
        (b"{}", "Expected `array`"),
        (b'[{"role": "client", "content": "a", "annotation": [{', "not readable as JSON"),
        (b'[{"role": "friend", "content": "a", "annotation": []}]', "[0].role"),
        (b'[{"role": "client", "content": "a"}]', "annotation"),
        (b'[{"role": "client", "content": "\xff", "annotation": []}]', "not readable as JSON"),
    ],
)
def test_a_broken_file_is_a_fault_in_its_place(tmp_path, content, named):
    write_fixture(tmp_path)
    (tmp_path / "data" / "10.json").write_bytes(content)
    first, fault, last = find_corpus(tmp_path).rows()
    assert (first.dialogue.id, last.dialogue.id) == ("2", "11")
    assert isinstance(fault, InputError)
    assert named in str(fault)
    assert fault.place.endswith("10.json")
