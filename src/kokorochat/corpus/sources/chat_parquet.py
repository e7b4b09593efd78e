"""The records of generic chat as Parquet: a row for each, under the keys of the JSON.

Where a record has an object with names of its own (ratings, counts, labels), the column holds a list of name and value:
tables know no such objects.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from kokorochat.corpus.sources.parquet_file import batch_rows, parquet_batches
from kokorochat.domain.errors import InputError

_TIME = pa.timestamp("us")
_OBJECTS = {"ratings": pa.int64(), "counts": pa.int64(), "labels": pa.list_(pa.string())}
"""The columns that are objects in the JSON, with the type of their values."""


def _named(value: pa.DataType) -> pa.DataType:
    return pa.list_(pa.struct([("name", pa.string()), ("value", value)]))


SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("messages", pa.list_(pa.struct([("role", pa.string()), ("content", pa.string()), ("time", _TIME)]))),
        ("counselor", pa.string()),
        ("client", pa.string()),
        ("topic", pa.struct([("main", pa.string()), ("sub", pa.string())])),
        ("score", pa.int64()),
        ("ratings", _named(_OBJECTS["ratings"])),
        ("checks", pa.list_(pa.string())),
        ("rated_at", _TIME),
        ("counts", _named(_OBJECTS["counts"])),
        ("group", pa.string()),
        ("labels", _named(_OBJECTS["labels"])),
        ("remarks", pa.list_(pa.struct([(key, pa.string()) for key in ("level", "code", "where", "message")]))),
    ]
)


def table(records: Sequence[bytes]) -> pa.RecordBatch:
    """Records in JSON as rows of SCHEMA; what one lacks is null."""
    return pa.RecordBatch.from_pylist([_row(msgspec.json.decode(record)) for record in records], schema=SCHEMA)


def _row(record: dict[str, Any]) -> dict[str, Any]:
    for timed, key in ((record, "rated_at"), *((message, "time") for message in record["messages"])):
        if key in timed:
            timed[key] = datetime.fromisoformat(timed[key])
    for key in _OBJECTS.keys() & record.keys():
        record[key] = [{"name": name, "value": value} for name, value in record[key].items()]
    return record


def json_rows(path: Path) -> Iterator[tuple[int, bytes | InputError]]:
    """The rows of a file as records in JSON with their numbers, from 1; what is null or of other columns is absent."""
    for first, batch in parquet_batches(path, SCHEMA.names, SCHEMA):
        if isinstance(batch, InputError):
            yield first, batch
            continue
        for number, row in batch_rows(batch, first, path):
            yield number, row if isinstance(row, InputError) else _record(row, f"{path}, row {number}")


def _record(row: dict[str, Any], place: str) -> bytes | InputError:
    record = _without_nulls(row)
    for key in _OBJECTS.keys() & record.keys():
        if not isinstance(record[key], list):
            continue  # another writer's struct is an object already
        try:
            record[key] = {pair["name"]: pair["value"] for pair in record[key]}
        except (TypeError, KeyError):
            return InputError(f"{place}, {key}", "is no list of name and value", "Compare it with docs/data-format.md")
    try:
        return msgspec.json.encode(record)
    except (TypeError, ValueError) as fault:
        return InputError(place, f"holds a value that JSON has not ({fault})", "Write the file again")


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value
