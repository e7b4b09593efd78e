"""SMILECHAT: single questions and answers that a model expanded into dialogues; one small file each, 55 thousand.

Table 1 counts the sentences of `annotation`, not the utterances.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from kokorochat.corpus.faults import decoded
from kokorochat.corpus.sources.containers import file_content
from kokorochat.corpus.sources.place import Glimpse, Place
from kokorochat.corpus.sources.source import NONE_HUMAN, Entry, Remark, Source, Table1Row
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError

SENTENCE = "sentence"

LABELS = ("支持者：", "求助者：", "咨询师：", "来访者：")
"""How the models that wrote the dialogues name speakers: in a content, a second speaker leaked in."""


class _Sentence(msgspec.Struct):
    sentence: str


class _Turn(msgspec.Struct):
    role: Role
    content: str
    annotation: list[_Sentence]


_decoder = msgspec.json.Decoder(list[_Turn])


def _is_dialogue(seen: Glimpse) -> bool:
    return seen.container == "array" and seen.has("role", "content", "annotation", "sentence")


def _find(place: Place) -> tuple[Path, ...]:
    return place.those(place.files("*.json", place.folder("data")), _is_dialogue)


def _read(path: Path) -> Iterator[Entry | InputError]:
    try:
        yield _entry(path)
    except InputError as fault:
        yield fault


def _entry(path: Path) -> Entry:
    data = file_content(path)
    if isinstance(data, InputError):
        raise data
    turns = decoded(_decoder, data, str(path))
    if not turns:
        raise InputError(str(path), "holds no utterance", "Fetch the file again")
    name = path.stem
    leaks = [
        Remark("warning", "second-speaker", f"{name}:{index}", f"{label!r} stands within the message")
        for index, turn in enumerate(turns)
        if (label := next((label for label in LABELS if label in turn.content), None))
    ]
    return Entry(
        Dialogue(name, tuple(Utterance(turn.role, None, turn.content) for turn in turns)),
        str(path),
        counts={SENTENCE: sum(len(turn.annotation) for turn in turns)},
        remarks=tuple(leaks),
    )


SOURCE = Source(
    format="smilechat",
    name="SMILECHAT",
    publisher="qiuhuachuan/smile",
    licence="CC0 1.0",
    language="Chinese",
    human=NONE_HUMAN,
    unit=SENTENCE,
    find=_find,
    read=_read,
    paper=Table1Row(False, False, None, "Chinese", 55_165, 33.2),
)
