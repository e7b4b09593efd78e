"""The validator reports every fault with its place and never raises on bad data."""

import shutil

import pytest

from kokorochat.corpus.checks import check_corpus
from kokorochat.corpus.reading import find_corpus
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


@pytest.mark.slow
def test_the_release_has_no_error(corpus_path):
    assert [finding for finding in check_corpus(find_corpus(corpus_path)) if finding.level == "error"] == []
