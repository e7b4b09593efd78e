"""The published shape as Parquet: one row for each dialogue, with the keys and the nesting of the JSON.

A batch of rows becomes dialogues column by column. Its values are checked so too; where anything is amiss, or another
program wrote other types, each row of the batch is taken as a record of its own, by the rules of the JSON.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kokorochat.corpus.collector import collector_paused
from kokorochat.corpus.sources.parquet_file import batch_rows, parquet_batches
from kokorochat.corpus.sources.published import (
    FIRST_CHECK,
    FIRST_ITEM,
    MARK,
    REVIEW_KEYS_EN,
    REVIEW_KEYS_JP,
    from_objects,
    review_values,
    reviewed_dialogue,
)
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.dialogue import Role, utterances_of
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import HIGHEST, HIGHEST_TOTAL, ITEM_KEYS, LOWEST
from kokorochat.domain.topic import Topic, TopicClass

# Parquet has no whole seconds; microseconds are what a Python time has, so that none is changed.
_TIME = pa.timestamp("us")
_UTTERANCE = pa.struct([("role", pa.string()), ("time", _TIME), ("utterance", pa.string())])
_TOPIC = pa.struct([("main_jp", pa.string()), ("main_en", pa.string()), ("sub", pa.string())])
_REVIEW_TYPES = [pa.int64(), _TIME, *[pa.int64()] * (FIRST_CHECK - 2), *[pa.string()] * 3]


def _review(keys: Sequence[str]) -> pa.DataType:
    return pa.struct(list(zip(keys, _REVIEW_TYPES, strict=True)))


SCHEMA = pa.schema(
    [
        ("dialogue", pa.list_(pa.field("element", _UTTERANCE))),
        ("topic", _TOPIC),
        ("review_by_client_jp", _review(REVIEW_KEYS_JP)),
        ("review_by_client_en", _review(REVIEW_KEYS_EN)),
    ]
)
_TOPICS = {(topic.japanese, topic.value): topic for topic in TopicClass}
_FIRST_TIME, _LAST_TIME = (pa.scalar(time, _TIME) for time in (datetime.min, datetime.max))


def table(entries: Sequence[Entry]) -> pa.RecordBatch:
    """Dialogues as rows of SCHEMA.

    Raises:
        InputError: a dialogue lacks a part that the shape needs, or an id is too large for a column of 64 bits.
    """
    dialogues = [entry.dialogue for entry in entries]
    rows = [review_values(dialogue) for dialogue in dialogues]
    for dialogue, values in zip(dialogues, rows, strict=True):
        if max(values[0], values[2], values[3]) >= 2**63:
            remedy = "Number dialogues and people anew, or write JSON"
            raise InputError(f"dialogue {dialogue.id}", "has an id that is too large for a column of Parquet", remedy)
    said = [utterance for dialogue in dialogues for utterance in dialogue.utterances]
    names = {role: role.value for role in Role}
    talk = pa.StructArray.from_arrays(
        [
            pa.array([names[utterance.role] for utterance in said], pa.string()),
            pa.array([utterance.time for utterance in said], _TIME),
            pa.array([utterance.text for utterance in said], pa.string()),
        ],
        fields=list(_UTTERANCE),
    )
    starts = np.cumsum([0, *(len(dialogue.utterances) for dialogue in dialogues)], dtype=np.int32)
    topics = [dialogue.topic for dialogue in dialogues if dialogue.topic is not None]
    topic = [(topic.main.japanese, topic.main.value, topic.sub) for topic in topics]
    return pa.record_batch(
        [
            pa.ListArray.from_arrays(pa.array(starts), talk, type=SCHEMA.field("dialogue").type),
            _struct(topic, _TOPIC),
            *(_struct(rows, SCHEMA.field(f"review_by_client_{language}").type) for language in ("jp", "en")),
        ],
        schema=SCHEMA,
    )


def _struct(rows: Sequence[Sequence[Any]], kind: pa.StructType) -> pa.StructArray:
    columns = zip(*rows, strict=True) if rows else [()] * kind.num_fields
    arrays = [pa.array(column, field.type) for column, field in zip(columns, kind, strict=True)]
    return pa.StructArray.from_arrays(arrays, fields=list(kind))


def read(path: Path) -> Iterator[Entry | InputError]:
    """The entries of one file, a batch at a time, and an InputError for each row that can't be used."""
    for first, batch in parquet_batches(path):
        if isinstance(batch, InputError):
            yield batch
            continue
        with collector_paused():
            entries = _from_columns(batch, str(path), first)
        yield from _from_rows(batch, path, first) if entries is None else entries


def _from_rows(batch: pa.RecordBatch, path: Path, first: int) -> Iterator[Entry | InputError]:
    for number, record in batch_rows(batch, first, path):
        where = f"row {number}"
        try:
            if isinstance(record, InputError):
                raise record
            dialogue = from_objects(record, f"{path}, {where}")
        except InputError as fault:
            yield fault
        else:
            yield Entry(dialogue, str(path), where, dialogue.feedback.by_key() if dialogue.feedback else None)


def _from_columns(batch: pa.RecordBatch, file: str, first: int) -> list[Entry] | None:
    """The rows as entries; None if the types differ from SCHEMA or any value breaks a rule of the shape."""
    if not batch.schema.equals(SCHEMA) or not _is_sound(batch):
        return None
    talk, topic, _, review = batch.columns
    role, time, text = talk.flatten().flatten()
    is_client = pc.equal(role, Role.CLIENT.value).to_numpy(zero_copy_only=False)
    roles = np.array([Role.COUNSELOR, Role.CLIENT])[is_client.view(np.int8)].tolist()
    try:
        said = utterances_of(roles, _datetimes(time), text.to_pylist())
        topics = [
            Topic(_TOPICS[japanese, english], sub)
            for japanese, english, sub in zip(*(column.to_pylist() for column in topic.flatten()), strict=True)
        ]
    except (UnicodeDecodeError, KeyError):
        return None
    reviews = zip(*(_datetimes(c) if c.type == _TIME else c.to_pylist() for c in review.flatten()), strict=True)
    entries, start = [], 0
    for row, (length, values) in enumerate(zip(talk.value_lengths().to_pylist(), reviews, strict=True)):
        dialogue = reviewed_dialogue(tuple(said[start : start + length]), topics[row], values)
        ratings = dict(zip(ITEM_KEYS, values[FIRST_ITEM:FIRST_CHECK], strict=True))
        entries.append(Entry(dialogue, file, f"row {first + row}", ratings))
        start += length
    return entries


def _is_sound(batch: pa.RecordBatch) -> bool:
    """Whether all values keep to the shape, but for the topics' names and what isn't UTF-8."""
    talk, topic, review_jp, review_en = batch.columns
    role, time, text = talk.flatten().flatten()
    review = review_en.flatten()
    required = (talk, role, time, text, *topic.flatten(), *review[:FIRST_CHECK])
    return (
        not any(column.null_count for column in required)
        and all(a.equals(b) for a, b in zip(review, review_jp.flatten(), strict=True))
        and _within(talk.value_lengths(), 1)
        and _within(pc.binary_length(text), 1)
        and all(_within(times, _FIRST_TIME, _LAST_TIME) for times in (time, review[1]))
        and _within(review[FIRST_ITEM - 1], 0, HIGHEST_TOTAL)
        and all(_within(item, LOWEST, HIGHEST) for item in review[FIRST_ITEM:FIRST_CHECK])
        and all(_among(marks, [MARK, None]) for marks in review[FIRST_CHECK:])
        and _among(role, [role.value for role in Role])
    )


def _within(column: pa.Array, lowest: Any, highest: Any = None) -> bool:
    ends = pc.min_max(column)
    least, most = ends["min"], ends["max"]
    if not least.is_valid:  # there is no value
        return True
    return bool(pc.greater_equal(least, lowest).as_py() and (highest is None or pc.less_equal(most, highest).as_py()))


def _among(column: pa.Array, values: list[str | None]) -> bool:
    return bool(pc.all(pc.is_in(column, value_set=pa.array(values, pa.string())), min_count=0).as_py())


def _datetimes(column: pa.Array) -> list[datetime]:
    times: list[datetime] = column.to_numpy(zero_copy_only=False).tolist()
    return times
