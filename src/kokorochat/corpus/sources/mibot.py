"""MIBOT v6.3A: motivational interviews of human smokers with a counselor that is a model, rated by the smokers.

`data.csv` has a row for each participant, `transcripts/` a file. An utterance here is a thought unit, as the publisher
cut it, and no message: what other corpora call a message is a volley, all that one says until the other speaks.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kokorochat.corpus.faults import decoded
from kokorochat.corpus.sources.containers import csv_rows, file_content
from kokorochat.corpus.sources.place import Place, natural
from kokorochat.corpus.sources.source import Entry, Remark, Scale, Source
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError

SURVEY, TRANSCRIPTS = "data.csv", "transcripts"

THOUGHT_UNIT, VOLLEY = "thought unit", "volley"

SCALE = Scale(tuple(f"CAREQ{number}" for number in range(1, 11)), 0, 5)
"""The CARE measure of empathy. What 0 means is not stated; it occurs in questions 4, 8, 9 and 10 only."""

COLUMNS = ("ParticipantID", *SCALE.items)
"""What is read of the survey."""

_ROLES = {"counsellor": Role.COUNSELOR, "client": Role.CLIENT}
_PARTICIPANT = re.compile(r"[0-9A-Za-z_-]{1,200}")


class _Turn(msgspec.Struct):
    speaker: Literal["counsellor", "client"]
    volley_number: int
    text: str


class _Transcript(msgspec.Struct):
    participant_id: str
    utterances: Annotated[list[_Turn], msgspec.Meta(min_length=1)]


_decoder = msgspec.json.Decoder(_Transcript)


def _find(place: Place) -> tuple[Path, ...]:
    inside = place.is_folder and place.path.name == TRANSCRIPTS and os.path.exists(place.path.parent / SURVEY)
    surveys = (place.path.parent / SURVEY,) if inside else place.files(SURVEY)
    if found := place.those(surveys, lambda seen: seen.has(*COLUMNS)):
        return found
    return place.those(
        place.files("*.json", place.folder(TRANSCRIPTS)),
        lambda seen: seen.container == "object" and seen.has("participant_id", "utterances", "volley_number"),
    )


def _read(path: Path) -> Iterator[Entry | InputError]:
    if path.name == SURVEY:
        yield from _surveyed(path)
    else:
        yield _alone(path)


def _surveyed(survey: Path) -> Iterator[Entry | InputError]:
    """The transcripts in the order of the survey, then those of whom it doesn't tell."""
    folder = survey.parent / TRANSCRIPTS
    told: set[str] = set()
    for line, row in csv_rows(survey, *COLUMNS):
        place = f"{survey}, line {line}"
        if isinstance(row, InputError):
            yield row
            continue
        try:
            participant = _participant(row, place)
            if participant in told:
                raise InputError(f"{place}, ParticipantID", f"{participant} is there twice", "Remove one of the rows")
            told.add(participant)
            ratings, remarks = _ratings(row, place)
            file = folder / f"{participant}.json"
            if not os.path.exists(file):
                raise InputError(place, f"participant {participant} has no transcript", f"Fetch {file}")
            yield _transcript(file, ratings, remarks)
        except InputError as fault:
            yield fault
    for file in sorted(folder.glob("*.json"), key=natural):
        if file.stem not in told:
            yield _unrated(file)


def _alone(file: Path) -> Entry | InputError:
    """One transcript, with its rating where the survey lies at its place."""
    survey = file.parent.parent / SURVEY
    if os.path.exists(survey):
        for line, row in csv_rows(survey, *COLUMNS):
            if isinstance(row, dict) and row["ParticipantID"] == file.stem:
                try:
                    return _transcript(file, *_ratings(row, f"{survey}, line {line}"))
                except InputError as fault:
                    return fault
    return _unrated(file)


def _unrated(file: Path) -> Entry | InputError:
    message = f"{SURVEY} has no row of this participant, so there is no rating"
    try:
        return _transcript(file, None, (Remark("warning", "no-survey", "", message),))
    except InputError as fault:
        return fault


def _participant(row: dict[str, str], place: str) -> str:
    participant = row["ParticipantID"]
    if not _PARTICIPANT.fullmatch(participant):
        what = f"{participant[:40]!r} is no id" if participant else "is missing"
        raise InputError(f"{place}, ParticipantID", what, "Fetch the file again")
    return participant


def _ratings(row: dict[str, str], place: str) -> tuple[dict[str, int] | None, tuple[Remark, ...]]:
    """The ten ratings; None with a remark where one was not given."""
    ratings = {}
    for item in SCALE.items:
        value = row[item]
        if not value:
            return None, (Remark("info", "partial-rating", item, "not all questions were answered"),)
        if value not in ("0", "1", "2", "3", "4", "5"):
            problem = f"must be a whole number from {SCALE.lowest} to {SCALE.highest}, not {value[:40]!r}"
            raise InputError(f"{place}, {item}", problem, "Mend that cell, or fetch the file again")
        ratings[item] = int(value)
    return ratings, ()


def _transcript(file: Path, ratings: dict[str, int] | None, remarks: tuple[Remark, ...]) -> Entry:
    data = file_content(file)
    if isinstance(data, InputError):
        raise data
    transcript = decoded(_decoder, data, str(file))
    if transcript.participant_id != file.stem:
        raise InputError(
            f"{file}, participant_id",
            f"{transcript.participant_id[:80]!r} is not the file's name",
            "Name the file by its participant, or fetch it again",
        )
    turns = transcript.utterances
    # The numbers run through the whole corpus, and some stand in two transcripts: they count within one.
    volleys = len({turn.volley_number for turn in turns})
    return Entry(
        Dialogue(
            transcript.participant_id,
            tuple([Utterance(_ROLES[turn.speaker], None, turn.text) for turn in turns]),
            client=transcript.participant_id,
        ),
        str(file),
        ratings=ratings,
        counts={THOUGHT_UNIT: len(turns), VOLLEY: volleys},
        remarks=remarks,
    )


SOURCE = Source(
    format="mibot",
    name="MIBOT v6.3A",
    publisher="zaffnet/MIBOT_ACL2025",
    licence="CC BY-SA 4.0",
    language="English",
    human=frozenset({Role.CLIENT}),
    unit=THOUGHT_UNIT,
    find=_find,
    read=_read,
    scale=SCALE,
    released=106,
)
