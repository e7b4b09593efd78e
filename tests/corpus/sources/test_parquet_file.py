"""Dictionaries in a Parquet file: unpacked as far as memory should go, and no further."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from kokorochat.corpus.sources.containers import LONGEST_LINE
from kokorochat.corpus.sources.parquet_file import parquet_batches
from kokorochat.domain.errors import InputError


def packed_file(folder: Path, text: str, rows: int, repeats: int = 1) -> Path:
    """A file of a few hundred bytes whose every row says the same text so often."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * rows * repeats, pa.int32()), pa.array([text]))
    messages = pa.StructArray.from_arrays([texts], ["content"])
    starts = pa.array(range(0, rows * repeats + 1, repeats), pa.int32())
    path = folder / "packed.parquet"
    table = pa.table({"messages": pa.ListArray.from_arrays(starts, messages)})
    pyarrow.parquet.write_table(table, path, compression="zstd")
    return path


def test_a_file_that_would_unpack_to_gigabytes_is_read_in_parts_that_memory_holds(tmp_path: Path) -> None:
    path = packed_file(tmp_path, "あ" * 3_000_000, rows=600)
    assert path.stat().st_size < 4096
    rows, largest = 0, 0
    for first, batch in parquet_batches(path):
        assert isinstance(batch, pa.RecordBatch)
        assert first == rows + 1
        assert batch.schema.field("messages").type == pa.list_(pa.struct([("content", pa.string())]))
        rows, largest = rows + len(batch), max(largest, batch.nbytes)
    assert rows == 600
    assert largest <= 1.1 * LONGEST_LINE


def test_a_row_that_alone_would_unpack_to_more_than_a_dialogue_can_be_is_a_fault(tmp_path: Path) -> None:
    path = packed_file(tmp_path, "あ" * 3_000_000, rows=3, repeats=8)
    [(row, fault)] = list(parquet_batches(path))
    assert isinstance(fault, InputError)
    assert row == 1
    assert "a row unpacks to more than 64 MiB" in str(fault)


def test_a_dictionary_column_comes_out_as_the_texts_that_it_stands_for(tmp_path: Path) -> None:
    path = tmp_path / "small.parquet"
    words = ["はい", None, "いいえ", "はい"]
    pyarrow.parquet.write_table(pa.table({"role": pa.array(words).dictionary_encode()}), path)
    [(_, batch)] = list(parquet_batches(path))
    assert isinstance(batch, pa.RecordBatch)
    assert batch.to_pydict() == {"role": words}
