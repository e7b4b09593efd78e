"""ESD-CoT: emotional support written by a model, with a chain of thought for the supporter's last turn.

That turn, the response, stands outside the history. It belongs to the dialogue here; Table 1 counts without it.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from kokorochat.corpus.faults import decoded
from kokorochat.corpus.sources.containers import json_array
from kokorochat.corpus.sources.place import Glimpse, Place
from kokorochat.corpus.sources.source import NONE_HUMAN, Entry, Source, Table1Row
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError

ROLES = {"supporter": Role.COUNSELOR, "seeker": Role.CLIENT}

SPLITS = ("train.json", "val.json", "test.json")

HISTORY = "utterance before the response"
"""What Table 1 counts."""


class _Turn(msgspec.Struct):
    speaker: str
    content: str


class _Talk(msgspec.Struct):
    dialog: list[_Turn]
    response: str
    strategy: str


class _Record(msgspec.Struct):
    id: int
    original_data: _Talk


class _Ablation(msgspec.Struct):
    instruction: str
    input: str
    output: str
    dialog_id: int


_decoder = msgspec.json.Decoder(_Record)
_ablation = msgspec.json.Decoder(_Ablation)


def _is_split(seen: Glimpse) -> bool:
    return seen.container == "array" and seen.has("original_data", "dialog", "speaker")


def _find(place: Place) -> tuple[Path, ...]:
    if not place.is_folder:
        return place.those(place.files("*.json"), _is_split)
    # By name: files of the ablation hold the same dialogues again.
    by_name = {file.name: file for file in place.files("*.json", place.folder("data"))}
    return place.those([by_name[name] for name in SPLITS if name in by_name], _is_split)


def _read(path: Path) -> Iterator[Entry | InputError]:
    for position, element in json_array(path):
        if isinstance(element, InputError):
            yield element
            continue
        try:
            yield _entry(element, path, f"element {position}")
        except InputError as fault:
            yield fault


def _entry(element: bytes, path: Path, where: str) -> Entry:
    place = f"{path}, {where}"
    try:
        record = decoded(_decoder, element, place)
    except InputError:
        _refuse_ablation(element, place)
        raise
    talk = record.original_data
    for index, turn in enumerate(talk.dialog):
        if turn.speaker not in ROLES:
            raise InputError(
                place,
                f"field original_data.dialog[{index}].speaker: {turn.speaker[:40]!r} is neither supporter nor seeker",
                "Mend that label, or fetch the file again",
            )
    if not talk.dialog:
        raise InputError(place, "field original_data.dialog: is empty", "Fetch the file again")
    history = [Utterance(ROLES[turn.speaker], None, turn.content) for turn in talk.dialog]
    return Entry(
        Dialogue(str(record.id), (*history, Utterance(Role.COUNSELOR, None, talk.response))),
        str(path),
        where,
        counts={HISTORY: len(history)},
        labels={"response_strategy": (talk.strategy,)},
    )


def _refuse_ablation(element: bytes, place: str) -> None:
    try:
        decoded(_ablation, element, place)
    except InputError:
        return
    raise InputError(
        place,
        "is of the ablation files, which hold the same dialogues again",
        "Give the folder with train.json, val.json and test.json",
    )


SOURCE = Source(
    format="esdcot",
    name="ESD-CoT",
    publisher="TeigenZhang/ESCoT",
    licence="none stated",
    language="English",
    human=NONE_HUMAN,
    unit=HISTORY,
    find=_find,
    read=_read,
    paper=Table1Row(False, False, None, "English", 1_708, 23.4),
)
