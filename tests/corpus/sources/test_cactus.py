"""CACTUS: one string is cut at its speakers' labels; what is neither a label nor the rest of a turn is a fault."""

import json
from pathlib import Path
from typing import Any

import pytest

from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.cactus import LABELLED_LINE
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError


def _record(thought: str, dialogue: Any) -> dict[str, Any]:
    return {
        "thought": thought,
        "patterns": ["mind reading", "catastrophizing"],
        "intake_form": "Name:\nAnyone\n",
        "cbt_technique": "Reality testing",
        "cbt_plan": "1. Ask.\n2. Look again.",
        "attitude": "negative",
        "dialogue": dialogue,
    }


MORNING = """Counselor: Good morning!
Client (sighs): Morning.
Not a good one.
Counselor:So it's bad.

Client: It is: bad.
"""
HISTORY = [{"role": "counselor", "message": "Welcome."}, {"role": "client", "message": "Thanks."}]
RECORDS = [
    _record("Nobody will come.", MORNING),
    _record("Nobody will come.", "Counselor: Hello.\r\nClient: Hello."),
    _record("I'll fail.", HISTORY),
]


def write_fixture(folder: Path) -> Path:
    """The published array, beside an array of intake forms, which are no dialogues."""
    (folder / "cactus.json").write_text(json.dumps(RECORDS, indent=4, ensure_ascii=False), encoding="utf-8")
    forms = [{"AI_client": {"intake_form": "Name:\n", "attitude": "positive"}, "AI_counselor": {}}]
    (folder / "evaluation.json").write_text(json.dumps(forms), encoding="utf-8")
    return folder


def test_a_string_is_cut_at_its_labels_and_other_lines_go_on_with_the_turn(tmp_path):
    corpus = find_corpus(write_fixture(tmp_path))
    first = next(corpus.entries())
    assert [(u.role, u.text) for u in first.dialogue.utterances] == [
        (Role.COUNSELOR, "Good morning!"),
        (Role.CLIENT, "Morning.\nNot a good one."),
        (Role.COUNSELOR, "So it's bad."),
        (Role.CLIENT, "It is: bad."),
    ]
    assert first.counts == {LABELLED_LINE: 4}
    assert [(r.code, r.where) for r in first.remarks] == [("speaker-manner", "cactus-0:1")]
    assert corpus.source.format == "cactus"


def test_dialogues_of_one_thought_are_one_group(tmp_path):
    entries = list(find_corpus(write_fixture(tmp_path)).entries())
    assert [entry.group for entry in entries] == ["Nobody will come.", "Nobody will come.", "I'll fail."]
    assert [entry.dialogue.id for entry in entries] == ["cactus-0", "cactus-1", "cactus-2"]
    assert entries[0].labels["attitude"] == ("negative",)
    assert entries[0].labels["patterns"] == ("mind reading", "catastrophizing")


def test_the_repositorys_form_as_a_list_of_messages_is_read_alike(tmp_path):
    session = {"example": {"AI_client": {}}, "cbt_technique": None, "cbt_plan": None, "history": HISTORY}
    for number in (2, 10):
        (tmp_path / f"session_{number}.json").write_text(json.dumps(session, indent=4), encoding="utf-8")
    dialogues = list(find_corpus(tmp_path).dialogues())
    assert {dialogue.id for dialogue in dialogues} == {"session_2", "session_10"}
    assert dialogues[0].utterances == list(find_corpus(write_fixture(tmp_path)).dialogues())[2].utterances


def test_the_same_records_a_line_each_are_the_same_corpus(tmp_path):
    array = [dialogue.utterances for dialogue in find_corpus(write_fixture(tmp_path)).dialogues()]
    lines = tmp_path / "lines" / "cactus.jsonl"
    lines.parent.mkdir()
    lines.write_text("".join(json.dumps(record) + "\n" for record in RECORDS), encoding="utf-8")
    assert [dialogue.utterances for dialogue in find_corpus(lines.parent).dialogues()] == array


@pytest.mark.parametrize(
    ("dialogue", "named"),
    [
        ("", "holds no utterance"),
        (None, "holds no utterance"),
        ("Once upon a time\nClient: Hello.", "line 1 of it"),
        ("Counselor: Hello.\nTherapist: Hello.", "line 2 of it"),
        ([{"role": "friend", "message": "Hi."}], "dialogue[0].role"),
        (7, "field dialogue"),
    ],
)
def test_a_record_that_can_not_be_used_is_a_fault_in_its_place(tmp_path, dialogue, named):
    records = [RECORDS[0], _record("I'll fail.", dialogue), RECORDS[1]]
    (tmp_path / "cactus.json").write_text(json.dumps(records), encoding="utf-8")
    first, fault, last = find_corpus(tmp_path).rows()
    assert (first.dialogue.id, last.dialogue.id) == ("cactus-0", "cactus-2")
    assert isinstance(fault, InputError)
    assert named in str(fault)
    assert "cactus.json, element 1" in fault.place


def test_of_an_array_that_is_cut_off_the_rest_is_reported(tmp_path):
    data = json.dumps(RECORDS).encode()
    (tmp_path / "cactus.json").write_bytes(data[: data.rindex(b'"thought"')])
    *whole, fault = find_corpus(tmp_path).rows()
    assert len(whole) == 2
    assert "cut off" in str(fault)
