"""Curation keeps dialogues to the byte, says why it drops others, and leaves out only what it is told to."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from factories import a_dialogue
from kokorochat.corpus.curation import Rule, curate
from kokorochat.corpus.filters import Filters
from kokorochat.corpus.out_of_role import KINDS, out_of_role
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.corpus.sources import chat
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.errors import InputError
from spoiling import both_reviews

KEEP_ALL = Filters(0, 0, frozenset())


def _manifest(out: Path) -> dict:
    return json.loads((out / "curation.json").read_text(encoding="utf-8"))


def _tags(out: Path) -> list[dict[str, str]]:
    with (out / "out-of-role.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def test_what_is_kept_is_kept_to_the_byte_and_read_back_as_a_corpus(corpus, tmp_path):
    file = corpus / "4.json"
    # The same dialogue in other white space: what was read is kept, not what we would write.
    file.write_text(json.dumps(json.loads(file.read_bytes()), indent=1), encoding="utf-8")
    out = tmp_path / "out"
    outcome = curate(find_corpus(corpus), out, Rule(KEEP_ALL))
    assert outcome.kept == 16
    assert list(read_corpus(out)) == list(read_corpus(corpus))
    for path in corpus.glob("*.json"):
        assert (out / "kokorochat_dialogues" / path.name).read_bytes() == path.read_bytes()


def test_the_manifest_tells_how_to_make_and_verify_the_copy(corpus, tmp_path):
    out = tmp_path / "out"
    curate(find_corpus(corpus), out, Rule(KEEP_ALL), command="kokorochat corpus curate")
    manifest = _manifest(out)
    everything = b"".join(path.read_bytes() for path in find_corpus(corpus).files)
    assert manifest["source"]["sha256"] == hashlib.sha256(everything).hexdigest()
    assert manifest["command"] == "kokorochat corpus curate"
    assert len(manifest["files"]) == 16
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest


def test_each_dropped_dialogue_has_its_reasons_and_counts_under_the_first(spoiled, tmp_path):
    def change(record):
        record["dialogue"] = record["dialogue"][:5]
        both_reviews("score", "点数", 60)(record)
        for review in (record["review_by_client_en"], record["review_by_client_jp"]):
            for key in list(review)[5:25]:
                review[key] = 3

    out = tmp_path / "out"
    outcome = curate(find_corpus(spoiled(change)), out)
    assert list(outcome.dropped) == ["few-utterances", "short", "all-threes"]
    dropped = {row["id"]: row["reasons"] for row in _manifest(out)["dropped_dialogues"]}
    assert list(dropped["3"]) == ["few-utterances", "short", "all-threes"]
    assert outcome.kept + sum(outcome.dropped.values()) == 16
    assert outcome.dropped["few-utterances"] == sum("few-utterances" in reasons for reasons in dropped.values())
    assert {dialogue.id for dialogue in read_corpus(out)}.isdisjoint(dropped)


def test_tags_name_every_message_outside_the_role_and_hold_no_words(corpus, tmp_path):
    out = tmp_path / "out"
    outcome = curate(find_corpus(corpus), out, Rule(KEEP_ALL))
    expected = {
        (f"{dialogue.id}:{index}", dialogue.utterances[index].role.value, kind)
        for dialogue in read_corpus(corpus)
        for index, kind in out_of_role(dialogue).items()
    }
    assert {tuple(row.values()) for row in _tags(out)} == expected
    assert expected
    assert outcome.out_of_role.total() == len(expected)
    assert outcome.left_out == 0


@pytest.mark.parametrize("kinds", [("bracketed",), tuple(KINDS)], ids=["some", "all"])
def test_only_the_named_kinds_are_left_out_and_the_filters_judge_the_whole_dialogue(corpus, tmp_path, kinds):
    out = tmp_path / "out"
    outcome = curate(find_corpus(corpus), out, Rule(Filters(12, 0, frozenset()), kinds))
    assert outcome.left_out == sum(outcome.out_of_role[kind] for kind in kinds)
    left = {dialogue.id: dialogue for dialogue in read_corpus(out)}
    for dialogue in read_corpus(corpus):
        assert (dialogue.id in left) == (len(dialogue.utterances) >= 12)
        tags = out_of_role(dialogue)
        if dialogue.id in left:
            assert left[dialogue.id].utterances == tuple(
                utterance for index, utterance in enumerate(dialogue.utterances) if tags.get(index) not in kinds
            )


def test_a_dialogue_of_which_nothing_is_left_is_dropped(spoiled, tmp_path):
    def change(record):
        for utterance in record["dialogue"]:
            utterance["utterance"] = "（始めましょう）"

    outcome = curate(find_corpus(spoiled(change)), tmp_path / "out", Rule(KEEP_ALL, ("bracketed",)))
    assert outcome.dropped["nothing-left"] == 1


def test_an_unreadable_row_stops_curation_and_nothing_is_written(corpus, tmp_path):
    (corpus / "16.json").write_text("{")
    with pytest.raises(InputError, match=r"16\.json"):
        curate(find_corpus(corpus), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == [corpus.name]


def test_an_unreadable_row_can_be_skipped_and_is_a_reason_then(corpus, tmp_path):
    (corpus / "16.json").write_text("{")
    outcome = curate(find_corpus(corpus), tmp_path / "out", Rule(KEEP_ALL, skip_unreadable=True))
    assert (outcome.kept, outcome.dropped["unreadable"]) == (15, 1)
    (dropped,) = _manifest(tmp_path / "out")["dropped_dialogues"]
    assert dropped["place"] == str(corpus / "16.json")


def test_an_id_that_is_there_twice_is_refused(corpus, tmp_path):
    (corpus / "17.json").write_bytes((corpus / "3.json").read_bytes())
    with pytest.raises(InputError, match="dialogue 3 is in"):
        curate(find_corpus(corpus), tmp_path / "out", Rule(KEEP_ALL))
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_in_it_is_not_touched(corpus):
    with pytest.raises(InputError, match="not an empty folder"):
        curate(find_corpus(corpus), corpus)


def test_another_corpus_is_kept_as_generic_chat_without_loss(tmp_path):
    entries = [
        Entry(a_dialogue("hello", "（hi）", "yes", id="a", items=None, gap=None), "", labels={"kind": ("x",)}),
        Entry(a_dialogue(*("はい", "ええ") * 20, id="b", gap=60), ""),
        Entry(a_dialogue("hello", "no", id="c", gap=60), ""),
    ]
    source = tmp_path / "own.jsonl"
    source.write_bytes(b"".join(chat.encode(entry) + b"\n" for entry in entries))
    outcome = curate(find_corpus(source), tmp_path / "out", Rule(Filters(3)))
    assert (outcome.kept, outcome.dropped["few-utterances"]) == (2, 1)
    assert outcome.not_judged == {"times": 1, "feedback": 1}
    kept = list(find_corpus(tmp_path / "out").entries())
    assert [(entry.dialogue, entry.labels) for entry in kept] == [
        (entry.dialogue, entry.labels) for entry in find_corpus(source).entries() if entry.dialogue.id != "c"
    ]


@pytest.mark.slow
def test_the_release_passes_the_papers_filters_whole(corpus_path, tmp_path):
    outcome = curate(find_corpus(corpus_path), tmp_path / "out")
    assert outcome.kept == 6_589
    assert outcome.dropped == {"few-utterances": 0, "short": 0, "all-threes": 0}
    assert outcome.out_of_role == {"bracketed": 21_846, "unclosed": 273, "aside": 193, "closing": 4_305}
