"""A chat model's reply that should be one JSON object: read to the letter, or named for what it is instead."""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(eq=False)
class ReplyFault(Exception):
    """A reply that isn't what was asked for.

    Attributes:
        kind: a short stable name, such as "wrong keys".
        detail: what was found instead, cut short; it may hold words of the dialogue, so it is for files and not logs.
    """

    kind: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}" if self.detail else self.kind


def only_object(reply: str) -> dict[str, Any]:
    """The one JSON object in a reply; prose or a code fence around it are let pass.

    Raises:
        ReplyFault: there is none, a brace opens none, a key stands in it twice, or there are several.
    """
    decoder = json.JSONDecoder(object_pairs_hook=_distinct)
    found: list[dict[str, Any]] = []
    at = reply.find("{")
    while at >= 0:
        try:
            told, at = decoder.raw_decode(reply, at)
        except (ValueError, RecursionError):
            raise ReplyFault("no JSON", "a brace that opens no JSON object") from None
        found.append(told)
        at = reply.find("{", at)
    if not found:
        raise ReplyFault("no JSON")
    if len(found) > 1:
        raise ReplyFault("several objects", f"{len(found)} objects")
    return found[0]


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def short(value: object) -> str:
    """A value as a fault may show it."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
