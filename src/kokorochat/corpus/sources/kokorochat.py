"""The published KokoroChat shape: one JSON file for each dialogue. Read → write gives the same bytes.

docs/data-format.md describes the shape. Faults are named by file and field and never repaired.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from kokorochat.corpus.faults import decoded
from kokorochat.corpus.sources.containers import file_content, json_lines
from kokorochat.corpus.sources.place import Place
from kokorochat.corpus.sources.source import BOTH_HUMAN, Entry, Scale, Source, Table1Row
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import CHECKS, HIGHEST, HIGHEST_TOTAL, ITEM_KEYS, ITEMS, LOWEST, Feedback
from kokorochat.domain.topic import Topic, TopicClass

DIALOGUE_FOLDER = "kokorochat_dialogues"
"""The data folder inside the publisher's repository."""

MARK = "チェックあり"
"""What the release writes for a check that is set; an unset one is null."""

_RELEASED_SPELLING = {"clarified_issues_clearly": "clarified_issues_cleraly"}

_HEAD_EN = ("evaluation_id", "evaluation_created_at", "client_id", "counselor_id", "score")
_HEAD_JP = ("評価ID", "評価作成日時", "クライアント役ID", "カウンセラー役ID", "点数")

REVIEW_KEYS_EN = (
    *_HEAD_EN,
    *(_RELEASED_SPELLING.get(item.key, item.key) for item in ITEMS),
    *(check.key for check in CHECKS),
)
REVIEW_KEYS_JP = (*_HEAD_JP, *(item.japanese for item in ITEMS), *(check.japanese for check in CHECKS))

LocalTime = Annotated[datetime, msgspec.Meta(tz=False)]
"""A time without a zone."""


class _Utterance(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Role
    time: LocalTime
    utterance: Annotated[str, msgspec.Meta(min_length=1)]


class PublishedTopic(msgspec.Struct, forbid_unknown_fields=True):
    """The block `topic` of a file."""

    main_jp: str
    main_en: TopicClass
    sub: str

    def topic(self, place: str) -> Topic:
        """What it means.

        Raises:
            InputError: its Japanese and its English name disagree.
        """
        if self.main_en.japanese != self.main_jp:
            raise InputError(
                f"{place}, topic.main_jp",
                f"{self.main_jp!r} is not the Japanese name of {self.main_en.value!r}",
                f"It should be {self.main_en.japanese!r}",
            )
        return Topic(self.main_en, self.sub)


def _review_type(name: str, keys: tuple[str, ...]) -> type[msgspec.Struct]:
    """A struct with the same 28 fields for either language, named f0 … f27 in code, by `keys` in the file."""
    types: list[Any] = [int, LocalTime, int, int, Annotated[int, msgspec.Meta(ge=0, le=HIGHEST_TOTAL)]]
    types += [Annotated[int, msgspec.Meta(ge=LOWEST, le=HIGHEST)]] * len(ITEMS)
    types += [Literal[MARK] | None] * len(CHECKS)
    fields = [(f"f{number}", kind) for number, kind in enumerate(types)]
    names = dict(zip((field for field, _ in fields), keys, strict=True))
    return msgspec.defstruct(name, fields, rename=names, forbid_unknown_fields=True)


ReviewJp = _review_type("ReviewJp", REVIEW_KEYS_JP)
ReviewEn = _review_type("ReviewEn", REVIEW_KEYS_EN)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    dialogue: Annotated[list[_Utterance], msgspec.Meta(min_length=1)]
    topic: PublishedTopic
    review_by_client_jp: ReviewJp  # type: ignore[valid-type]
    review_by_client_en: ReviewEn  # type: ignore[valid-type]


_decoder = msgspec.json.Decoder(_File)
_FIRST_CHECK = len(_HEAD_EN) + len(ITEMS)


def decode(data: bytes, place: str) -> Dialogue:
    """One file's bytes as a dialogue.

    Args:
        place: the file's name for messages.

    Raises:
        InputError: the bytes aren't JSON of the published shape; the message names the field.
    """
    file = decoded(_decoder, data, place)
    review = msgspec.structs.astuple(file.review_by_client_en)
    japanese = msgspec.structs.astuple(file.review_by_client_jp)
    if review != japanese:
        field = next(REVIEW_KEYS_EN[i] for i in range(len(review)) if review[i] != japanese[i])
        raise InputError(
            f"{place}, {field}",
            "review_by_client_jp and review_by_client_en disagree",
            "Both blocks hold the same values: mend the wrong one",
        )
    utterances = tuple([Utterance(u.role, u.time, u.utterance) for u in file.dialogue])
    return reviewed_dialogue(utterances, file.topic.topic(place), review)


def reviewed_dialogue(utterances: tuple[Utterance, ...], topic: Topic, review: tuple[Any, ...]) -> Dialogue:
    """A dialogue from its talk, its topic and the 28 values of a review block, which also name it and its people."""
    evaluation, given_at, client, counselor, score = review[: len(_HEAD_EN)]
    marks = review[_FIRST_CHECK:]
    return Dialogue(
        id=str(evaluation),
        utterances=utterances,
        counselor=str(counselor),
        client=str(client),
        topic=topic,
        feedback=Feedback(
            items=review[len(_HEAD_EN) : _FIRST_CHECK],
            checks=frozenset(check.key for check, mark in zip(CHECKS, marks, strict=True) if mark is not None),
            total=score,
            given_at=given_at,
        ),
    )


def _find(place: Place) -> tuple[Path, ...]:
    folder = place.folder(DIALOGUE_FOLDER)
    for pattern in ("*.json", "*.jsonl"):
        if found := place.those(place.files(pattern, folder), lambda seen: seen.has("dialogue", "utterance")):
            return found
    return ()


def _read(path: Path) -> Iterator[Entry | InputError]:
    if path.suffix == ".jsonl":
        for number, line in json_lines(path):
            where = f"line {number}"
            yield _entry(line, str(path), where) if isinstance(line, bytes) else line
        return
    data = file_content(path)
    yield _entry(data, str(path)) if isinstance(data, bytes) else data


def _entry(data: bytes, file: str, where: str = "") -> Entry | InputError:
    try:
        dialogue = decode(data, f"{file}, {where}" if where else file)
    except InputError as fault:
        return fault
    return Entry(dialogue, file, where, dialogue.feedback.by_key() if dialogue.feedback else None)


def encode(dialogue: Dialogue) -> bytes:
    """A dialogue in the published shape, to the byte as the publisher writes it.

    Raises:
        InputError: the dialogue lacks a part that the shape needs (numbers as ids, topic, feedback, times).
    """
    feedback, topic = dialogue.feedback, dialogue.topic
    lacking = [
        name
        for name, value in (
            ("feedback", feedback and feedback.given_at),
            ("topic", topic),
            ("time", all(utterance.time is not None for utterance in dialogue.utterances)),
        )
        if not value
    ]
    ids = (dialogue.id, dialogue.client, dialogue.counselor)
    if not all(value is not None and value.isascii() and value.isdigit() for value in ids):
        lacking.append("whole numbers as ids of dialogue, client and counselor")
    if lacking or feedback is None or topic is None or feedback.given_at is None:
        raise InputError(
            f"dialogue {dialogue.id}",
            f"lacks {', '.join(lacking)}, which the published shape needs",
            "Give it these parts, or write another format",
        )
    values: list[object] = [int(str(dialogue.id)), feedback.given_at.isoformat()]
    values += [int(str(dialogue.client)), int(str(dialogue.counselor)), feedback.total, *feedback.items]
    values += [MARK if check.key in feedback.checks else None for check in CHECKS]
    record = {
        "dialogue": [
            {"role": u.role.value, "time": u.time.isoformat() if u.time else None, "utterance": u.text}
            for u in dialogue.utterances
        ],
        "topic": {"main_jp": topic.main.japanese, "main_en": topic.main.value, "sub": topic.sub},
        "review_by_client_jp": dict(zip(REVIEW_KEYS_JP, values, strict=True)),
        "review_by_client_en": dict(zip(REVIEW_KEYS_EN, values, strict=True)),
    }
    return json.dumps(record, ensure_ascii=False, indent=2).encode()


SOURCE = Source(
    format="kokorochat",
    name="KokoroChat",
    publisher="UEC-InabaLab/KokoroChat",
    licence="CC BY-NC-ND 4.0",
    language="Japanese",
    human=BOTH_HUMAN,
    unit="utterance",
    find=_find,
    read=_read,
    scale=Scale(ITEM_KEYS, LOWEST, HIGHEST),
    paper=Table1Row(True, True, 20, "Japanese", 6_589, 91.2),
)
