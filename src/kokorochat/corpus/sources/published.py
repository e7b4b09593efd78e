"""The published shape of a dialogue: one JSON object with talk, topic and two review blocks, in files or in lines.

docs/data-format.md describes it. Read → write gives the same bytes; faults are named by field and never repaired.
"""

import re
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from kokorochat.corpus.faults import converted, decoded
from kokorochat.domain.dialogue import Dialogue, Role, Utterance, utterances_of
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import CHECKS, HIGHEST, HIGHEST_TOTAL, ITEMS, LOWEST, Feedback
from kokorochat.domain.topic import Topic, TopicClass

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
FIRST_ITEM, FIRST_CHECK = len(_HEAD_EN), len(_HEAD_EN) + len(ITEMS)
"""Where the items and the checks begin among the 28 keys."""

_WHOLE_NUMBER = re.compile("0|[1-9][0-9]*")

LocalTime = Annotated[datetime, msgspec.Meta(tz=False)]
"""A time without a zone."""


class _Utterance(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Role
    time: LocalTime
    utterance: Annotated[str, msgspec.Meta(min_length=1)]


class PublishedTopic(msgspec.Struct, forbid_unknown_fields=True):
    """The block `topic` of a record."""

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
    number = Annotated[int, msgspec.Meta(ge=0)]
    types: list[Any] = [number, LocalTime, number, number, Annotated[int, msgspec.Meta(ge=0, le=HIGHEST_TOTAL)]]
    types += [Annotated[int, msgspec.Meta(ge=LOWEST, le=HIGHEST)]] * len(ITEMS)
    types += [Literal[MARK] | None] * len(CHECKS)
    fields = [(f"f{place}", kind) for place, kind in enumerate(types)]
    names = dict(zip((field for field, _ in fields), keys, strict=True))
    return msgspec.defstruct(name, fields, rename=names, forbid_unknown_fields=True)


ReviewJp = _review_type("ReviewJp", REVIEW_KEYS_JP)
ReviewEn = _review_type("ReviewEn", REVIEW_KEYS_EN)


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    dialogue: Annotated[list[_Utterance], msgspec.Meta(min_length=1)]
    topic: PublishedTopic
    review_by_client_jp: ReviewJp  # type: ignore[valid-type]
    review_by_client_en: ReviewEn  # type: ignore[valid-type]


_decoder = msgspec.json.Decoder(_Record)


def decode(data: bytes, place: str) -> Dialogue:
    """One file's or line's bytes as a dialogue.

    Args:
        place: the file's name, and the line in it, for messages.

    Raises:
        InputError: the bytes aren't JSON of the published shape; the message names the field.
    """
    return _dialogue(decoded(_decoder, data, place), place)


def from_objects(record: object, place: str) -> Dialogue:
    """The same from Python's own objects.

    Raises:
        InputError: they aren't of the published shape; the message names the field.
    """
    return _dialogue(converted(_Record, record, place), place)


def _dialogue(record: _Record, place: str) -> Dialogue:
    review = msgspec.structs.astuple(record.review_by_client_en)
    japanese = msgspec.structs.astuple(record.review_by_client_jp)
    if review != japanese:
        field = next(REVIEW_KEYS_EN[i] for i in range(len(review)) if review[i] != japanese[i])
        raise InputError(
            f"{place}, {field}",
            "review_by_client_jp and review_by_client_en disagree",
            "Both blocks hold the same values: mend the wrong one",
        )
    talk = record.dialogue
    utterances = utterances_of([u.role for u in talk], [u.time for u in talk], [u.utterance for u in talk])
    return reviewed_dialogue(tuple(utterances), record.topic.topic(place), review)


def reviewed_dialogue(utterances: tuple[Utterance, ...], topic: Topic, review: tuple[Any, ...]) -> Dialogue:
    """A dialogue from its talk, its topic and the 28 values of a review block, which also name it and its people."""
    evaluation, given_at, client, counselor, total = review[:FIRST_ITEM]
    marks = review[FIRST_CHECK:]
    checks = frozenset(check.key for check, mark in zip(CHECKS, marks, strict=True) if mark is not None)
    return Dialogue(
        id=str(evaluation),
        utterances=utterances,
        counselor=str(counselor),
        client=str(client),
        topic=topic,
        feedback=Feedback(review[FIRST_ITEM:FIRST_CHECK], checks, total, given_at),
    )


def review_values(dialogue: Dialogue) -> list[Any]:
    """The 28 values of either review block, times as datetimes.

    Raises:
        InputError: the dialogue lacks a part that the shape needs (whole numbers as ids, topic, feedback, times).
    """
    feedback = dialogue.feedback
    lacking = [
        name
        for name, value in (
            ("feedback", feedback and feedback.given_at),
            ("topic", dialogue.topic),
            ("time", all(utterance.time is not None for utterance in dialogue.utterances)),
        )
        if not value
    ]
    ids = (dialogue.id, dialogue.client, dialogue.counselor)
    if not all(value is not None and _WHOLE_NUMBER.fullmatch(value) for value in ids):
        lacking.append("whole numbers as ids of dialogue, client and counselor")
    if lacking or feedback is None:
        raise InputError(
            f"dialogue {dialogue.id}",
            f"lacks {', '.join(lacking)}, which the published shape needs",
            "Give it these parts, or write another format",
        )
    evaluation, client, counselor = (int(str(value)) for value in ids)
    marks = [MARK if check.key in feedback.checks else None for check in CHECKS]
    return [evaluation, feedback.given_at, client, counselor, feedback.total, *feedback.items, *marks]


def encode(dialogue: Dialogue) -> bytes:
    """A dialogue in the published shape, to the byte as the publisher writes it.

    Raises:
        InputError: the dialogue lacks a part that the shape needs.
    """
    return msgspec.json.format(encode_line(dialogue), indent=2)


def encode_line(dialogue: Dialogue) -> bytes:
    """The same record in one line, without its end.

    Raises:
        InputError: the dialogue lacks a part that the shape needs.
    """
    values, topic = review_values(dialogue), dialogue.topic
    assert topic is not None
    return msgspec.json.encode(
        {
            "dialogue": [{"role": u.role, "time": u.time, "utterance": u.text} for u in dialogue.utterances],
            "topic": {"main_jp": topic.main.japanese, "main_en": topic.main, "sub": topic.sub},
            "review_by_client_jp": dict(zip(REVIEW_KEYS_JP, values, strict=True)),
            "review_by_client_en": dict(zip(REVIEW_KEYS_EN, values, strict=True)),
        }
    )
