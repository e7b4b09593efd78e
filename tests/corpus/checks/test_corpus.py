"""The validator reports every fault with its place and never raises on bad data."""

import json
import shutil
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from factories import a_dialogue
from kokorochat.corpus.checks import Finding, check_corpus
from kokorochat.corpus.reading import Corpus, find_corpus, read_corpus
from kokorochat.corpus.release.times import relative
from kokorochat.corpus.sources.source import BOTH_HUMAN, Entry, Remark, Scale, Source
from kokorochat.corpus.writing import write_corpus
from kokorochat.domain.dialogue import Dialogue
from spoiling import both_reviews


def _codes(folder) -> set[str]:
    return {finding.code for finding in check_corpus(find_corpus(folder)) if finding.level != "info"}


def test_the_demo_corpus_has_no_fault(corpus):
    assert _codes(corpus) == set()


def test_a_score_against_the_rule_is_an_error(spoiled):
    folder = spoiled(both_reviews("score", "点数", 100))
    found = [finding for finding in check_corpus(find_corpus(folder)) if finding.code == "total-rule"]
    assert [(f.level, f.dialogue, f.where) for f in found] == [("error", "3", "score")]


def test_an_unreadable_file_is_one_finding_and_the_others_are_still_checked(spoiled):
    folder = spoiled(lambda record: record["dialogue"][2].update(role="friend"))
    (folder / "5.json").write_text("{")
    found = [(f.code, f.dialogue, f.where) for f in check_corpus(find_corpus(folder)) if f.level == "error"]
    assert found == [("unreadable", "3", "dialogue[2].role"), ("unreadable", "5", "")]


def test_times_that_run_backwards_are_an_error(spoiled):
    folder = spoiled(lambda record: record["dialogue"][10].update(time="2020-01-01T00:00:00"))
    assert ("time-order", "3:10") in {(f.code, f.where) for f in check_corpus(find_corpus(folder))}


def test_the_papers_filters_are_warnings(spoiled):
    assert {"few-utterances", "short"} <= _codes(spoiled(lambda record: record.update(dialogue=record["dialogue"][:8])))


def test_feedback_before_the_last_message_is_an_error(spoiled):
    change = both_reviews("evaluation_created_at", "評価作成日時", "2020-01-01T00:00:00")
    assert "feedback-before-end" in _codes(spoiled(change))


def test_control_characters_edge_space_and_blank_messages_are_found(spoiled):
    def change(record):
        for place, text in ((1, "a\bb"), (2, " 前に空白"), (3, "　")):
            record["dialogue"][place]["utterance"] = text

    found = {(f.code, f.where) for f in check_corpus(find_corpus(spoiled(change)))}
    assert {("control-character", "3:1"), ("edge-space", "3:2"), ("empty", "3:3")} <= found


def test_one_person_in_both_roles_is_an_error(spoiled):
    def change(record):
        both_reviews("client_id", "クライアント役ID", 4)(record)
        both_reviews("counselor_id", "カウンセラー役ID", 4)(record)

    assert "same-person" in _codes(spoiled(change))


def test_copies_are_errors(corpus):
    shutil.copy(corpus / "3.json", corpus / "99.json")
    assert {"duplicate-dialogue", "duplicate-id", "id-is-not-file-name"} <= _codes(corpus)


def test_feedback_without_a_thought_is_noticed(spoiled):
    def all_threes(record):
        for key, jp in zip(record["review_by_client_en"], record["review_by_client_jp"], strict=True):
            if isinstance(record["review_by_client_en"][key], int) and record["review_by_client_en"][key] <= 5:
                both_reviews(key, jp, 3)(record)
        both_reviews("evaluation_id", "評価ID", 3)(record)
        both_reviews("client_id", "クライアント役ID", 1)(record)
        both_reviews("counselor_id", "カウンセラー役ID", 2)(record)
        both_reviews("score", "点数", 60)(record)

    assert "all-threes" in _codes(spoiled(all_threes))


def test_a_comma_in_a_files_name_is_no_border_in_a_place(corpus):
    (corpus / "5.json").rename(corpus / "5, copy.json")
    (corpus / "5, copy.json").write_text("[")
    (found,) = (f for f in check_corpus(find_corpus(corpus)) if f.code == "unreadable")
    assert (found.file, found.where) == (str(corpus / "5, copy.json"), "")


def test_an_unreadable_line_is_named_by_its_number_and_field(corpus):
    records = [json.loads(file.read_bytes()) for file in find_corpus(corpus).files]
    records[6]["dialogue"][1]["role"] = "friend"
    lines = corpus.parent / "corpus.jsonl"
    lines.write_text("".join(json.dumps(record) + "\n" for record in records))
    (found,) = (f for f in check_corpus(find_corpus(lines)) if f.level == "error")
    assert (found.dialogue, found.where) == ("", "line 7, dialogue[1].role")
    assert found.message.startswith("'friend' is none of the values")


def _moved(folder: Path, id: int, start: datetime, counselor: int, client: int) -> None:
    """Let a dialogue of the corpus begin at another time, between other people."""
    file = folder / f"{id}.json"
    record = json.loads(file.read_bytes())
    for number, utterance in enumerate(record["dialogue"]):
        utterance["time"] = (start + timedelta(minutes=number)).isoformat()
    both_reviews("evaluation_created_at", "評価作成日時", "2025-01-02T00:00:00")(record)
    both_reviews("counselor_id", "カウンセラー役ID", counselor)(record)
    both_reviews("client_id", "クライアント役ID", client)(record)
    file.write_text(json.dumps(record))


def test_overlapping_sessions_of_one_person_are_named_at_the_later_one(corpus):
    start = datetime(2025, 1, 1, 10)
    _moved(corpus, 3, start, 901, 902)
    minutes = len(json.loads((corpus / "3.json").read_bytes())["dialogue"]) - 1
    _moved(corpus, 4, start + timedelta(minutes=minutes - 11), 903, 901)
    _moved(corpus, 5, start + timedelta(minutes=minutes - 3), 902, 904)
    _moved(corpus, 6, start + timedelta(minutes=minutes), 901, 905)
    found = [f for f in check_corpus(find_corpus(corpus)) if f.code == "overlapping-sessions"]
    assert [(f.level, f.dialogue, f.where) for f in found if "901" in f.message] == [
        ("warning", "4", "client_id"),
        ("warning", "6", "counselor_id"),
    ]
    assert [(f.level, f.dialogue, f.where) for f in found if "902" in f.message] == [("info", "5", "counselor_id")]


def test_sessions_whose_times_count_from_their_start_overlap_with_none(corpus):
    write_corpus(map(relative, read_corpus(corpus)), corpus.parent / "relative")
    found = check_corpus(find_corpus(corpus.parent / "relative"))
    assert [f for f in found if f.code == "overlapping-sessions"] == []


def _another_corpus(*entries: Entry, **source: Any) -> Corpus:
    """A corpus that isn't KokoroChat's: no feedback, no times, no people, unless the entries have them."""
    described = Source(
        format="invented",
        name="Invented",
        publisher="nobody",
        licence="none",
        language="English",
        human=BOTH_HUMAN,
        unit="utterance",
        find=lambda place: (place.path,),
        read=lambda file: iter(entries),
        **source,
    )
    return Corpus(described, Path("invented.txt"), (Path("invented.txt"),))


def _bare(id: str, *words: str) -> Dialogue:
    return replace(a_dialogue(*words, id=id, items=None, gap=None), counselor=None, client=None)


def test_what_a_corpus_never_has_is_said_once_and_the_papers_filters_are_not_asked_of_it():
    corpus = _another_corpus(*(Entry(_bare(str(n), "Hello", f"Hi {n}"), "invented.txt") for n in range(3)))
    assert [(f.level, f.code) for f in check_corpus(corpus)] == [
        ("info", "not-in-corpus"),
        ("info", "first-and-last-role"),
    ]


def test_what_only_some_dialogues_lack_is_said_of_each():
    rated = Entry(_bare("1", "Hello", "Hi"), "a", ratings={"empathy": 4})
    corpus = _another_corpus(rated, Entry(_bare("2", "Hello", "Yes"), "b"), scale=Scale(("empathy",), 1, 5))
    found = [(f.level, f.code, f.dialogue) for f in check_corpus(corpus)]
    assert ("info", "no-feedback", "2") in found
    assert sum(code == "no-feedback" for _, code, _ in found) == 1


def test_ratings_outside_their_scale_and_of_unknown_items_are_errors():
    entry = Entry(_bare("1", "Hello", "Hi"), "a", ratings={"empathy": 0, "warmth": 3})
    found = [(f.code, f.where) for f in check_corpus(_another_corpus(entry, scale=Scale(("empathy",), 1, 5)))]
    assert found[:2] == [("rating-range", "empathy"), ("unknown-item", "warmth")]


def test_a_part_of_a_release_is_said_to_be_one():
    found = list(check_corpus(_another_corpus(Entry(_bare("1", "Hello", "Hi"), "a"), released=2)))
    assert ("info", "partial", "1 of 2 released dialogues are there and readable") in [
        (f.level, f.code, f.message) for f in found
    ]


def test_copies_and_empty_messages_in_a_publishers_corpus_are_warnings():
    corpus = _another_corpus(*(Entry(_bare(id, "Hello", ""), id) for id in "12"))
    assert [(f.level, f.code) for f in check_corpus(corpus) if f.level != "info"] == [
        ("warning", "empty"),
        ("warning", "empty"),
        ("warning", "duplicate-dialogue"),
    ]


def test_what_reading_noticed_is_passed_on():
    entry = Entry(_bare("1", "Hello", "Hi"), "a", remarks=(Remark("info", "odd-time", "1:1", "runs backwards"),))
    assert Finding("info", "odd-time", "a", "1", "1:1", "runs backwards") in list(check_corpus(_another_corpus(entry)))


@pytest.mark.slow
def test_the_release_has_the_findings_that_are_known_of_it_and_no_error(corpus_path):
    found = list(check_corpus(find_corpus(corpus_path)))
    assert Counter((finding.level, finding.code) for finding in found) == {
        ("warning", "repeated-message"): 68,
        ("warning", "web-address"): 49,
        ("warning", "overlapping-sessions"): 13,
        ("warning", "control-character"): 7,
        ("warning", "invisible-character"): 1,
        ("warning", "line-id"): 1,
        ("warning", "telephone"): 1,
        ("info", "public-telephone"): 5,
        ("info", "overlapping-sessions"): 16,
        ("info", "out-of-role"): 5_313,
        ("info", "late-feedback"): 649,
        ("info", "long-gap"): 123,
        ("info", "straight-lined"): 110,
        ("info", "lone-bracket"): 53,
        ("info", "long-run"): 50,
        ("info", "first-and-last-role"): 1,
    }
    assert len({finding.dialogue for finding in found if finding.code == "web-address"}) == 33
    assert len({finding.dialogue for finding in found if finding.code == "repeated-message"}) == 62
