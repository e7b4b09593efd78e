"""MIBOT: transcripts and survey belong together, and what is missing of either is named."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.mibot import SCALE
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError

ANNA, BEN, CLEO = ("a" * 64, "b" * 64, "c" * 64)

TALKS = {
    # (speaker, volley, text): a volley holds several thought units; volley 3 stands in two transcripts.
    ANNA: [
        ("counsellor", 1, "Hello!"),
        ("counsellor", 1, "What brings you here?"),
        ("client", 2, "My {{NAME}} wants me to quit."),
        ("counsellor", 3, "And you?"),
    ],
    BEN: [("counsellor", 3, "Hello!"), ("client", 4, ""), ("client", 4, "I smoke at night.")],
    CLEO: [("counsellor", 9, "Hello!"), ("client", 10, "No.")],
}


def write_fixture(folder: Path) -> Path:
    (folder / "transcripts").mkdir()
    number = 0
    for participant, talk in TALKS.items():
        turns = []
        for speaker, volley, text in talk:
            number += 1
            turns.append(
                {
                    "speaker": speaker,
                    "volley_number": volley,
                    "utterance_number": number,
                    "text": text,
                    "auto_misc_label": "Other" if speaker == "counsellor" else "N",
                    "auto_misc_explanation": "Invented.",
                    "word_count": len(text.split()),
                }
            )
        record = {"participant_id": participant, "utterances": turns, "stats": {"session_duration_minutes": 5.1}}
        (folder / "transcripts" / f"{participant}.json").write_text(json.dumps(record, indent=2))
    write_survey(folder, {CLEO: ["0"] * 10, ANNA: ["5", "4"] * 5, BEN: ["3"] * 10})
    return folder


def write_survey(folder: Path, ratings: dict[str, list[str]]) -> None:
    with (folder / "data.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["ParticipantID", "DailyNum", "FeedbackQ1", "LikedBot", *SCALE.items, "WeekLaterQuitAttempt"])
        for participant, values in ratings.items():
            table.writerow([participant, "7", "kind,\nquick", "YES", *values, "False"])


def test_the_rating_comes_from_the_survey_and_so_does_the_order(tmp_path):
    entries = list(find_corpus(write_fixture(tmp_path)).entries())
    assert [entry.dialogue.id for entry in entries] == [CLEO, ANNA, BEN]
    assert [entry.score for entry in entries] == [0, 45, 30]
    assert entries[1].ratings == dict(zip(SCALE.items, [5, 4] * 5, strict=True))


def test_an_utterance_is_a_thought_unit_and_volleys_count_within_a_transcript(tmp_path):
    counts = {entry.dialogue.id: entry.counts for entry in find_corpus(write_fixture(tmp_path)).entries()}
    assert counts[ANNA] == {"thought unit": 4, "volley": 3}
    assert counts[BEN] == {"thought unit": 3, "volley": 2}


def test_texts_are_kept_as_they_are(tmp_path):
    texts = {
        e.dialogue.id: [u.text for u in e.dialogue.utterances] for e in find_corpus(write_fixture(tmp_path)).entries()
    }
    assert texts[ANNA][2] == "My {{NAME}} wants me to quit."
    assert texts[BEN][1] == ""


def test_the_client_is_known_by_id_and_the_counselor_is_nobody(tmp_path):
    first = next(find_corpus(write_fixture(tmp_path)).entries())
    assert (first.dialogue.client, first.dialogue.counselor) == (CLEO, None)
    assert [u.role for u in first.dialogue.utterances] == [Role.COUNSELOR, Role.CLIENT]


@pytest.mark.parametrize("inner", ["data.csv", "transcripts"])
def test_survey_and_transcripts_are_found_from_each_other(tmp_path, inner):
    write_fixture(tmp_path)
    assert list(find_corpus(tmp_path / inner).entries()) == list(find_corpus(tmp_path).entries())


def test_one_transcript_has_its_rating_too(tmp_path):
    write_fixture(tmp_path)
    (entry,) = find_corpus(tmp_path / "transcripts" / f"{ANNA}.json").entries()
    assert entry.score == 45


def test_without_the_survey_transcripts_are_read_and_said_to_be_unrated(tmp_path):
    write_fixture(tmp_path)
    (tmp_path / "data.csv").unlink()
    for place in (tmp_path, tmp_path / "transcripts"):
        entries = list(find_corpus(place).entries())
        assert [(e.dialogue.id, e.ratings, e.remarks[0].code) for e in entries] == [
            (participant, None, "no-survey") for participant in (ANNA, BEN, CLEO)
        ]


def test_a_transcript_of_whom_the_survey_does_not_tell_comes_last_and_unrated(tmp_path):
    write_survey(write_fixture(tmp_path), {BEN: ["3"] * 10, CLEO: ["2"] * 10})
    entries = list(find_corpus(tmp_path).entries())
    assert [(e.dialogue.id, e.score, len(e.remarks)) for e in entries] == [(BEN, 30, 0), (CLEO, 20, 0), (ANNA, None, 1)]


def test_a_missing_transcript_is_a_fault_in_its_place(tmp_path):
    write_fixture(tmp_path)
    (tmp_path / "transcripts" / f"{ANNA}.json").unlink()
    _, fault, _ = find_corpus(tmp_path).rows()
    assert isinstance(fault, InputError)
    assert f"participant {ANNA} has no transcript" in str(fault)
    assert "data.csv, line " in fault.place


@pytest.mark.parametrize("value", ["6", "-1", "3.5", "three", "²"])
def test_a_rating_outside_the_scale_is_a_fault_and_its_transcript_is_not_read_without(tmp_path, value):
    write_survey(write_fixture(tmp_path), {ANNA: ["5"] * 9 + [value], BEN: ["3"] * 10, CLEO: ["3"] * 10})
    fault, *entries = find_corpus(tmp_path).rows()
    assert "CAREQ10" in str(fault)
    assert [entry.dialogue.id for entry in entries if isinstance(entry, Entry)] == [BEN, CLEO]


def test_a_question_without_an_answer_leaves_the_rating_out(tmp_path):
    write_survey(write_fixture(tmp_path), {ANNA: ["5"] * 9 + [""], BEN: ["3"] * 10, CLEO: ["3"] * 10})
    first = next(find_corpus(tmp_path).entries())
    assert (first.ratings, [remark.code for remark in first.remarks]) == (None, ["partial-rating"])


@pytest.mark.parametrize("participant", ["", "../secret", "a/b", "\x00"])
def test_an_id_that_is_no_name_of_a_file_is_a_fault(tmp_path, participant):
    write_survey(write_fixture(tmp_path), {participant: ["5"] * 10})
    fault = next(find_corpus(tmp_path).rows())
    assert "ParticipantID" in str(fault)


def test_a_participant_who_is_there_twice_is_a_fault(tmp_path):
    write_fixture(tmp_path)
    table = tmp_path / "data.csv"
    table.write_text(table.read_text() + table.read_text().splitlines()[-2] + "\n" + table.read_text().splitlines()[-1])
    *_, fault = find_corpus(tmp_path).rows()
    assert "is there twice" in str(fault)


def test_a_survey_without_its_columns_is_a_fault(tmp_path):
    write_fixture(tmp_path)
    (tmp_path / "data.csv").write_text(f"ParticipantID,CAREQ1\n{ANNA},5\n")
    fault, *entries = find_corpus(f"mibot={tmp_path}").rows()
    assert "has no column CAREQ2" in str(fault)
    assert all(isinstance(entry, Entry) and entry.ratings is None for entry in entries)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"participant_id": BEN}, "is not the file's name"),
        ({"utterances": []}, "field utterances"),
        ({"utterances": [{"speaker": "therapist", "volley_number": 1, "text": "Hi"}]}, "utterances[0].speaker"),
        ({"utterances": [{"speaker": "client", "volley_number": "1", "text": "Hi"}]}, "utterances[0].volley_number"),
        ({"utterances": [{"speaker": "client", "volley_number": 1}]}, "text"),
    ],
)
def test_a_broken_transcript_is_a_fault_that_names_the_field(tmp_path, change, named):
    write_fixture(tmp_path)
    file = tmp_path / "transcripts" / f"{ANNA}.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    _, fault, _ = find_corpus(tmp_path).rows()
    assert str(file) in str(fault)
    assert named in str(fault)


@pytest.mark.slow
def test_the_release_has_its_published_counts(shared_corpus):
    entries = list(find_corpus(shared_corpus("mibot")).entries())
    roles = Counter(utterance.role for entry in entries for utterance in entry.dialogue.utterances)
    lengths = [len(entry.dialogue.utterances) for entry in entries]
    assert roles == {Role.COUNSELOR: 6_135, Role.CLIENT: 2_420}
    assert (len(entries), sum(lengths), min(lengths), max(lengths)) == (106, 8_555, 36, 163)
    volleys = sum(entry.counts["volley"] for entry in entries)
    assert (volleys, round(volleys / 106, 2)) == (3_176, 29.96)
    assert all(entry.ratings is not None and len(entry.ratings) == 10 for entry in entries)
    assert Counter(entry.dialogue.utterances[-1].role for entry in entries) == {Role.CLIENT: 78, Role.COUNSELOR: 28}
