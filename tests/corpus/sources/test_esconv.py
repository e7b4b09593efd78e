"""ESConv: both editions give the same dialogues, and a rating counts only where both items were rated."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kokorochat.corpus.reading import find_corpora, find_corpus
from kokorochat.corpus.sources.esconv import SOURCE
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError

SURVEYS: list[dict[str, Any]] = [
    {
        "seeker": {
            "initial_emotion_intensity": "4",
            "empathy": "5",
            "relevance": "4",
            "final_emotion_intensity": "2",
        },
        "supporter": {"relevance": "5"},
    },
    {"seeker": {"initial_emotion_intensity": "3"}, "supporter": {}},
    {
        "seeker": {"initial_emotion_intensity": "5", "empathy": "3", "relevance": "2"},
        "supporter": {"relevance": "0"},
    },
]
TALKS = [
    [
        ("seeker", "My cat ran away.\n"),
        ("supporter", "Oh no,  when?"),
        ("supporter", "Oh no,  when?"),
        ("seeker", "Now"),
    ],
    [("supporter", " Hi there "), ("seeker", "Hi."), ("seeker", "I failed a test\n\nagain.")],
    [("supporter", "Welcome back."), ("seeker", "Nobody calls me."), ("supporter", "I would call you.")],
]


def official() -> list[dict[str, Any]]:
    """The authors' array: talk by `content`, white space as typed, feedback and strategies as annotations."""
    return [
        {
            "experience_type": "Current Experience",
            "emotion_type": "sadness",
            "problem_type": problem,
            "situation": "Invented.",
            "survey_score": survey,
            "dialog": [
                {
                    "speaker": speaker,
                    "annotation": {"strategy": "Question"} if speaker == "supporter" else {"feedback": "4"},
                    "content": text,
                }
                for speaker, text in talk
            ],
            "seeker_question1": "",
            "seeker_question2": "nothing",
            "supporter_question1": "",
            "supporter_question2": "",
        }
        for problem, survey, talk in zip(
            ("conflict with parents", "Issues with Parents", "problems with friends"), SURVEYS, TALKS, strict=True
        )
    ]


def hub(record: dict[str, Any]) -> dict[str, Any]:
    """The same record in the Hugging Face edition: `text`, other labels, squeezed white space, no feedback."""
    turns = [
        {"text": " ".join(turn["content"].split()), "speaker": "usr"}
        if turn["speaker"] == "seeker"
        else {"text": " ".join(turn["content"].split()), "speaker": "sys", "strategy": "Question"}
        for turn in record["dialog"]
    ]
    return {**record, "dialog": turns}


def failed() -> list[dict[str, Any]]:
    """The talks that were left out: the speaker seeks help, contents end in line breaks, no closing questions."""
    return [
        {
            "experience_type": "Previous Experience",
            "emotion_type": "anger",
            "problem_type": "job crisis",
            "situation": "Invented.",
            "survey_score": survey,
            "dialog": [
                {"speaker": "speaker", "annotation": {"feedback": "1"}, "content": "My boss shouts.\n"},
                {"speaker": "listener", "annotation": {"strategy": "Direct Guidance"}, "content": "Quit.\n"},
            ],
        }
        for survey in SURVEYS[:2]
    ]


def write_hub(folder: Path) -> Path:
    """The Hugging Face edition, whose order is another."""
    first, second, third = (json.dumps(hub(record)) + "\n" for record in official())
    (folder / "train.txt").write_text(third + "\n" + first)
    (folder / "valid.txt").write_text(second)
    (folder / "test.txt").write_text(json.dumps(hub({**official()[0], "problem_type": "sleep problems"})) + "\n")
    return folder


def write_fixture(folder: Path) -> Path:
    write_hub(folder)
    (folder / "FailedESConv.json").write_text(json.dumps(failed(), indent=1))
    (folder / "strategy.json").write_text('["[Question]"]')
    return folder


def write_official(folder: Path) -> Path:
    (folder / "ESConv.json").write_text(json.dumps(official(), indent=2))
    return folder


def test_both_editions_give_the_same_dialogues(tmp_path):
    for edition in ("a", "b"):
        (tmp_path / edition).mkdir()
    authors = {e.dialogue.utterances: e for e in find_corpus(write_official(tmp_path / "a")).entries()}
    hubs = {e.dialogue.utterances: e for e in find_corpus(write_hub(tmp_path / "b")).entries()}
    assert authors.keys() == hubs.keys()
    assert [authors[talk].ratings for talk in authors] == [hubs[talk].ratings for talk in authors]


def test_both_editions_in_one_folder_count_once(tmp_path):
    write_official(write_hub(tmp_path))
    assert [file.name for file in find_corpus(tmp_path).files] == ["ESConv.json"]


def test_a_dialogue_is_named_by_its_split_and_line(tmp_path):
    names = [entry.dialogue.id for entry in find_corpus(write_fixture(tmp_path)).entries()]
    assert names == ["esconv-train-1", "esconv-train-3", "esconv-valid-1", "esconv-test-1"]


def test_white_space_is_squeezed_and_repeats_are_kept(tmp_path):
    first = next(iter(find_corpus(write_official(tmp_path)).entries()))
    assert [u.text for u in first.dialogue.utterances] == ["My cat ran away.", "Oh no, when?", "Oh no, when?", "Now"]
    assert first.dialogue.utterances[0].time is None


def test_a_rating_is_both_items_by_the_seeker(tmp_path):
    ratings = [entry.ratings for entry in find_corpus(write_official(tmp_path)).entries()]
    assert ratings == [{"empathy": 5, "relevance": 4}, None, {"empathy": 3, "relevance": 2}]


@pytest.mark.parametrize(
    ("seeker", "codes"),
    [({"empathy": "4"}, ["partial-rating"]), ({"empathy": "4", "relevance": "0"}, ["stray-zero", "partial-rating"])],
)
def test_half_a_rating_is_left_out_with_a_remark(tmp_path, seeker, codes):
    record = official()[0]
    record["survey_score"] = {"seeker": seeker, "supporter": {}}
    (tmp_path / "ESConv.json").write_text(json.dumps([record]))
    (entry,) = find_corpus(tmp_path).entries()
    assert entry.ratings is None
    assert [remark.code for remark in entry.remarks] == codes


def test_a_stray_zero_of_the_supporter_is_remarked_on_and_changes_no_rating(tmp_path):
    third = list(find_corpus(write_official(tmp_path)).entries())[2]
    assert [(r.code, r.where) for r in third.remarks] == [("stray-zero", "survey_score.supporter.relevance")]


def test_a_folder_with_some_of_the_splits_is_read_and_known_to_be_a_part(tmp_path):
    write_hub(tmp_path)
    (tmp_path / "train.txt").unlink()
    assert SOURCE.released is not None
    assert len(list(find_corpus(tmp_path).entries())) == 2 < SOURCE.released


def test_the_failed_talks_are_a_corpus_of_their_own_in_which_the_speaker_is_the_client(tmp_path):
    write_fixture(tmp_path)
    assert [corpus.source.format for corpus in find_corpora(tmp_path)] == ["esconv"]
    corpus = find_corpus(tmp_path / "FailedESConv.json")
    assert corpus.source.format == "esconv-failed"
    first = next(corpus.entries())
    assert [(u.role, u.text) for u in first.dialogue.utterances] == [
        (Role.CLIENT, "My boss shouts."),
        (Role.COUNSELOR, "Quit."),
    ]
    assert first.score == 9


@pytest.mark.parametrize("format", ["esconv", "esconv-failed"])
def test_the_failed_talks_can_be_named_by_either_format(tmp_path, format):
    write_fixture(tmp_path)
    corpus = find_corpus(f"{format}={tmp_path / 'FailedESConv.json'}")
    assert corpus.source.format == "esconv-failed"


def _fault(tmp_path: Path, record: object) -> str:
    (tmp_path / "train.txt").write_text(json.dumps(hub(official()[0])) + "\n" + json.dumps(record))
    good, fault = find_corpus(f"esconv={tmp_path}").rows()
    assert not isinstance(good, InputError)
    assert isinstance(fault, InputError)
    assert "train.txt, line 2" in fault.place
    return str(fault)


def test_an_unknown_label_is_a_fault_with_file_and_line(tmp_path):
    record = hub(official()[0])
    record["dialog"][2]["speaker"] = "listener"
    assert "field dialog[2].speaker: 'listener' is none of the values" in _fault(tmp_path, record)


@pytest.mark.parametrize("score", [5, "6", "", "5.0", True, 10**400])
def test_a_score_that_is_no_string_from_0_to_5_is_a_fault(tmp_path, score):
    record = hub(official()[0])
    record["survey_score"] = {"seeker": {"empathy": score}, "supporter": {}}
    assert "field survey_score.seeker.empathy" in _fault(tmp_path, record)


@pytest.mark.parametrize("part", ["dialog", "survey_score", "problem_type"])
def test_a_missing_part_is_a_fault_that_names_it(tmp_path, part):
    record = hub(official()[0])
    del record[part]
    assert part in _fault(tmp_path, record)


def test_a_dialogue_without_a_word_is_a_fault(tmp_path):
    assert "field dialog" in _fault(tmp_path, {**hub(official()[0]), "dialog": []})


@pytest.mark.slow
def test_the_release_has_its_published_counts(shared_corpus):
    entries = list(find_corpus(shared_corpus("esconv")).entries())
    roles = Counter(utterance.role for entry in entries for utterance in entry.dialogue.utterances)
    lengths = [len(entry.dialogue.utterances) for entry in entries]
    assert len(entries) == SOURCE.released == 1_300
    assert roles == {Role.CLIENT: 19_989, Role.COUNSELOR: 18_376}
    assert (round(sum(lengths) / 1_300, 3), min(lengths), max(lengths)) == (29.512, 16, 120)
    assert Counter(entry.dialogue.utterances[0].role for entry in entries)[Role.COUNSELOR] == 683
    assert Counter(entry.dialogue.utterances[-1].role for entry in entries)[Role.COUNSELOR] == 875
    assert sum(entry.ratings is not None for entry in entries) == 1_150
    assert Counter(remark.code for entry in entries for remark in entry.remarks) == {"stray-zero": 4}


@pytest.mark.slow
def test_the_failed_talks_have_their_published_counts(shared_corpus):
    entries = list(find_corpus(f"esconv={shared_corpus('esconv') / 'FailedESConv.json'}").entries())
    lengths = [len(entry.dialogue.utterances) for entry in entries]
    assert (len(entries), sum(lengths), min(lengths), max(lengths)) == (196, 5_230, 2, 186)
    assert sum(entry.ratings is None for entry in entries) == 54
