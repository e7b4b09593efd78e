"""The published shape: what is read is written again to the byte, and faults are named."""

import dataclasses
import json
from datetime import datetime

import pytest
from hypothesis import given

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.published import REVIEW_KEYS_EN, REVIEW_KEYS_JP, decode, encode, encode_line
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError
from strategies import dialogues


@given(dialogues())
def test_what_is_written_is_read_again_as_it_was(dialogue):
    assert decode(encode(dialogue), "file") == dialogue


@given(dialogues())
def test_a_line_is_the_same_record_as_the_file(dialogue):
    line = encode_line(dialogue)
    assert b"\n" not in line
    assert json.loads(line) == json.loads(encode(dialogue))
    assert decode(line, "line") == dialogue


@given(dialogues())
def test_a_file_is_laid_out_as_pythons_own_writer_does(dialogue):
    data = encode(dialogue)
    assert json.dumps(json.loads(data), ensure_ascii=False, indent=2).encode() == data


@pytest.mark.parametrize("file", find_corpus(DEMO_CORPUS).files, ids=lambda file: file.stem)
def test_a_demo_file_is_written_again_to_the_byte(file):
    assert encode(decode(file.read_bytes(), str(file))) == file.read_bytes()


@pytest.mark.slow
def test_every_released_file_is_written_again_to_the_byte(corpus_path):
    unequal = [
        f.name for f in find_corpus(corpus_path).files if encode(decode(f.read_bytes(), f.name)) != f.read_bytes()
    ]
    assert unequal == []


def test_the_releases_wrong_spelling_is_kept_in_files_only():
    assert "clarified_issues_cleraly" in REVIEW_KEYS_EN
    assert "clarified_issues_clearly" not in REVIEW_KEYS_EN
    assert len(REVIEW_KEYS_EN) == len(REVIEW_KEYS_JP) == 28


def _demo_record() -> dict:
    return json.loads((DEMO_CORPUS / "1.json").read_text(encoding="utf-8"))


def _refusal(record: dict | bytes) -> str:
    data = record if isinstance(record, bytes) else json.dumps(record, ensure_ascii=False).encode()
    with pytest.raises(InputError) as caught:
        decode(data, "folder/1.json")
    assert "folder/1.json" in str(caught.value)
    return str(caught.value)


def _with(path: str, value: object) -> dict:
    record = place = _demo_record()
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    for part in parents:
        place = place[part]
    place[last] = value
    return record


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("review_by_client_en/felt_respected", 6, "review_by_client_en.felt_respected"),
        ("review_by_client_en/felt_respected", "3", "review_by_client_en.felt_respected"),
        ("review_by_client_en/felt_respected", True, "review_by_client_en.felt_respected"),
        ("review_by_client_en/felt_respected", 3.5, "review_by_client_en.felt_respected"),
        ("review_by_client_en/felt_respected", None, "review_by_client_en.felt_respected"),
        ("review_by_client_en/score", 101, "review_by_client_en.score"),
        ("review_by_client_en/unwilling_to_continue", "yes", "review_by_client_en.unwilling_to_continue"),
        ("dialogue/4/role", "supporter", "dialogue[4].role"),
        ("dialogue/4/utterance", "", "dialogue[4].utterance"),
        ("dialogue/4/time", "yesterday", "dialogue[4].time"),
        ("dialogue/4/time", "2026-04-12T19:02:11+09:00", "dialogue[4].time"),
        ("dialogue/4/mood", "sad", "mood"),
        ("dialogue", [], "dialogue"),
        ("topic/main_en", "Weather", "topic.main_en"),
        ("topic/main_jp", "天気", "topic.main_jp"),
    ],
)
def test_a_wrong_value_is_refused_and_its_field_named(path, value, named):
    assert named in _refusal(_with(path, value))


@pytest.mark.parametrize("block", ["dialogue", "topic", "review_by_client_jp", "review_by_client_en"])
def test_a_missing_block_is_named(block):
    record = _demo_record()
    del record[block]
    assert block in _refusal(record)


def test_a_missing_item_is_named():
    record = _demo_record()
    del record["review_by_client_jp"]["要約"]
    assert "要約" in _refusal(record)


def test_reviews_that_disagree_are_refused():
    value = _demo_record()["review_by_client_en"]["felt_respected"]
    assert "felt_respected" in _refusal(_with("review_by_client_en/felt_respected", (value + 1) % 6))


@pytest.mark.parametrize(
    "data",
    [b"", b"not json", b"[]", b"\xff\xfe", json.dumps(_with("dialogue/0/utterance", "\ud800")).encode()],
    ids=["empty", "prose", "array", "not UTF-8", "lone surrogate"],
)
def test_what_is_not_a_dialogue_in_json_is_refused(data):
    _refusal(data)


@pytest.mark.parametrize("id", ["007", "-1", "a1", "１", ""])
def test_an_id_that_would_not_be_read_again_is_refused(id):
    dialogue = decode((DEMO_CORPUS / "1.json").read_bytes(), "1.json")
    with pytest.raises(InputError, match="whole numbers as ids"):
        encode(dataclasses.replace(dialogue, client=id))


def test_a_dialogue_that_lacks_a_part_is_not_written_by_halves():
    with pytest.raises(InputError, match="feedback, topic"):
        encode(Dialogue("1", (Utterance(Role.CLIENT, datetime(2026, 1, 1), "a"),), "1", "2"))
