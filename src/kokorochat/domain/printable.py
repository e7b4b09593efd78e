"""Words from files, made fit to be printed: a terminal obeys some characters, and a name may hold any."""

import re

_OBEYED = r"\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_NOT_IN_LINES = re.compile(f"[{_OBEYED}]")
_NOT_IN_A_LINE = re.compile(f"[\n{_OBEYED}]")


def printable(text: str, breaks: bool = False) -> str:
    r"""The text with control characters, direction marks and broken letters spelt out, such as `\x1b`.

    Args:
        breaks: leave line feeds as they are; else it becomes one line.
    """
    pattern = _NOT_IN_LINES if breaks else _NOT_IN_A_LINE
    return pattern.sub(lambda letter: letter[0].encode("unicode_escape").decode(), text)


def printable_json(text: str) -> str:
    r"""A document of JSON with the same characters as escapes of JSON, `\u009b`: it says what it said."""
    return _NOT_IN_LINES.sub(lambda letter: f"\\u{ord(letter[0]):04x}", text)


def writable(text: str) -> str:
    r"""The text with broken letters spelt out, `\udcff`: a name that isn't UTF-8 can't stand in a file that is."""
    return text.encode("utf-8", "backslashreplace").decode()


def counted(count: int, thing: str, things: str = "") -> str:
    """A number of things in English, such as `1 dialogue` and `5,273 dialogues`.

    Args:
        things: the plural of a word that has another than with an s.
    """
    return f"{count:,} {thing if count == 1 else things or f'{thing}s'}"


def cell(text: str) -> str:
    """The text as a cell of a table that may be opened in a spreadsheet, where it is never a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
