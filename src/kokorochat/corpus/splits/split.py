"""A corpus divided: the names of its parts and the ids in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kokorochat.corpus.splits.dividing import Divider

DROPPED = "dropped"
"""The part of what is in no other part."""


@dataclass(frozen=True)
class Split:
    """The result of dividing a corpus. Ids stand in the order of the corpus.

    Attributes:
        task: "score", "response" or "topic".
        rule: a few words, as headers and signatures name it, such as `8:1:1 by client`.
        words: the rule in a sentence.
        group: one of `grouping.GROUPS`.
        threshold: the overlap above which dialogues are near-duplicates; None for other groups.
        seed: of train and validation.
        test_seed: of the test part; None where it isn't drawn.
        parts: {name: ids}. Beside a part `x` that was itself divided stand its `x-train` and `x-validation`. What is in
            no other part is in `dropped`, if there is anything.
        reasons: {why: ids} for all of `dropped`.
        utterances: {id: number} of all dialogues.
    """

    task: str
    rule: str
    words: str
    group: str
    threshold: float | None
    seed: int
    test_seed: int | None
    parts: Mapping[str, Sequence[str]]
    reasons: Mapping[str, Sequence[str]]
    utterances: Mapping[str, int] = field(repr=False)

    def counts(self) -> dict[str, dict[str, int]]:
        """{part: {dialogues, utterances}}; utterances are unmerged."""
        return {
            name: {"dialogues": len(ids), "utterances": sum(self.utterances[id] for id in ids)}
            for name, ids in self.parts.items()
        }


def make_split(
    task: str,
    rule: str,
    words: str,
    divider: Divider,
    seed: int,
    test_seed: int | None,
    parts: Mapping[str, Sequence[int]],
    dropped: Mapping[str, Sequence[int]],
) -> Split:
    """A split from positions in the corpus, those of each part in ascending order.

    Args:
        rule: of the task, before what the divider adds; so for `words`.
        dropped: {why: positions}; whys without a dialogue are left out.
    """
    outlines = divider.outlines
    reasons = {why: [outlines[position].id for position in some] for why, some in dropped.items() if some}
    named = {name: [outlines[position].id for position in some] for name, some in parts.items()}
    if reasons:
        named[DROPPED] = [outlines[position].id for position in sorted(p for some in dropped.values() for p in some)]
    utterances = {one.id: one.utterances for one in outlines}
    rule, words = f"{rule} {divider.rule}", f"{words}; {divider.words}"
    return Split(task, rule, words, divider.group, divider.threshold, seed, test_seed, named, reasons, utterances)
