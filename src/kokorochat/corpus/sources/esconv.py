"""ESConv: emotional support between two crowd workers, rated by the seeker; and the talks that were left out of it.

Two editions hold one content: the authors' `ESConv.json`, and `train.txt`, `valid.txt` and `test.txt` at Hugging Face,
whose lines are shuffled and whose white space is squeezed. White space is squeezed in both here, so that they give the
same dialogues; only the ids differ, for neither edition has any. `FailedESConv.json` is a corpus of its own.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from kokorochat.corpus.faults import decoded
from kokorochat.corpus.sources.containers import json_array, json_lines
from kokorochat.corpus.sources.place import Glimpse, Place
from kokorochat.corpus.sources.source import BOTH_HUMAN, Entry, Remark, Scale, Source, Table1Row
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError

SPLITS = ("train.txt", "valid.txt", "test.txt")

SCALE = Scale(("empathy", "relevance"), 1, 5)
"""The seeker's closing ratings. The paper counts two items without naming them; these are the two about the supporter,
beside the intensity of the seeker's own feelings."""

_ROLES = {
    "seeker": Role.CLIENT,
    "supporter": Role.COUNSELOR,
    "usr": Role.CLIENT,
    "sys": Role.COUNSELOR,
    # In FailedESConv the speaker is the one who seeks help: the feedback is theirs, the strategies the listener's.
    "speaker": Role.CLIENT,
    "listener": Role.COUNSELOR,
}

_Score = Literal["0", "1", "2", "3", "4", "5"]


class _Seeker(msgspec.Struct):
    empathy: _Score | None = None
    relevance: _Score | None = None


class _Supporter(msgspec.Struct):
    relevance: _Score | None = None


class _Survey(msgspec.Struct):
    seeker: _Seeker
    supporter: _Supporter


class _Turn(msgspec.Struct):
    speaker: str
    content: str


class _Record(msgspec.Struct):
    experience_type: str
    emotion_type: str
    problem_type: str
    survey_score: _Survey
    dialog: Annotated[Sequence[_Turn], msgspec.Meta(min_length=1)]


class _AuthorsTurn(_Turn):
    speaker: Literal["seeker", "supporter"]


class _AuthorsRecord(_Record):
    dialog: Annotated[Sequence[_AuthorsTurn], msgspec.Meta(min_length=1)]


class _HubTurn(_Turn, rename={"content": "text"}):
    speaker: Literal["usr", "sys"]
    content: str


class _HubRecord(_Record):
    dialog: Annotated[Sequence[_HubTurn], msgspec.Meta(min_length=1)]


class _FailedTurn(_Turn):
    speaker: Literal["speaker", "listener"]


class _FailedRecord(_Record):
    dialog: Annotated[Sequence[_FailedTurn], msgspec.Meta(min_length=1)]


_authors_decoder = msgspec.json.Decoder(_AuthorsRecord)
_hub_decoder = msgspec.json.Decoder(_HubRecord)
_failed_decoder = msgspec.json.Decoder(_FailedRecord)

R = TypeVar("R", bound=_Record)


def _is_array(seen: Glimpse) -> bool:
    return seen.container == "array" and seen.has("dialog", "annotation", "survey_score")


def _is_lines(seen: Glimpse) -> bool:
    return seen.container == "lines" and seen.has("dialog", "speaker", "survey_score")


def _find(place: Place) -> tuple[Path, ...]:
    # By name and not all that fit: FailedESConv.json has the same shape, and both editions together count once.
    if whole := place.those(place.files("ESConv.json"), _is_array):
        return whole
    by_name = {file.name: file for file in place.files("*.txt")}
    return place.those([by_name[name] for name in SPLITS if name in by_name], _is_lines)


def _find_failed(place: Place) -> tuple[Path, ...]:
    return place.those(place.files("FailedESConv.json"), _is_array)


def _read(path: Path) -> Iterator[Entry | InputError]:
    if path.suffix == ".txt":
        for number, line in json_lines(path):
            where = f"line {number}"
            yield _row(_hub_decoder, line, f"esconv-{path.stem}-{number}", path, where)
    else:
        for position, element in json_array(path):
            yield _row(_authors_decoder, element, f"esconv-{position}", path, f"element {position}")


def _read_failed(path: Path) -> Iterator[Entry | InputError]:
    for position, element in json_array(path):
        yield _row(_failed_decoder, element, f"esconv-failed-{position}", path, f"element {position}")


def _row(
    decoder: msgspec.json.Decoder[R], data: bytes | InputError, name: str, path: Path, where: str
) -> Entry | InputError:
    if isinstance(data, InputError):
        return data
    try:
        record = decoded(decoder, data, f"{path}, {where}")
    except InputError as fault:
        return fault
    ratings, remarks = _ratings(record.survey_score)
    return Entry(
        Dialogue(name, tuple([Utterance(_ROLES[t.speaker], None, " ".join(t.content.split())) for t in record.dialog])),
        str(path),
        where,
        ratings,
        labels={
            "experience_type": (record.experience_type,),
            "emotion_type": (record.emotion_type,),
            "problem_type": (record.problem_type,),
        },
        remarks=remarks,
    )


def _ratings(survey: _Survey) -> tuple[dict[str, int] | None, tuple[Remark, ...]]:
    """The seeker's two ratings where both were given, and what is odd about the survey."""
    scores = {
        "seeker.empathy": survey.seeker.empathy,
        "seeker.relevance": survey.seeker.relevance,
        "supporter.relevance": survey.supporter.relevance,
    }
    remarks = [
        Remark(
            "info", "stray-zero", f"survey_score.{side}", '"0" lies outside the scale of 1 to 5 and counts as unrated'
        )
        for side, score in scores.items()
        if score == "0"
    ]
    given = {
        item: int(score)
        for item, score in (("empathy", survey.seeker.empathy), ("relevance", survey.seeker.relevance))
        if score is not None and score != "0"
    }
    if len(given) == len(SCALE.items):
        return given, tuple(remarks)
    if given:
        message = f"only {next(iter(given))} was rated; the rating is left out"
        remarks.append(Remark("info", "partial-rating", "survey_score.seeker", message))
    return None, tuple(remarks)


SOURCE = Source(
    format="esconv",
    name="ESConv",
    publisher="thu-coai/Emotional-Support-Conversation; thu-coai/esconv at Hugging Face",
    licence="CC BY-NC 4.0; academic research use only",
    language="English",
    human=BOTH_HUMAN,
    unit="utterance",
    find=_find,
    read=_read,
    scale=SCALE,
    released=1_300,
    paper=Table1Row(True, True, 2, "English", 1_300, 29.5),
)

FAILED = Source(
    format="esconv-failed",
    name="FailedESConv",
    publisher="thu-coai/Emotional-Support-Conversation",
    licence="CC BY-NC 4.0; academic research use only",
    language="English",
    human=BOTH_HUMAN,
    unit="utterance",
    find=_find_failed,
    read=_read_failed,
    scale=SCALE,
    released=196,
    second_to="esconv",
)
