"""ESD-CoT: the response ends the dialogue, Table 1 counts without it, and the ablation is never counted again."""

import json
from pathlib import Path
from typing import Any

import pytest

from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.esdcot import HISTORY
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError


def _record(number: int, *turns: tuple[str, str]) -> dict[str, Any]:
    return {
        "id": number,
        "original_data": {
            "dialog": [{"speaker": speaker, "content": content} for speaker, content in turns],
            "strategy": "Question",
            "response": "What would help tonight?",
        },
        "cot_data": {
            "emotion": "tired",
            "emotion_stimuli": "noise",
            "individual_appraisal": "it won't end",
            "recognized_strategy": "Question",
            "strategy_reason": "to hear more",
        },
    }


RECORDS = {
    "train": [_record(12, ("seeker", "The neighbours drum."), ("seeker", "Every night."), ("supporter", "Oh dear."))],
    "val": [_record(3, ("supporter", "Hello!"), ("seeker", "Hello."))],
    "test": [_record(7, ("seeker", "I'm moving out.")), _record(8, ("seeker", "I stay."), ("supporter", "You stay."))],
}


def write_fixture(folder: Path) -> Path:
    """The publisher's folder: three splits, and the same dialogues again as input and output of an ablation."""
    ablation = folder / "data" / "ablation_data" / "sr_re"
    ablation.mkdir(parents=True)
    for split, records in RECORDS.items():
        (folder / "data" / f"{split}.json").write_text(json.dumps(records, indent=4), encoding="utf-8")
    again = [
        {
            "instruction": "Write the response.",
            "input": "\n".join(f"{t['speaker']}: {t['content']}" for t in record["original_data"]["dialog"]),
            "output": f"Strategy:\nQuestion\nResponse:\n{record['original_data']['response']}",
            "dialog_id": record["id"],
        }
        for record in RECORDS["val"]
    ]
    (ablation / "empathetic_dialogue_valid.json").write_text(json.dumps(again, indent=4), encoding="utf-8")
    return folder


def test_the_splits_are_read_in_the_publishers_order_and_the_ablation_is_not(tmp_path):
    corpus = find_corpus(write_fixture(tmp_path))
    assert [dialogue.id for dialogue in corpus.dialogues()] == ["12", "3", "7", "8"]
    assert corpus.source.format == "esdcot"


def test_the_response_ends_the_dialogue_and_is_left_out_of_table_1s_count(tmp_path):
    entry = next(find_corpus(write_fixture(tmp_path)).entries())
    assert [u.role for u in entry.dialogue.utterances] == [Role.CLIENT, Role.CLIENT, Role.COUNSELOR, Role.COUNSELOR]
    assert entry.dialogue.utterances[-1].text == "What would help tonight?"
    assert entry.counts == {HISTORY: 3}
    assert entry.labels == {"response_strategy": ("Question",)}


def test_one_split_is_a_corpus(tmp_path):
    write_fixture(tmp_path)
    assert [dialogue.id for dialogue in find_corpus(tmp_path / "data" / "test.json").dialogues()] == ["7", "8"]


def test_a_file_of_the_ablation_is_refused_with_the_place_of_the_dialogues(tmp_path):
    write_fixture(tmp_path)
    file = tmp_path / "data" / "ablation_data" / "sr_re" / "empathetic_dialogue_valid.json"
    (row,) = find_corpus(f"esdcot={file}").rows()
    assert isinstance(row, InputError)
    assert "ablation" in str(row)
    assert "train.json" in row.remedy
    with pytest.raises(InputError, match="no known corpus"):
        find_corpus(file)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("original_data", "dialog", 1, "speaker"), "listener", "dialog[1].speaker: 'listener'"),
        (("original_data", "dialog"), [], "original_data.dialog: is empty"),
        (("original_data", "response"), None, "original_data.response"),
        (("id",), "12", "field id"),
    ],
)
def test_a_record_that_can_not_be_used_is_a_fault_in_its_place(tmp_path, path, value, named):
    records = json.loads(json.dumps(RECORDS["test"]))
    *parents, last = path
    place = records[1]
    for part in parents:
        place = place[part]
    place[last] = value
    (tmp_path / "test.json").write_text(json.dumps(records), encoding="utf-8")
    good, fault = find_corpus(tmp_path).rows()
    assert good.dialogue.id == "7"
    assert named in str(fault)
    assert "test.json, element 1" in fault.place
