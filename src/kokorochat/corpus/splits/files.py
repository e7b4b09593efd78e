"""A split at rest: `split.json`, which tells how it was made, and beside it one file of dialogue ids for each part.

No word of a dialogue is in it, so it may be published where the corpus may not.
"""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import msgspec

from kokorochat import __version__
from kokorochat.corpus.faults import field_fault
from kokorochat.corpus.reading import Corpus
from kokorochat.corpus.sources.containers import regular_file
from kokorochat.corpus.splits.split import DROPPED, Split
from kokorochat.corpus.writing import check_free, new_folder
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import writable

HEADER = "split.json"

_DIVIDED = {name: (f"{name}-train", f"{name}-validation", f"{name}-dropped") for name in ("low", "high", "full")}
_APART = {
    "score": (("train", "validation", "test", DROPPED),),
    "response": (("test", "low", "high", DROPPED), ("test", "full", DROPPED), *_DIVIDED.values()),
}
"""The parts of each task, in sets of those that share no dialogue."""

_MAKE_AGAIN = "Make the split again with the command that its split.json names"


class Count(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much a part holds; utterances are unmerged."""

    dialogues: int
    utterances: int


class SplitSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The corpus that was divided.

    Attributes:
        format: its name in FORMAT=PATH.
        path: where it lay.
        dialogues: how many it held.
    """

    format: str
    path: str
    dialogues: int


class SplitHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="split"):
    """The content of `split.json`; for what isn't said here see `Split`.

    Attributes:
        version: of this package.
        parts: what each holds.
        dropped: {why: dialogues}.
        command: what was typed.
    """

    version: str
    task: Literal["score", "response"]
    rule: str
    words: str
    group: str
    threshold: float | None
    seed: int
    test_seed: int | None
    parts: dict[str, Count]
    dropped: dict[str, int]
    source: SplitSource
    command: str


class StoredSplit(msgspec.Struct, frozen=True):
    """A split as read.

    Attributes:
        parts: {name: ids}.
    """

    header: SplitHeader
    parts: dict[str, list[str]]


def write_split(split: Split, corpus: Corpus, out: Path, command: str = "") -> None:
    """Write a split to a new folder, whole or not at all.

    Raises:
        InputError: `out` exists and isn't an empty folder or can't be written, or an id can't stand on a line.
    """
    check_free(out)
    header = SplitHeader(
        version=__version__,
        task="score" if split.task == "score" else "response",
        rule=split.rule,
        words=split.words,
        group=split.group,
        threshold=split.threshold,
        seed=split.seed,
        test_seed=split.test_seed,
        parts={name: Count(**count) for name, count in split.counts().items()},
        dropped={why: len(ids) for why, ids in split.reasons.items()},
        source=SplitSource(corpus.source.format, writable(os.path.realpath(corpus.path)), len(split.utterances)),
        command=command,
    )
    for id in split.utterances:
        if id.splitlines() != [id]:
            raise InputError(f"dialogue {id!r}", "its id doesn't fit on one line", "Give it an id without line breaks")
    with new_folder(out) as scratch:
        (scratch / HEADER).write_bytes(msgspec.json.format(msgspec.json.encode(header), indent=2) + b"\n")
        for name, ids in split.parts.items():
            (scratch / f"{name}.txt").write_text("".join(f"{id}\n" for id in ids), encoding="utf-8", newline="\n")


def read_split(folder: Path, known: Collection[str] | None = None) -> StoredSplit:
    """Read what `write_split` wrote.

    Args:
        known: the ids of the corpus that it is to be used with; None to leave that open.

    Raises:
        InputError: a file is missing or damaged, a part holds another number of ids than `split.json` tells or one that
            isn't known, or a dialogue is in two parts that shall share none; the message names file and id.
    """
    header = _header(folder / HEADER)
    names = {name for parts in _APART[header.task] for name in parts}
    strange = next((name for name in header.parts if name not in names), None)
    if strange is not None:
        raise InputError(str(folder / HEADER), f"{strange!r} is no part of a {header.task} split", _MAKE_AGAIN)
    parts = {name: _ids(folder / f"{name}.txt", count.dialogues) for name, count in header.parts.items()}
    ids_of = {name: frozenset(ids) for name, ids in parts.items()}
    for name, ids in ids_of.items():
        strangers = ids.difference(known) if known is not None else ()
        for id in parts[name]:
            if id in strangers:
                remedy = "Use it with the corpus that split.json names"
                raise InputError(str(folder / f"{name}.txt"), f"dialogue {id} is not in the corpus", remedy)
    for apart in _APART[header.task]:
        there = [name for name in apart if name in ids_of]
        for place, name in enumerate(there):
            for other in there[:place]:
                if common := ids_of[name] & ids_of[other]:
                    problem = f"dialogue {min(common)} is in {other} too"
                    raise InputError(str(folder / f"{name}.txt"), problem, _MAKE_AGAIN)
    for whole, pieces in _DIVIDED.items():
        for name in pieces:
            if outside := ids_of.get(name, frozenset()) - ids_of.get(whole, frozenset()):
                problem = f"dialogue {min(outside)} is not in {whole}"
                raise InputError(str(folder / f"{name}.txt"), problem, _MAKE_AGAIN)
    return StoredSplit(header, parts)


def _header(file: Path) -> SplitHeader:
    try:
        with open(file, "rb", opener=regular_file) as stream:
            return msgspec.json.decode(stream.read(), type=SplitHeader)
    except OSError as fault:
        remedy = "Name a folder that `corpus split` made"
        raise InputError(str(file), f"can't be read ({fault.strerror})", remedy) from None
    except msgspec.ValidationError as fault:
        field, what = field_fault(fault)
        raise InputError(str(file), f"field {field}: {what}" if field else what, _MAKE_AGAIN) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(str(file), f"not readable as JSON in UTF-8 ({fault})", _MAKE_AGAIN) from None


def _ids(file: Path, count: int) -> list[str]:
    try:
        with open(file, encoding="utf-8", newline="", opener=regular_file) as stream:
            ids = stream.read().split("\n")
    except OSError as fault:
        raise InputError(str(file), f"can't be read ({fault.strerror})", _MAKE_AGAIN) from None
    except UnicodeDecodeError as fault:
        raise InputError(str(file), f"not readable in UTF-8 ({fault})", _MAKE_AGAIN) from None
    if ids.pop() or len(ids) != count:
        raise InputError(str(file), f"doesn't hold the {count} ids that split.json tells of", _MAKE_AGAIN)
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise InputError(str(file), f"dialogue {id} is there twice", _MAKE_AGAIN)
        seen.add(id)
    return ids
