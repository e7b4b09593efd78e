"""All checks of a corpus, row by row as it is read."""

import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from kokorochat.corpus.checks.characters import (
    CharacterCheck,
    check_edges,
    check_labels,
    check_line_breaks,
    check_out_of_role,
)
from kokorochat.corpus.checks.contacts import check_contacts
from kokorochat.corpus.checks.finding import Finding, Note
from kokorochat.corpus.checks.parts import Ends, Parts
from kokorochat.corpus.checks.people import Overlaps
from kokorochat.corpus.checks.promises import check_feedback, check_filters, check_people
from kokorochat.corpus.checks.talk import Talk
from kokorochat.corpus.checks.timing import check_times, check_turns
from kokorochat.corpus.reading import Corpus
from kokorochat.corpus.sources.source import Entry, Scale
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS

_RELEASED_SHAPE = "kokorochat"
_OF_THE_SHAPE = frozenset({"empty", "one-role", "duplicate-dialogue"})
"""Errors in the published shape, where the paper's platform can't have made them; a warning in the other corpora, whose
publishers let them pass."""


def check_corpus(corpus: Corpus) -> Iterator[Finding]:
    """Findings for each row in turn, then those that need the whole corpus. Never raises on bad data.

    The paper's filters, and talk outside the role, are looked for where they are promised: in corpora of the twenty
    items, and in dialogues with that feedback. One dialogue is held at a time, and a little of each for comparison.
    """
    source, path, files = corpus.source, str(corpus.path), {str(file) for file in corpus.files}
    shaped = source.format == _RELEASED_SHAPE
    promised = source.scale is not None and source.scale.items == ITEM_KEYS
    check = DialogueCheck(source.language, promised)
    copies, overlaps, parts, ends = _Copies(), Overlaps(), Parts(), Ends()
    dialogues = 0
    for row in corpus.rows():
        if isinstance(row, InputError):
            yield _unreadable(row, files, shaped)
            continue
        dialogues += 1
        talk = Talk(row.dialogue)
        for level, code, where, message in chain(
            check(talk), _check_ratings(row, source.scale), _check_name(row) if shaped else (), copies.check(row, talk)
        ):
            level = "warning" if code in _OF_THE_SHAPE and not shaped else level
            yield Finding(level, code, row.file, row.dialogue.id, where, message)
        for remark in row.remarks:
            yield Finding(remark.level, remark.code, row.file, row.dialogue.id, remark.where, remark.message)
        if talk.times:
            overlaps.add(row, talk.times[0], talk.times[-1])
        parts.add(row, bool(talk.times))
        ends.add(row)
    yield from overlaps.findings()
    yield from parts.findings(path, promised)
    yield from ends.findings(path)
    if source.released is not None and dialogues < source.released:
        message = f"{dialogues:,} of {source.released:,} released dialogues are there and readable"
        yield Finding("info", "partial", path, "", "", message)


class DialogueCheck:
    """All checks of one dialogue.

    Args:
        language: of the talk, as its source names it.
        promised: the paper's filters apply to every dialogue, not only to those with feedback.
    """

    def __init__(self, language: str = "Japanese", promised: bool = True) -> None:
        self._characters = CharacterCheck(language)
        self._promised = promised

    def __call__(self, talk: Talk) -> Iterator[Note]:
        """What is found."""
        yield from check_people(talk)
        yield from check_feedback(talk.dialogue)
        yield from check_times(talk)
        yield from check_turns(talk)
        yield from check_edges(talk)
        yield from check_labels(talk)
        yield from self._characters(talk)
        yield from check_contacts(talk)
        if self._promised or talk.dialogue.feedback is not None:
            yield from check_filters(talk.dialogue)
            yield from check_line_breaks(talk)
            yield from check_out_of_role(talk)


def check_dialogue(dialogue: Dialogue) -> Iterator[Note]:
    """(level, code, where, message) for one dialogue in the published shape."""
    return DialogueCheck()(Talk(dialogue))


def _check_ratings(entry: Entry, scale: Scale | None) -> Iterator[Note]:
    """Ratings on their source's own scale; those of the twenty items are held to it when they are read."""
    if entry.ratings is None or scale is None or entry.dialogue.feedback is not None:
        return
    for item, value in entry.ratings.items():
        if item not in scale.items:
            yield "error", "unknown-item", item, "is not an item of the corpus' questionnaire"
        elif not scale.lowest <= value <= scale.highest:
            yield "error", "rating-range", item, f"is {value}, where the scale is {scale.lowest} to {scale.highest}"


def _check_name(entry: Entry) -> Iterator[Note]:
    if not entry.where and not entry.file.endswith(f"{os.sep}{entry.dialogue.id}.json"):
        message = f"evaluation_id {entry.dialogue.id} is not the file's name"
        yield "error", "id-is-not-file-name", "evaluation_id", message


class _Copies:
    """Ids and whole talks that were met before."""

    def __init__(self) -> None:
        self._by_id: dict[str, str] = {}
        self._by_talk: dict[int, str] = {}

    def check(self, entry: Entry, talk: Talk) -> Iterator[Note]:
        """What of an entry was there already; remembers it."""
        place = entry.place
        before = self._by_id.setdefault(entry.dialogue.id, place)
        if before is not place:
            yield "error", "duplicate-id", "id", f"the same id as in {before}"
        before = self._by_talk.setdefault(hash((talk.joined, len(talk.texts), talk.counselor)), place)
        if before is not place:
            yield "error", "duplicate-dialogue", "dialogue", f"the same messages as in {before}"


def _unreadable(fault: InputError, files: set[str], shaped: bool) -> Finding:
    """The fault of a row. Its place begins with one of the files, whose name may hold a comma."""
    file, rest = fault.place, ""
    while file and file not in files:
        file, _, last = file.rpartition(", ")
        rest = f"{last}, {rest}" if rest else last
    if not file:
        file, _, rest = fault.place.partition(", ")
    field, problem = "", fault.problem
    if problem.startswith("field "):
        field, _, problem = problem.removeprefix("field ").partition(": ")
    where = ", ".join(part for part in (rest, field) if part)
    # In the published shape a file holds one dialogue and has its name.
    dialogue = Path(file).stem if shaped and Path(file).suffix == ".json" else ""
    return Finding("error", "unreadable", file, dialogue, where, f"{problem}. {fault.remedy}")
