"""Multilingual KokoroChat: KokoroChat's dialogues in other words, with what the translation left undone remarked on."""

import json
from pathlib import Path
from typing import Any

import pytest

from kokorochat.corpus.checks import check_corpus
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpora, find_corpus, read_corpus
from kokorochat.domain.errors import InputError

WORDS = {
    "en": ["Hello, I'm listening.", "", "I can't sleep.\nNot at all. ", "そうですか", "Пока"],
    "zh": ["你好，请讲。", "", "我睡不着。\n一点也不行。 ", "そうですか", "再见"],
}
FOLDERS = {"en": "English", "zh": "Chinese"}


def record(number: int, language: str) -> dict[str, Any]:
    """A demo dialogue in the shape of the translations: one review block, the original beside the translation."""
    original = json.loads((DEMO_CORPUS / f"{number}.json").read_text(encoding="utf-8"))
    words = WORDS[language]
    return {
        "dialogue": [
            {
                "role": turn["role"],
                "time": turn["time"],
                "origin": turn["utterance"],
                "content": words[index] if index < len(words) else words[0],
            }
            for index, turn in enumerate(original["dialogue"])
        ],
        "topic": original["topic"],
        "review_by_client": original["review_by_client_en"],
    }


def write_fixture(folder: Path) -> Path:
    for language, numbers in {"en": (3, 10), "zh": (2, 3, 10)}.items():
        (folder / FOLDERS[language]).mkdir()
        for number in numbers:
            write(folder, language, number, record(number, language))
    return folder


def write(folder: Path, language: str, number: int, content: object) -> Path:
    file = folder / FOLDERS[language] / f"{language}{number}.json"
    file.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
    return file


def test_a_place_with_both_languages_holds_two_corpora(tmp_path):
    write_fixture(tmp_path)
    for spec in (tmp_path, f"multilingual-kokorochat={tmp_path}"):
        found = find_corpora(spec)
        assert [(corpus.source.language, len(corpus.files)) for corpus in found] == [("English", 2), ("Chinese", 3)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_language_is_named_or_given_by_its_folder(tmp_path, language):
    write_fixture(tmp_path)
    named = find_corpus(f"multilingual-kokorochat-{language}={tmp_path}")
    assert list(named.entries()) == list(find_corpus(tmp_path / FOLDERS[language]).entries())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_but_the_words_is_kokorochats(tmp_path, language):
    originals = {dialogue.id: dialogue for dialogue in read_corpus(DEMO_CORPUS)}
    for entry in find_corpus(f"multilingual-kokorochat-{language}={write_fixture(tmp_path)}").entries():
        original = originals[entry.dialogue.id]
        assert [(u.role, u.time) for u in entry.dialogue.utterances] == [(u.role, u.time) for u in original.utterances]
        assert (entry.dialogue.topic, entry.dialogue.feedback) == (original.topic, original.feedback)
        assert (entry.dialogue.counselor, entry.dialogue.client) == (original.counselor, original.client)
        assert entry.ratings == original.feedback.by_key()


def test_words_are_kept_as_they_are(tmp_path):
    entry = next(find_corpus(write_fixture(tmp_path) / "English").entries())
    assert [u.text for u in entry.dialogue.utterances[:5]] == WORDS["en"]


@pytest.mark.parametrize(("language", "places"), [("en", ["3:3", "3:4"]), ("zh", ["3:3"])])
def test_letters_of_neither_language_are_found_by_the_validator(tmp_path, language, places):
    file = write_fixture(tmp_path) / FOLDERS[language] / f"{language}3.json"
    found = check_corpus(find_corpus(file))
    assert [finding.where for finding in found if finding.code == "foreign-script"] == places


def test_a_file_by_another_dialogues_name_is_remarked_on(tmp_path):
    file = write(write_fixture(tmp_path), "en", 7, record(3, "en"))
    (entry,) = find_corpus(file).entries()
    assert entry.remarks[0].code == "id-is-not-file-name"


@pytest.mark.parametrize(
    ("language", "content", "code"),
    [
        ("en", "(Translator's note: a pun) Yes.", "translators-note"),
        ("en", "Yes. [Note: the original is cut off]", "translators-note"),
        ("zh", "好的（译注：双关）", "translators-note"),
        ("en", "Translate the following utterance into English: yes", "prompt-scrap"),
        ("zh", "翻译结果：好的", "prompt-scrap"),
        ("en", "I translate novels (at night).", None),
        ("en", "One thing: no notes (not one).", None),
        ("zh", "我是做翻译的（在家）。", None),
    ],
)
def test_what_a_translator_left_behind_is_remarked_on_and_kept(tmp_path, language, content, code):
    changed = record(3, language)
    changed["dialogue"][1]["content"] = content
    (entry,) = find_corpus(write(write_fixture(tmp_path), language, 3, changed)).entries()
    assert [(remark.code, remark.where) for remark in entry.remarks] == ([(code, "3:1")] if code else [])
    assert entry.dialogue.utterances[1].text == content


def test_the_releases_spelling_is_the_one_that_is_read(tmp_path):
    content = record(3, "en")
    review = content["review_by_client"]
    review["clarified_issues_clearly"] = review.pop("clarified_issues_cleraly")
    (fault,) = find_corpus(write(write_fixture(tmp_path), "en", 3, content)).rows()
    assert isinstance(fault, InputError)
    assert "clarified_issues_clearly" in str(fault)


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("dialogue", 1, "role"), "counsellor", "dialogue[1].role"),
        (("dialogue", 1, "content"), None, "dialogue[1].content"),
        (("dialogue", 1, "time"), "soon", "dialogue[1].time"),
        (("topic", "main_jp"), "天気", "topic.main_jp"),
        (("review_by_client", "felt_respected"), 6, "review_by_client.felt_respected"),
        (("dialogue",), [], "dialogue"),
    ],
)
def test_a_wrong_value_is_a_fault_that_names_the_field(tmp_path, path, value, named):
    content = place = record(3, "zh")
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    file = write(write_fixture(tmp_path), "zh", 3, content)
    (fault,) = find_corpus(f"multilingual-kokorochat-zh={file}").rows()
    assert isinstance(fault, InputError)
    assert named in str(fault)
