"""Ways in which files come to harm, as Hypothesis strategies."""

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Spoil = Callable[[bytes], bytes]

INSERTED = (
    b"",
    b"\x00",
    b"\xff",
    b'"',
    b"\\",
    b"\n",
    b"\r",
    b"]",
    b"}",
    b"[" * 5_000,
    b'{"a":' * 5_000,
    b"9" * 5_000,
    b"1e400",
    b"\\ud800",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"NaN",
)


@st.composite
def spoils(draw: st.DrawFn) -> Spoil:
    """A harm to bytes: cut off, bits flipped, a slice deleted, doubled or moved, something inserted."""
    kind = draw(st.sampled_from(["cut", "flip", "delete", "double", "move", "insert"]))
    at, size = draw(st.floats(0, 1)), draw(st.sampled_from([1, 2, 7, 60, 700]))
    bit, inserted, to = draw(st.integers(0, 7)), draw(st.sampled_from(INSERTED)), draw(st.floats(0, 1))

    def spoil(data: bytes) -> bytes:
        begin = int(at * len(data))
        head, piece, tail = data[:begin], data[begin : begin + size], data[begin + size :]
        if kind == "cut":
            return head
        if kind == "flip":
            return head + bytes(byte ^ (1 << bit) for byte in piece) + tail
        if kind == "delete":
            return head + tail
        if kind == "double":
            return head + piece + piece + tail
        if kind == "move":
            rest = head + tail
            place = int(to * len(rest))
            return rest[:place] + piece + rest[place:]
        return head + inserted + piece + tail

    return spoil


def cuts() -> st.SearchStrategy[Spoil]:
    """The end of the file is missing."""
    return st.floats(0, 1, exclude_max=True).map(lambda at: lambda data: data[: int(at * len(data))])


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 101),
    st.sampled_from([10**400, -(2**63), 2**64, 1e308, 3.0, 3.5]),
    st.text(max_size=8),
    st.sampled_from(
        ["", " ", "3", "\x00", "client", "counselor", "2024-05-01", "2024-05-01T10:00:00Z", "チェックあり"]
    ),
    st.lists(st.integers(0, 5), max_size=3),
    st.dictionaries(st.text(max_size=4), st.integers(0, 5), max_size=2),
)


@st.composite
def changes(draw: st.DrawFn) -> Callable[[Any], Any]:
    """A change of one JSON value somewhere in a record: replaced, deleted, doubled, swapped, put under another key."""
    steps = draw(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=4))
    kind = draw(st.sampled_from(["replace", "delete", "double", "swap", "rename"]))
    value, name = draw(values), draw(st.text(max_size=4))

    def change(record: Any) -> Any:
        record = copy.deepcopy(record)
        place = record
        for number, step in enumerate(steps):
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = keys[int(step * len(keys))]
            inner = place[key]
            if number < len(steps) - 1 and isinstance(inner, dict | list) and inner:
                place = inner
                continue
            other = keys[int(steps[0] * len(keys))]
            if kind == "replace":
                place[key] = value
            elif kind == "swap":
                place[key], place[other] = place[other], place[key]
            elif kind == "rename" and isinstance(place, dict):
                place[name] = place.pop(key)
            elif kind == "double" and isinstance(place, list):
                place.insert(key, copy.deepcopy(inner))
            else:
                del place[key]
            break
        return record

    return change


def as_json(record: Any) -> bytes:
    """A record as JSON in one line."""
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")
