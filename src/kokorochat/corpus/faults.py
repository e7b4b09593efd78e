"""What a decoder found wrong, in words that name the field."""

import re
from typing import TypeVar

import msgspec

from kokorochat.domain.errors import InputError

T = TypeVar("T")

_OWN_WORDS = (
    (re.compile(r"Invalid enum value (.*)", re.DOTALL), r"\1 is none of the values that are known here"),
    (re.compile("Invalid RFC3339 encoded datetime"), "is no date and time such as 2026-11-25T20:15:00"),
    (re.compile("Expected `datetime` with no timezone component"), "has a time zone, which no time here has"),
)
"""A decoder's words that tell a programmer more than whoever wrote the file, and ours for them."""


def decoded(decoder: msgspec.json.Decoder[T], data: bytes, place: str) -> T:
    """One record of JSON by its shape.

    Args:
        place: file and row, for messages.

    Raises:
        InputError: the bytes aren't JSON in UTF-8 of that shape; the message names the field.
    """
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as fault:
        raise _misshapen(fault, place) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(place, f"not readable as JSON in UTF-8 ({fault})", "Fetch or export the file again") from None


def converted(shape: type[T], record: object, place: str) -> T:
    """The same from Python's own dicts, lists, strings, numbers and times, as another container than JSON gives them.

    Raises:
        InputError: they aren't of that shape; the message names the field.
    """
    try:
        return msgspec.convert(record, shape)
    except msgspec.ValidationError as fault:
        raise _misshapen(fault, place) from None


def _misshapen(fault: msgspec.ValidationError, place: str) -> InputError:
    field, what = field_fault(fault)
    remedy = "Compare it with docs/data-format.md and mend that field"
    return InputError(place, f"field {field}: {what}" if field else what, remedy)


def field_fault(fault: msgspec.ValidationError) -> tuple[str, str]:
    """(the field's path, what is wrong with it) from msgspec's message; the path is empty for the whole record."""
    what, _, path = str(fault).partition(" - at `")
    if what.startswith("Object contains unknown field `"):
        name = what.partition("`")[2].rstrip("`")
        path, what = f"{path.rstrip('`')}.{name}", "is not a field that is known here"
    for theirs, ours in _OWN_WORDS:
        what = theirs.sub(ours, what)
    return path.rstrip("`").removeprefix("$").lstrip("."), what
