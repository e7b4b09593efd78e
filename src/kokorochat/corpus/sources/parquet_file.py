"""Parquet files, read a batch of rows at a time: what can't be read comes out as the fault in its place."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from kokorochat.corpus.sources.containers import LONGEST_LINE, regular_file
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import writable

if TYPE_CHECKING:
    import pyarrow as pa

PARQUET_ROWS = 512
"""Dialogues that are held at once when Parquet is read, and that stand in one group when it is written."""

_BUFFER = 1024 * 1024


WRITTEN_BY_US = "kokorochat.format"
"""The key in a Parquet file's metadata under which `corpus/parquet.py` writes the format."""
_OUR_KEYS = b"kokorochat."
"""How all keys begin that it writes: one of them may be damaged."""


def parquet_batches(
    path: Path, columns: Sequence[str] | None = None, schema: "pa.Schema | None" = None
) -> "Iterator[tuple[int, pa.RecordBatch | InputError]]":
    """The rows of a Parquet file in batches, each with the number of its first row, from 1.

    One batch is held at a time. Where the writer left checksums, they are checked. What stands behind a fault can't be
    read: it is the last thing that comes out.

    Args:
        columns: those that are wanted where they are there; by default all.
        schema: what a file must have that says that this package wrote it: a damaged name would pass for a column that
            isn't there.
    """
    import pyarrow as pa
    import pyarrow.parquet

    row = 1
    try:
        with (
            ExitStack() as held,
            pyarrow.parquet.ParquetFile(
                arrow_place(path, held),
                page_checksum_verification=True,
                pre_buffer=False,
                buffer_size=_BUFFER,
                read_dictionary=_packed_columns(path),
            ) as file,
        ):
            there, told = _plain_schema(file.schema_arrow), file.metadata.metadata or {}
            if damaged := [name for name in there.names if not name.isprintable()]:
                raise ValueError(f"the name of a column is damaged: {damaged[0]!r}")
            ours = any(key.startswith(_OUR_KEYS) for key in told)
            if schema is not None and ours and not there.equals(schema):
                raise ValueError("its columns are not those that were written")
            wanted = None if columns is None else [name for name in columns if name in there.names]
            for packed in file.iter_batches(PARQUET_ROWS, columns=wanted, use_threads=False):
                for batch in _unpacked(packed):
                    yield row, batch
                    row += len(batch)
            if row - 1 == file.metadata.num_rows:
                return
            problem = f"holds {row - 1} rows, where its footer says {file.metadata.num_rows}"
    # A damaged name of a column is a KeyError.
    except (pa.ArrowException, OSError, ValueError, OverflowError, KeyError) as fault:
        what = " ".join(str(fault).split()).partition(". ")[0]
        problem = f"not readable as Parquet from row {row} on ({what})"
    yield row, InputError(str(path), problem, "Fetch or write the file again")


def _packed_columns(path: Path) -> list[str]:
    """The columns of texts that stand in the file as numbers into a dictionary, and so may unpack to any size."""
    import pyarrow.parquet

    with (
        ExitStack() as held,
        pyarrow.parquet.ParquetFile(arrow_place(path, held), pre_buffer=False, buffer_size=_BUFFER) as file,
    ):
        numbers = range(file.metadata.num_row_groups)
        for number in numbers:
            # What is damaged in a group's description is an exception here, and would end the process below.
            next(file.iter_batches(1, row_groups=[number], use_threads=False), None)
        groups = [file.metadata.row_group(number) for number in numbers]
        chunks = [group.column(index) for group in groups for index in range(group.num_columns)]
    return sorted(
        {
            chunk.path_in_schema
            for chunk in chunks
            if chunk.physical_type == "BYTE_ARRAY" and any("DICTIONARY" in encoding for encoding in chunk.encodings)
        }
    )


def _unpacked(batch: "pa.RecordBatch") -> "Iterator[pa.RecordBatch]":
    """A batch with its dictionaries written out, in parts of at most 64 MiB of such text.

    Raises:
        ValueError: the text of one row would be longer than that.
    """
    import numpy as np
    import pyarrow as pa

    plain = _plain_schema(batch.schema)
    if plain == batch.schema:
        yield batch
    elif sum(map(_text_bytes, batch.columns)) <= LONGEST_LINE:
        yield batch.cast(plain)
    elif len(batch) == 1:
        raise ValueError("a row unpacks to more than 64 MiB")
    else:
        # Taken, not sliced: a cast looks at all that lies behind a slice of lists.
        for rows in np.array_split(np.arange(len(batch)), 2):
            yield from _unpacked(batch.take(pa.array(rows)))


def _text_bytes(array: "pa.Array") -> int:
    """How many bytes the texts of an array's dictionaries have once each stands where it is used."""
    import pyarrow as pa
    import pyarrow.compute as compute

    kind = array.type
    if pa.types.is_dictionary(kind):
        lengths = compute.binary_length(array.dictionary).cast(pa.int64())
        return compute.sum(lengths.take(array.indices)).as_py() or 0
    if pa.types.is_struct(kind):
        return sum(map(_text_bytes, array.flatten()))
    return _text_bytes(array.flatten()) if pa.types.is_list(kind) or pa.types.is_large_list(kind) else 0


def _plain_schema(schema: "pa.Schema") -> "pa.Schema":
    """The schema with the dictionaries' values in their place."""
    import pyarrow as pa

    return pa.schema([_plain_field(field) for field in schema], metadata=schema.metadata)


def _plain_field(field: "pa.Field") -> "pa.Field":
    import pyarrow as pa

    kind = field.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    elif pa.types.is_struct(kind):
        kind = pa.struct([_plain_field(kind.field(index)) for index in range(kind.num_fields)])
    elif pa.types.is_list(kind):
        kind = pa.list_(_plain_field(kind.value_field))
    elif pa.types.is_large_list(kind):
        kind = pa.large_list(_plain_field(kind.value_field))
    return field.with_type(kind)


def arrow_place(path: Path, held: ExitStack) -> "Path | IO[bytes]":
    """What Arrow can open: the path, or where its name isn't UTF-8 the file itself, which `held` closes."""
    if writable(str(path)) == str(path):
        return path
    return held.enter_context(open(path, "rb", opener=regular_file))


def batch_rows(batch: "pa.RecordBatch", first: int, path: Path) -> Iterator[tuple[int, dict[str, Any] | InputError]]:
    """The rows of a batch as Python's own objects, with their numbers; text that isn't UTF-8 is a fault of its row.

    Args:
        first: the number of its first row.
        path: its file, for messages.
    """
    try:
        yield from enumerate(batch.to_pylist(), first)
    except (ValueError, OverflowError) as fault:
        if len(batch) > 1:
            for index in range(len(batch)):
                yield from batch_rows(batch.slice(index, 1), first + index, path)
            return
        problem = f"holds a value that can't be read ({fault})"
        yield first, InputError(f"{path}, row {first}", problem, "Write the file again")
