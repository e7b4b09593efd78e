"""The validator: what the paper promises of a dialogue (§4, A.3), and what our own export must never break.

Each finding has a level: an *error* breaks the format or the total's rule, a *warning* breaks one of the paper's
filters or will surprise a reader, *info* is worth knowing. Bad data are reported, never raised.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

from kokorochat.corpus.reading import Corpus
from kokorochat.domain.dialogue import Dialogue, is_out_of_role
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import total_score

FEWEST_UTTERANCES, FEWEST_MINUTES = 30, 30
"""The paper's filters (§4): shorter dialogues were dropped, and those with all twenty items at 3."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes:
        level: "error", "warning" or "info".
        code: a stable name for the kind of fault.
        where: the field or utterance (`12:3` is the fourth message of dialogue 12), empty for the whole.
    """

    level: str
    code: str
    file: str
    dialogue: str
    where: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """The finding as it is printed by `--json`."""
        return asdict(self)


def check_corpus(corpus: Corpus) -> Iterator[Finding]:
    """Findings for each row in turn, with those about rows together at the later one. Never raises on bad data."""
    by_id: dict[str, str] = {}
    by_text: dict[int, str] = {}
    for row in corpus.rows():
        if isinstance(row, InputError):
            field = row.problem.removeprefix("field ").partition(":")[0] if row.problem.startswith("field ") else ""
            file, _, where = row.place.partition(", ")
            stem = Path(file).stem
            yield Finding("error", "unreadable", file, stem, field or where, f"{row.problem}. {row.remedy}")
            continue
        dialogue, file = row.dialogue, row.file
        for level, code, where, message in check_dialogue(dialogue):
            yield Finding(level, code, file, dialogue.id, where, message)
        for remark in row.remarks:
            yield Finding(remark.level, remark.code, file, dialogue.id, remark.where, remark.message)
        if corpus.source.format == "kokorochat" and not row.where and dialogue.id != Path(file).stem:
            message = f"evaluation_id {dialogue.id} is not the file's name"
            yield Finding("error", "id-is-not-file-name", file, dialogue.id, "evaluation_id", message)
        if dialogue.id in by_id:
            message = f"the same id as in {by_id[dialogue.id]}"
            yield Finding("error", "duplicate-id", file, dialogue.id, "id", message)
        by_id.setdefault(dialogue.id, row.place)
        words = hash(tuple([(utterance.role, utterance.text) for utterance in dialogue.utterances]))
        if words in by_text:
            message = f"the same messages as in {by_text[words]}"
            yield Finding("error", "duplicate-dialogue", file, dialogue.id, "dialogue", message)
        by_text.setdefault(words, row.place)


def check_dialogue(dialogue: Dialogue) -> Iterator[tuple[str, str, str, str]]:
    """(level, code, where, message) for one dialogue that could be read."""
    yield from _check_feedback(dialogue)
    yield from _check_times(dialogue)
    yield from _check_texts(dialogue)
    if dialogue.counselor is not None and dialogue.counselor == dialogue.client:
        yield "error", "same-person", "client_id", f"person {dialogue.client} plays both roles"
    if dialogue.topic is not None and not dialogue.topic.sub.strip():
        yield "warning", "empty-topic", "topic.sub", "the topic has no description"
    count = len(dialogue.utterances)
    if count < FEWEST_UTTERANCES:
        yield "warning", "few-utterances", "dialogue", f"{count} messages; the paper keeps {FEWEST_UTTERANCES} or more"
    if len({utterance.role for utterance in dialogue.utterances}) == 1:
        yield "error", "one-role", "dialogue", f"every message is the {dialogue.utterances[0].role.value}'s"


def _check_feedback(dialogue: Dialogue) -> Iterator[tuple[str, str, str, str]]:
    feedback = dialogue.feedback
    if feedback is None:
        yield "warning", "no-feedback", "feedback", "the client gave no feedback"
        return
    due = total_score(feedback.items, feedback.checks)
    if feedback.total != due:
        yield "error", "total-rule", "score", f"score is {feedback.total}, the rule gives {due}"
    if set(feedback.items) == {3}:
        yield "warning", "all-threes", "score", "all twenty items are 3; the paper drops such feedback"
    elif len(set(feedback.items)) == 1:
        yield "info", "straight-lined", "score", f"all twenty items are {feedback.items[0]}"


def _check_times(dialogue: Dialogue) -> Iterator[tuple[str, str, str, str]]:
    for index, (before, after) in enumerate(pairwise(dialogue.utterances), start=1):
        if before.time is not None and after.time is not None and after.time < before.time:
            yield "error", "time-order", f"{dialogue.id}:{index}", f"{after.time} comes after {before.time}"
    minutes = dialogue.minutes
    if minutes is not None and minutes < FEWEST_MINUTES:
        yield "warning", "short", "dialogue", f"{minutes:.1f} minutes; the paper keeps {FEWEST_MINUTES} or more"
    last = dialogue.utterances[-1].time
    given_at = dialogue.feedback.given_at if dialogue.feedback else None
    if last is not None and given_at is not None and given_at < last.replace(second=0):
        yield "error", "feedback-before-end", "evaluation_created_at", f"{given_at} is before the last message, {last}"


def _check_texts(dialogue: Dialogue) -> Iterator[tuple[str, str, str, str]]:
    out_of_role = 0
    for index, utterance in enumerate(dialogue.utterances):
        text, where = utterance.text, f"{dialogue.id}:{index}"
        if not text.strip():
            yield "error", "empty", where, "the message is empty"
        elif text != text.strip():
            yield "warning", "edge-space", where, "the message begins or ends with white space"
        control = [character for character in text if unicodedata.category(character) == "Cc" and character != "\n"]
        if control:
            yield "warning", "control-character", where, f"holds U+{ord(control[0]):04X}"
        out_of_role += is_out_of_role(text)
    if out_of_role:
        yield "info", "out-of-role", "dialogue", f"{out_of_role} bracketed messages outside the role-play"
