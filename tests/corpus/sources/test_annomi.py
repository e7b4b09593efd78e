"""Anno-MI: repeats for annotators are one utterance, the number gives the order, and times are only remarked upon."""

import csv
from pathlib import Path

import pytest

from kokorochat.corpus.reading import find_corpora, find_corpus
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError

ABOUT = ["video_title", "video_url", "topic", "utterance_id", "interlocutor", "timestamp", "utterance_text"]
LABELS = ["main_therapist_behaviour", "client_talk_type"]
EXISTS = [f"{what}_{part}" for what in ("therapist_input", "reflection", "question") for part in ("exists", "subtype")]
SIMPLE = ["transcript_id", "mi_quality", *ABOUT, *LABELS]
FULL = ["mi_quality", "transcript_id", *ABOUT, "annotator_id", *EXISTS, *LABELS]

TIRED = {"transcript_id": "7", "mi_quality": "high", "topic": "more sleep; less coffee "}
SHORT = {"transcript_id": "3", "mi_quality": "low", "topic": "more sleep"}
VIDEO = {"video_title": "Nights", "video_url": "https://video.example/a"}


def _row(transcript: dict[str, str], number: int, interlocutor: str, timestamp: str, text: str) -> dict[str, str]:
    talk = {"utterance_id": str(number), "interlocutor": interlocutor, "timestamp": timestamp, "utterance_text": text}
    return {**transcript, **VIDEO, **talk}


ROWS = [
    _row(TIRED, 1, "client", "00:00:09", "I'm tired, [yawns] so\ntired."),
    _row(TIRED, 0, "therapist", "00:00:02", "How was the night?"),
    _row(TIRED, 2, "client", "00:00:100", "And cross."),
    _row(TIRED, 3, "therapist", "00:00:05", "Cross, too."),
    _row(SHORT, 0, "client", "00:10:00", "Hello."),
    _row(SHORT, 1, "therapist", "00:10:02", 'You "must" sleep.'),
]


def _write(file: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, columns, restval="n/a", extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)


def write_fixture(folder: Path) -> Path:
    """Both tables; the full one in other order, each utterance of transcript 7 there for two annotators."""
    _write(folder / "AnnoMI-simple.csv", SIMPLE, ROWS)
    annotators = [("4", ROWS), ("9", [row for row in ROWS if row["transcript_id"] == "7"])]
    full = [{**row, "annotator_id": annotator} for annotator, rows in annotators for row in rows]
    _write(folder / "AnnoMI-full.csv", FULL, full)
    return folder


def _changed(tmp_path: Path, position: int, **change: str) -> Path:
    rows = [*ROWS]
    rows[position] = {**rows[position], **change}
    _write(tmp_path / "AnnoMI-simple.csv", SIMPLE, rows)
    return tmp_path


def test_the_two_tables_of_a_folder_are_one_corpus(tmp_path):
    (corpus,) = find_corpora(write_fixture(tmp_path))
    assert [file.name for file in corpus.files] == ["AnnoMI-simple.csv"]
    assert corpus.source.format == "annomi"


def test_the_full_table_without_its_repeats_holds_the_same_dialogues(tmp_path):
    write_fixture(tmp_path)
    simple = list(find_corpus(tmp_path / "AnnoMI-simple.csv").dialogues())
    full = list(find_corpus(tmp_path / "AnnoMI-full.csv").entries())
    assert [entry.dialogue for entry in full] == simple
    assert [remark.code for remark in full[0].remarks].count("repeated-rows") == 1


def test_utterances_come_by_their_number_and_keep_their_words(tmp_path):
    first, second = find_corpus(write_fixture(tmp_path)).dialogues()
    assert [u.role for u in first.utterances] == [Role.COUNSELOR, Role.CLIENT, Role.CLIENT, Role.COUNSELOR]
    assert first.utterances[1].text == "I'm tired, [yawns] so\ntired."
    assert (first.id, second.id) == ("7", "3")
    assert second.utterances[1].text == 'You "must" sleep.'


def test_a_malformed_time_or_one_that_runs_back_is_remarked_upon_and_the_utterance_kept(tmp_path):
    first = next(find_corpus(write_fixture(tmp_path)).entries())
    assert [(r.code, r.where) for r in first.remarks] == [("malformed-time", "7:2"), ("time-runs-back", "7:3")]
    assert all(utterance.time is None for utterance in first.dialogue.utterances)


def test_transcripts_of_one_video_are_one_group_and_topics_are_told_apart(tmp_path):
    first, second = find_corpus(write_fixture(tmp_path)).entries()
    assert first.group == second.group == "https://video.example/a"
    assert first.labels == {"mi_quality": ("high",), "topic": ("more sleep", "less coffee")}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"interlocutor": "narrator"}, "'narrator' is neither therapist nor client"),
        ({"utterance_id": "x"}, "'x' is not a whole number"),
        ({"utterance_id": "1"}, "two rows of utterance 1 disagree"),
    ],
)
def test_a_row_that_can_not_be_used_costs_its_transcript_alone(tmp_path, change, named):
    first, second = find_corpus(_changed(tmp_path, 3, **change)).rows()
    assert named in str(first)
    assert "line 6" in first.place
    assert second.dialogue.id == "3"


def test_a_hole_in_the_numbers_is_remarked_upon(tmp_path):
    first = next(find_corpus(_changed(tmp_path, 3, utterance_id="900000000")).entries())
    assert ("missing-utterances", "899999997 are not there, the first is utterance_id 3") in [
        (remark.code, remark.message) for remark in first.remarks
    ]


def test_a_table_of_other_columns_is_refused_by_the_column_that_lacks(tmp_path):
    (tmp_path / "a.csv").write_text("transcript_id,mi_quality\n1,high\n")
    (row,) = find_corpus(f"annomi={tmp_path}").rows()
    assert isinstance(row, InputError)
    assert "has no column video_url" in str(row)
