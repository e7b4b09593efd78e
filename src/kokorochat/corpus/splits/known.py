"""What of a test part was seen in training: the leak that a random split leaves."""

from collections.abc import Sequence

from kokorochat.corpus.splits.grouping import people_in
from kokorochat.corpus.splits.outline import Outline
from kokorochat.corpus.splits.split import Split

_LEARNT_FROM = {"score": ("train",), "topic": ("train",), "response": ("low", "high", "full")}


def known_in_training(outlines: Sequence[Outline], split: Split) -> dict[str, int | None]:
    """How many dialogues of the test part have a client, or a counselor, who is in training in the same role.

    For responses training is all that may be learnt from, validation included.

    Returns:
        `client` and `counselor`; None where the corpus names none.
    """
    parts = {id: name for name in _LEARNT_FROM[split.task] for id in split.parts.get(name, ())}
    test = set(split.parts["test"])
    known: dict[str, int | None] = {}
    for role in ("client", "counselor"):
        seen = {people_in(one, role)[0] for one in outlines if one.id in parts} - {None}
        people = [people_in(one, role)[0] for one in outlines if one.id in test]
        named = any(people_in(one, role)[0] is not None for one in outlines)
        known[role] = sum(person in seen for person in people) if named else None
    return known
