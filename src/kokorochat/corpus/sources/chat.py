"""Generic chat JSONL: one dialogue a line as `messages` with roles, the shape that chat models are trained on.

It is for users' own corpora, and every other corpus can be written into it: what an entry holds is read again as it
was. docs/data-format.md lists the keys; others are passed over.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kokorochat.corpus.faults import decoded
from kokorochat.corpus.sources.containers import json_array, json_lines
from kokorochat.corpus.sources.place import Glimpse, Place
from kokorochat.corpus.sources.source import Entry, Remark, Source
from kokorochat.domain.dialogue import Dialogue, Role, Utterance, is_out_of_role
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import CHECK_KEYS, HIGHEST, HIGHEST_TOTAL, ITEM_KEYS, LOWEST, Feedback, total_score
from kokorochat.domain.topic import Topic, TopicClass

PIECES = "PsyDTCorpus_test_single_turn_split.json"
"""The one published file of this shape whose rows are pieces of dialogues."""

ROLES = {
    **dict.fromkeys(
        (
            "counselor",
            "counsellor",
            "therapist",
            "supporter",
            "assistant",
            "カウンセラー",
            "心理咨询师",
            "咨询师",
            "支持者",
        ),
        Role.COUNSELOR,
    ),
    **dict.fromkeys(
        ("client", "user", "seeker", "patient", "クライアント", "来访者", "求助者"),
        Role.CLIENT,
    ),
}
"""Every role that is understood. The words of `system` are nobody's and are left out."""

_Time = Annotated[datetime, msgspec.Meta(tz=False)]
_Name = str | int
_Number = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


class _Message(msgspec.Struct, omit_defaults=True):
    role: str
    content: str
    time: _Time | None = None
    out_of_role: bool | None = None


class _Topic(msgspec.Struct):
    main: TopicClass
    sub: str = ""


class _Remark(msgspec.Struct):
    level: Literal["warning", "info"]
    code: str
    where: str
    message: str


class _Record(msgspec.Struct, omit_defaults=True, kw_only=True):
    id: _Name | None = None
    messages: list[_Message]
    counselor: _Name | None = None
    client: _Name | None = None
    topic: _Topic | str | None = None
    score: _Number | None = None
    ratings: dict[str, _Number] | None = None
    checks: list[str] = []
    rated_at: _Time | None = None
    counts: dict[str, _Number] = {}
    group: str | None = None
    labels: dict[str, list[str]] = {}
    remarks: list[_Remark] = []


_decoder = msgspec.json.Decoder(_Record)
_encoder = msgspec.json.Encoder()


def decode(data: bytes, file: str, where: str, name: str) -> Entry:
    """One record's bytes as an entry.

    Args:
        file: its file, for messages; `where` its row there.
        name: the dialogue's id if the record has none.

    Raises:
        InputError: the bytes aren't JSON of this shape, or say what can't be kept; the message names the field.
    """
    place = f"{file}, {where}"
    record = decoded(_decoder, data, place)
    utterances = tuple([u for index, m in enumerate(record.messages) if (u := _utterance(m, index, place))])
    if not utterances:
        raise InputError(place, "field messages: nobody says anything", "Remove the record, or mend it")
    topic, remarks = _topic(record.topic)
    ratings, feedback = _rating(record, place)
    return Entry(
        Dialogue(
            id=name if record.id is None else str(record.id),
            utterances=utterances,
            counselor=None if record.counselor is None else str(record.counselor),
            client=None if record.client is None else str(record.client),
            topic=topic,
            feedback=feedback,
        ),
        file,
        where,
        ratings,
        record.counts,
        record.group,
        {label: tuple(values) for label, values in record.labels.items()},
        (*[Remark(r.level, r.code, r.where, r.message) for r in record.remarks], *remarks),
    )


def _utterance(message: _Message, index: int, place: str) -> Utterance | None:
    if message.role == "system":
        return None
    if message.role not in ROLES:
        known = ", ".join(role for role in ROLES if role.isascii())
        problem = f"field messages[{index}].role: {message.role[:40]!r} is not a role that is known"
        raise InputError(place, problem, f"Write one of: {known}, system")
    return Utterance(ROLES[message.role], message.time, message.content)


def _topic(topic: _Topic | str | None) -> tuple[Topic | None, tuple[Remark, ...]]:
    """The topic where it is one of the eleven; a remark where it is another, which a dialogue can't hold."""
    if isinstance(topic, str):
        if topic not in {known.value for known in TopicClass}:
            message = f"{topic[:40]!r} is none of the eleven topics and was left out"
            return None, (Remark("warning", "other-topic", "topic", message),)
        return Topic(TopicClass(topic), ""), ()
    return Topic(topic.main, topic.sub) if topic else None, ()


def _rating(record: _Record, place: str) -> tuple[dict[str, int] | None, Feedback | None]:
    """The ratings, and the feedback that they are if they are the twenty items."""
    ratings, score = record.ratings, record.score
    if ratings is not None and ratings.keys() == set(ITEM_KEYS):
        ratings = {key: ratings[key] for key in ITEM_KEYS}
        return ratings, _feedback(ratings, record, place)
    stray = "checks" if record.checks else "rated_at" if record.rated_at is not None else ""
    if stray:
        raise InputError(f"{place}, {stray}", "belongs to ratings by the twenty items", "Give those, or remove it")
    if ratings is None:
        return (None if score is None else {"score": score}), None
    if not ratings:
        raise InputError(f"{place}, ratings", "holds no rating", "Remove it where nobody rated")
    if score is not None and score != sum(ratings.values()):
        raise InputError(
            f"{place}, score",
            f"is {score}, but the ratings add up to {sum(ratings.values())}",
            "Remove it, or put it among the ratings",
        )
    return ratings, None


def _feedback(ratings: dict[str, int], record: _Record, place: str) -> Feedback:
    for key, value in ratings.items():
        if not LOWEST <= value <= HIGHEST:
            problem = f"must be a whole number from {LOWEST} to {HIGHEST}, not {value}"
            raise InputError(f"{place}, ratings.{key}", problem, "Mend that rating")
    for check in record.checks:
        if check not in CHECK_KEYS:
            raise InputError(f"{place}, checks", f"{check[:40]!r} is none of the three", f"Use {', '.join(CHECK_KEYS)}")
    items = tuple(ratings.values())
    total = total_score(items, record.checks) if record.score is None else record.score
    if not 0 <= total <= HIGHEST_TOTAL:
        raise InputError(f"{place}, score", f"must lie within 0 and {HIGHEST_TOTAL}, not {total}", "Mend the score")
    return Feedback(items, frozenset(record.checks), total, record.rated_at)


def encode(entry: Entry, tagged: bool = False) -> bytes:
    """An entry as one line of this shape, without a line end; what it lacks is simply absent.

    Args:
        tagged: give each message whether it is talk outside the role-play (`out_of_role`), which reading passes over.
    """
    dialogue, feedback = entry.dialogue, entry.dialogue.feedback
    ratings = feedback.by_key() if feedback else entry.ratings
    return _encoder.encode(
        _Record(
            id=dialogue.id,
            messages=[
                _Message(u.role.value, u.text, u.time, is_out_of_role(u.text) if tagged else None)
                for u in dialogue.utterances
            ],
            counselor=dialogue.counselor,
            client=dialogue.client,
            topic=_Topic(dialogue.topic.main, dialogue.topic.sub) if dialogue.topic else None,
            score=feedback.total if feedback else None,
            ratings=None if ratings is None else dict(ratings),
            checks=sorted(feedback.checks, key=CHECK_KEYS.index) if feedback else [],
            rated_at=feedback.given_at if feedback else None,
            counts=dict(entry.counts),
            group=entry.group,
            labels={label: list(values) for label, values in entry.labels.items()},
            remarks=[_Remark(r.level, r.code, r.where, r.message) for r in entry.remarks],
        )
    )


def _is_chat(seen: Glimpse) -> bool:
    if seen.container == "parquet":
        return seen.has("messages")
    return seen.container in ("lines", "array") and seen.has("messages", "role", "content")


def _find(place: Place) -> tuple[Path, ...]:
    if not place.is_folder and place.path.name == PIECES:
        problem = "cuts each dialogue of PsyDTCorpus into several rows, which are no dialogues"
        raise InputError(str(place.path), problem, "Give the training file, whose rows are whole")
    for pattern in ("*.jsonl", "*.json", "*.parquet"):
        files = [file for file in place.files(pattern) if file.name != PIECES]
        if found := place.those(files, _is_chat):
            return found
    return ()


def _read(path: Path) -> Iterator[Entry | InputError]:
    unit, records = _records(path)
    for number, data in records:
        if isinstance(data, InputError):
            yield data
            continue
        try:
            yield decode(data, str(path), f"{unit} {number}", f"{path.stem}-{number}")
        except InputError as fault:
            yield fault


def _records(path: Path) -> tuple[str, Iterator[tuple[int, bytes | InputError]]]:
    if path.suffix == ".jsonl":
        return "line", json_lines(path)
    if path.suffix == ".parquet":
        from kokorochat.corpus.sources.chat_parquet import json_rows

        return "row", json_rows(path)
    return "element", json_array(path)


SOURCE = Source(
    format="chat",
    name="Chat",
    publisher="the user's own files",
    licence="as the files' owner states",
    language="as in the files",
    human=None,
    unit="utterance",
    find=_find,
    read=_read,
)
