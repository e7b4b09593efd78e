"""Generic chat: what an entry holds is written and read again as it was, and what can't be kept is refused."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.chat import decode, encode
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import CHECK_KEYS, ITEM_KEYS, Feedback
from strategies import entries

MESSAGES = [
    {"role": "system", "content": "You are a kind listener."},
    {"role": "user", "content": "I can't sleep."},
    {"role": "assistant", "content": "Since when?"},
    {"role": "assistant", "content": ""},
]
RECORDS: list[dict[str, Any]] = [
    {"id": "first", "messages": MESSAGES, "ratings": {"empathy": 4, "relevance": 5}, "normalizedTag": "sleep"},
    {
        "id": 2,
        "messages": [
            {"role": "therapist", "content": "（お疲れ様でした）", "time": "2026-02-03T10:00:00", "out_of_role": True},
            {"role": "seeker", "content": "Thanks."},
        ],
        "counselor": 7,
        "client": "anna",
        "topic": {"main": "Workplace Issues", "sub": "a loud office"},
        "score": 30,
        "ratings": dict.fromkeys(reversed(ITEM_KEYS), 3),
        "checks": ["unwilling_to_continue"],
        "rated_at": "2026-02-03T11:00:00",
    },
    {"messages": [{"role": "来访者", "content": "你好。"}, {"role": "咨询师", "content": "请坐。"}], "score": 7},
]


def write_fixture(folder: Path) -> Path:
    lines = [json.dumps(record, ensure_ascii=False) for record in RECORDS]
    (folder / "talks.jsonl").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _read(**parts: Any) -> Entry:
    return decode(json.dumps({"messages": MESSAGES, **parts}).encode(), "a.jsonl", "line 1", "a-1")


def _refusal(**parts: Any) -> str:
    with pytest.raises(InputError) as caught:
        _read(**parts)
    assert "a.jsonl, line 1" in caught.value.place
    return str(caught.value)


@given(entries(), st.booleans())
def test_what_is_written_is_read_again_as_it_was(entry, tagged):
    line = encode(entry, tagged)
    assert b"\n" not in line
    assert decode(line, entry.file, entry.where, "other") == entry


def test_missing_parts_are_absent_from_what_is_written():
    entry = Entry(Dialogue("1", (Utterance(Role.CLIENT, None, "Hi."),)), "a", "")
    assert json.loads(encode(entry)) == {"id": "1", "messages": [{"role": "client", "content": "Hi."}]}


def test_a_tag_tells_talk_outside_the_role_play():
    talk = (Utterance(Role.CLIENT, None, "（時間ですね）"), Utterance(Role.CLIENT, None, "はい"))
    written = json.loads(encode(Entry(Dialogue("1", talk), "a"), tagged=True))
    assert [message["out_of_role"] for message in written["messages"]] == [True, False]


def test_an_assistant_is_the_counselor_and_the_systems_words_are_nobodys(tmp_path):
    first = next(find_corpus(write_fixture(tmp_path)).entries())
    assert [(u.role, u.text) for u in first.dialogue.utterances] == [
        (Role.CLIENT, "I can't sleep."),
        (Role.COUNSELOR, "Since when?"),
        (Role.COUNSELOR, ""),
    ]
    assert first.ratings == {"empathy": 4, "relevance": 5}


def test_twenty_ratings_are_a_feedback_whatever_their_order(tmp_path):
    second = list(find_corpus(write_fixture(tmp_path)).entries())[1]
    feedback = Feedback((3,) * 20, frozenset({"unwilling_to_continue"}), 30, datetime(2026, 2, 3, 11))
    assert second.dialogue.feedback == feedback
    assert list(second.ratings or {}) == list(ITEM_KEYS)
    assert (second.dialogue.id, second.dialogue.counselor, second.dialogue.client) == ("2", "7", "anna")
    assert second.dialogue.utterances[0].time == datetime(2026, 2, 3, 10)
    assert second.dialogue.utterances[1].time is None


def test_twenty_ratings_without_a_score_have_the_total_that_the_rule_gives():
    entry = _read(ratings=dict.fromkeys(ITEM_KEYS, 3), checks=["unwilling_to_continue"])
    assert entry.score == 30


def test_a_dialogue_without_an_id_is_named_by_file_and_line(tmp_path):
    assert list(find_corpus(write_fixture(tmp_path)).entries())[2].dialogue.id == "talks-5"


def test_a_score_alone_is_a_rating_of_one_item():
    assert _read(score=7).ratings == {"score": 7}


def test_an_array_of_records_is_read_like_lines(tmp_path):
    write_fixture(tmp_path)
    (tmp_path / "array").mkdir()
    (tmp_path / "array" / "talks.json").write_text(json.dumps(RECORDS), encoding="utf-8")
    lines, array = find_corpus(tmp_path / "talks.jsonl"), find_corpus(tmp_path / "array")
    assert [e.dialogue.utterances for e in lines.entries()] == [e.dialogue.utterances for e in array.entries()]


def test_pieces_of_psydtcorpus_are_never_counted_as_dialogues(tmp_path):
    pieces = tmp_path / "PsyDTCorpus_test_single_turn_split.json"
    pieces.write_text(json.dumps([{"id": 1, "messages": MESSAGES[:2]}, {"id": 1, "messages": MESSAGES}]))
    with pytest.raises(InputError, match="several rows"):
        find_corpus(f"chat={pieces}")
    (tmp_path / "PsyDTCorpus_train_mulit_turn_packing.json").write_text(json.dumps([{"id": 0, "messages": MESSAGES}]))
    assert [dialogue.id for dialogue in find_corpus(tmp_path).dialogues()] == ["0"]


@pytest.mark.parametrize(("topic", "kept"), [("Workplace Issues", True), ("weather", False)])
def test_a_topic_that_is_none_of_the_eleven_is_left_out_with_a_remark(topic, kept):
    entry = _read(topic=topic)
    assert (entry.dialogue.topic is not None) is kept
    assert [remark.code for remark in entry.remarks] == ([] if kept else ["other-topic"])


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ({"messages": [{"role": "Assistant", "content": "Hi"}]}, "field messages[0].role: 'Assistant'"),
        ({"messages": [*MESSAGES, {"role": "tool", "content": "Hi"}]}, "field messages[4].role: 'tool'"),
        ({"messages": [{"role": "user", "content": None}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": "Hi", "time": "2026-02-03T10:00:00Z"}]}, "messages[0].time"),
        ({"messages": [{"role": "user", "content": "Hi", "out_of_role": "no"}]}, "messages[0].out_of_role"),
        ({"messages": [MESSAGES[0]]}, "nobody says anything"),
        ({"messages": []}, "nobody says anything"),
        ({"id": 1.5}, "field id"),
        ({"ratings": {"empathy": 4.5}}, "ratings"),
        ({"ratings": {}}, "ratings"),
        ({"ratings": {"empathy": 4}, "score": 5}, "score"),
        ({"ratings": dict.fromkeys(ITEM_KEYS, 6)}, "ratings.felt_heard_and_understood"),
        ({"ratings": dict.fromkeys(ITEM_KEYS, 5), "score": 101}, "score"),
        ({"ratings": dict.fromkeys(ITEM_KEYS, 5), "checks": ["rude"]}, "'rude' is none of the three"),
        ({"ratings": {"empathy": 4}, "checks": [CHECK_KEYS[0]]}, "checks"),
        ({"rated_at": "2026-02-03T10:00:00"}, "rated_at"),
        ({"topic": {"main": "weather", "sub": "rain"}}, "topic.main"),
    ],
)
def test_what_can_not_be_kept_is_refused_and_its_field_named(parts, named):
    assert named in _refusal(**parts)


@pytest.mark.parametrize("digits", [20, 5_000])
def test_a_number_that_no_machine_counts_to_is_refused(digits):
    data = b'{"messages": [{"role": "user", "content": "Hi"}], "score": ' + b"9" * digits + b"}"
    with pytest.raises(InputError, match="line 1"):
        decode(data, "a.jsonl", "line 1", "a-1")
