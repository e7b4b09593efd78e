"""Whether two corpora hold the same dialogues, and where they differ."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.feedback import CHECK_KEYS

IGNORABLE = ("time", "ids")
"""What `--ignore` may name: `time` leaves out every time, `ids` those of dialogue, client and counselor."""

_EXTRACT = 40
_MOST_PAIRED = 200


def corpus_differences(
    a: Iterable[Dialogue], b: Iterable[Dialogue], ignore: Collection[str] = ()
) -> Iterator[dict[str, Any]]:
    """Every difference, each as {dialogue, other, where, a, b}; none if the corpora are equal.

    With ids, dialogues are matched by id; without, by content, and what is left over is paired by most messages shared,
    so that a changed dialogue is told from a lost one. Words are cut to 40 characters: they may be sensitive.
    """
    pairs = _match_by_content(list(a), list(b), ignore) if "ids" in ignore else _match_by_id(a, b)
    for one, other in pairs:
        if one is None or other is None:
            yield {
                "dialogue": one.id if one else None,
                "other": other.id if other else None,
                "where": "dialogue",
                "a": "present" if one else "absent",
                "b": "present" if other else "absent",
            }
        else:
            yield from _dialogue_differences(one, other, ignore)


_Pair = tuple[Dialogue | None, Dialogue | None]


def _match_by_id(a: Iterable[Dialogue], b: Iterable[Dialogue]) -> Iterator[_Pair]:
    others: dict[str, list[Dialogue]] = {}
    for dialogue in b:
        others.setdefault(dialogue.id, []).append(dialogue)
    for dialogue in a:
        waiting = others.get(dialogue.id)
        yield dialogue, waiting.pop(0) if waiting else None
    for waiting in others.values():
        yield from ((None, dialogue) for dialogue in waiting)


def _match_by_content(a: list[Dialogue], b: list[Dialogue], ignore: Collection[str]) -> Iterator[_Pair]:
    waiting: dict[int, list[Dialogue]] = {}
    for dialogue in b:
        waiting.setdefault(_fingerprint(dialogue, ignore), []).append(dialogue)
    left = []
    for dialogue in a:
        equals = waiting.get(_fingerprint(dialogue, ignore))
        if equals:
            equals.pop()
        else:
            left.append(dialogue)
    right = [dialogue for dialogues in waiting.values() for dialogue in dialogues]
    for dialogue in left:
        nearest = _nearest(dialogue, right[:_MOST_PAIRED])
        if nearest is not None:
            right.remove(nearest)
        yield dialogue, nearest
    yield from ((None, dialogue) for dialogue in right)


def _nearest(dialogue: Dialogue, others: list[Dialogue]) -> Dialogue | None:
    """The one that shares the most messages, if any shares at least one in ten."""
    words = Counter((utterance.role, utterance.text) for utterance in dialogue.utterances)
    best, most = None, len(dialogue.utterances) // 10
    for other in others:
        shared = (words & Counter((utterance.role, utterance.text) for utterance in other.utterances)).total()
        if shared > most:
            best, most = other, shared
    return best


def _fingerprint(dialogue: Dialogue, ignore: Collection[str]) -> int:
    return hash(tuple(_fields(dialogue, ignore)))


def _fields(dialogue: Dialogue, ignore: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Everything that is compared, as (where, value)."""
    timed = "time" not in ignore
    if "ids" not in ignore:
        yield "evaluation_id", dialogue.id
        yield "counselor_id", dialogue.counselor
        yield "client_id", dialogue.client
    for index, utterance in enumerate(dialogue.utterances):
        yield f"dialogue[{index}].role", utterance.role.value
        yield f"dialogue[{index}].utterance", utterance.text
        if timed:
            yield f"dialogue[{index}].time", utterance.time
    topic, feedback = dialogue.topic, dialogue.feedback
    yield "topic.main", topic.main.value if topic else None
    yield "topic.sub", topic.sub if topic else None
    yield "score", feedback.total if feedback else None
    for key, value in (feedback.by_key() if feedback else {}).items():
        yield key, value
    for key in CHECK_KEYS:
        yield key, bool(feedback and key in feedback.checks)
    if timed:
        yield "evaluation_created_at", feedback.given_at if feedback else None


def _dialogue_differences(one: Dialogue, other: Dialogue, ignore: Collection[str]) -> Iterator[dict[str, Any]]:
    left, right = dict(_fields(one, ignore)), dict(_fields(other, ignore))
    for where in {**left, **right}:
        a, b = left.get(where), right.get(where)
        if a != b:
            yield {"dialogue": one.id, "other": other.id, "where": where, "a": _extract(a), "b": _extract(b)}


def _extract(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    text = str(value)
    return text if len(text) <= _EXTRACT else text[:_EXTRACT] + "…"
