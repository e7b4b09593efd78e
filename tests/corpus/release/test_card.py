"""The dataset card: hubs can read it, its figures are the data's, and nobody's words are in it."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.reading import read_corpus
from kokorochat.corpus.release.card import _quoted
from spoiling import both_reviews


def _card(tmp_path, out="out") -> tuple[dict, str]:
    _, front, text = (tmp_path / out / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), text


def test_the_front_matter_is_what_hubs_expect(release, tmp_path):
    release()
    front, _ = _card(tmp_path)
    assert front["pretty_name"] == "練習の対話 “one”"
    assert front["license"] == "cc-by-4.0"
    assert front["language"] == ["ja"]
    assert front["size_categories"] == ["n<1K"]
    assert front["task_categories"] == ["text-generation", "text-classification"]
    (config,) = front["configs"]
    assert (tmp_path / "out" / config["data_files"][0]["path"]).is_file()


def test_a_licence_in_words_is_other_and_points_to_the_file(release, form, tmp_path):
    release(about=form(licence="By agreement with us: no “sale”"))
    front, _ = _card(tmp_path)
    assert (front["license"], front["license_link"]) == ("other", "LICENSE")
    assert front["license_name"] == "by-agreement-with-us-no-sale"


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"])))
def test_whatever_a_form_may_hold_in_one_line_is_read_again_from_the_front_matter(text):
    assert yaml.safe_load(f"key: {_quoted(text)}") == {"key": text}


def test_the_figures_are_those_of_the_data(corpus, release, tmp_path):
    release()
    _, text = _card(tmp_path)
    dialogues = list(read_corpus(corpus))
    messages = sum(len(dialogue.utterances) for dialogue in dialogues)
    scores = [dialogue.feedback.total for dialogue in dialogues]
    assert f"| dialogues | {len(dialogues)} |" in text
    assert f"| utterances | {messages} |" in text
    assert f"mean {sum(scores) / 16:.2f}" in text
    heard = [dialogue.feedback.items[0] for dialogue in dialogues]
    assert f"| 16 | {sum(heard) / 16:.2f} |" in next(line for line in text.splitlines() if line.startswith("| D1 "))


def test_small_groups_are_not_shown(release, tmp_path):
    release()
    _, text = _card(tmp_path)
    assert "By topic: not shown, too few dialogues." in text
    assert "| people | not told | not shown | not shown |" in text


def test_the_words_of_the_form_are_in_it_and_can_not_break_out_of_their_place(release, form, tmp_path):
    release(about=form(citation="```\n# Not a title\n````", funding="A grant."))
    _, text = _card(tmp_path)
    for words in ("Everyone agreed in writing.", "Written by ourselves.", "data@example.org", "A grant."):
        assert words in text
    assert "`````text\n```\n# Not a title\n````\n`````" in text
    assert "## Ethics" not in text


def test_no_word_topic_or_id_of_a_dialogue_is_in_card_manifest_or_licence(spoiled, release, tmp_path):
    canaries = ("カナリアの言葉", "カナリアの話題", "987654", "876543")

    def change(record):
        for message in record["dialogue"]:
            message["utterance"] = f"{message['utterance']}{canaries[0]}"
        record["topic"]["sub"] = canaries[1]
        both_reviews("client_id", "クライアント役ID", int(canaries[2]))(record)
        both_reviews("counselor_id", "カウンセラー役ID", int(canaries[3]))(record)

    spoiled(change)
    release()
    for name in ("README.md", "manifest.json", "LICENSE", "SHA256SUMS"):
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert not any(canary in text for canary in canaries), name
    words = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "out").rglob("[0-9]*.json"))
    assert canaries[0] in words
    assert canaries[2] not in words


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({}, "a number in each, not linked"),
        ({"link_roles": True}, "one number in both roles"),
        ({"keep_ids": True}, "are those of the source"),
        ({"keep_times": True}, "Dates and times are the real ones"),
        ({"reviewed_by": ("A. Reader", "B. Reader")}, "looked at by A. Reader, B. Reader."),
        ({}, "No person is named who looked at the texts."),
    ],
)
def test_the_card_says_what_was_chosen(release, tmp_path, choices, words):
    release(**choices)
    _, text = _card(tmp_path)
    assert words in text


def test_a_new_reader_finds_every_field_of_the_files_in_the_card(release, tmp_path):
    release()
    _, text = _card(tmp_path)
    record = json.loads((tmp_path / "out/kokorochat_dialogues/1.json").read_bytes())
    fields = [*record, *record["dialogue"][0], *record["topic"], *list(record["review_by_client_en"])[:5]]
    assert [field for field in fields if field not in text] == []
