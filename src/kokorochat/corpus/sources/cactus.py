"""CACTUS: cognitive behavioural therapy written by a model; one array of 270 MB, each dialogue one string.

The repository's own scripts write a dialogue as a list of messages instead, one file for each session; both are read.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from kokorochat.corpus.faults import decoded
from kokorochat.corpus.sources.containers import file_content, json_array, json_lines
from kokorochat.corpus.sources.place import Glimpse, Place
from kokorochat.corpus.sources.source import NONE_HUMAN, Entry, Remark, Source, Table1Row
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError

ROLES = {"counselor": Role.COUNSELOR, "client": Role.CLIENT}

LABELLED_LINE = "labelled line"
"""What Table 1 counts: a line that begins with a speaker, with the lines that go on with it."""

_LABEL = re.compile(r"\s*(counselor|client)\s*(?:\(([^()]{1,80})\))?\s*:\s*", re.IGNORECASE)
_OTHER_SPEAKER = re.compile(r"\s*(counsellor|therapist|patient|doctor|user|assistant)\s*:", re.IGNORECASE)
"""Labels that are not of this corpus: a turn must not be taken for the end of the one before it."""


class _Message(msgspec.Struct):
    role: Role
    message: str


class _Record(msgspec.Struct):
    """A record of the published array, or the file of a session."""

    dialogue: str | list[_Message] | None = None
    history: list[_Message] | None = None
    thought: str | None = None
    patterns: list[str] = []
    attitude: str | None = None
    cbt_technique: str | None = None


_decoder = msgspec.json.Decoder(_Record)


def _is_released(seen: Glimpse) -> bool:
    return seen.container != "object" and seen.has("thought", "dialogue", "cbt_plan")


def _is_session(seen: Glimpse) -> bool:
    return seen.container == "object" and seen.has("cbt_plan", "history", "message")


def _find(place: Place) -> tuple[Path, ...]:
    if not place.is_folder:
        files = place.files("*.json") + place.files("*.jsonl")
        return place.those(files, lambda seen: _is_released(seen) or _is_session(seen))
    # By name: the other arrays of the repository are intake forms.
    released = place.those(place.files("cactus.json*"), _is_released)[:1]
    return released or place.those(place.files("session_*.json"), _is_session)


def _read(path: Path) -> Iterator[Entry | InputError]:
    for where, name, data in _records(path):
        if isinstance(data, InputError):
            yield data
            continue
        try:
            yield _entry(data, name, str(path), where)
        except InputError as fault:
            yield fault


def _records(path: Path) -> Iterator[tuple[str, str, bytes | InputError]]:
    """Of each record in a file: the row, the dialogue's id, the bytes."""
    if path.suffix == ".jsonl":
        for number, line in json_lines(path):
            yield f"line {number}", f"{path.stem}-{number}", line
    elif path.name.startswith("session_"):
        yield "", path.stem, file_content(path)
    else:
        for position, element in json_array(path):
            yield f"element {position}", f"{path.stem}-{position}", element


def _entry(data: bytes, name: str, file: str, where: str) -> Entry:
    place = f"{file}, {where}" if where else file
    record = decoded(_decoder, data, place)
    talk = record.history if record.dialogue is None else record.dialogue
    remarks: list[Remark] = []
    if isinstance(talk, str):
        utterances = list(_labelled(talk, name, place, remarks))
    else:
        utterances = [Utterance(message.role, None, message.message) for message in talk or ()]
    if not utterances:
        raise InputError(place, "field dialogue: holds no utterance", "Fetch the file again")
    labels = {
        "attitude": (record.attitude,),
        "cbt_technique": (record.cbt_technique,),
        "patterns": tuple(record.patterns),
    }
    return Entry(
        Dialogue(name, tuple(utterances)),
        file,
        where,
        counts={LABELLED_LINE: len(utterances)},
        group=record.thought,
        labels={key: given for key, values in labels.items() if (given := tuple(value for value in values if value))},
        remarks=tuple(remarks),
    )


def _labelled(talk: str, name: str, place: str, remarks: list[Remark]) -> Iterator[Utterance]:
    """The turns of one string; what stands in brackets behind a speaker's name goes to the remarks."""
    role: Role | None = None
    words: list[str] = []
    turn = 0
    for number, line in enumerate(talk.replace("\r\n", "\n").split("\n"), start=1):
        label = _LABEL.match(line)
        if label is None:
            if _OTHER_SPEAKER.match(line) or (role is None and line.strip()):
                problem = f"field dialogue, line {number} of it: begins with neither Counselor: nor Client:"
                raise InputError(place, problem, "Mend that line, or fetch the file again")
            words.append(line)
            continue
        if role is not None:
            yield Utterance(role, None, "\n".join(words).strip())
            turn += 1
        role, words = ROLES[label[1].lower()], [line[label.end() :]]
        if label[2]:
            remarks.append(Remark("info", "speaker-manner", f"{name}:{turn}", f"the speaker's label adds {label[2]!r}"))
    if role is not None:
        yield Utterance(role, None, "\n".join(words).strip())


SOURCE = Source(
    format="cactus",
    name="CACTUS",
    publisher="LangAGI-Lab/cactus",
    licence="GPL-2.0 (repository), gpl (data)",
    language="English",
    human=NONE_HUMAN,
    unit=LABELLED_LINE,
    find=_find,
    read=_read,
    released=31_577,
    paper=Table1Row(False, False, None, "English", 31_577, 31.5),
)
