"""Dividing dialogues in two at random, with whatever is to be kept together on one side."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from kokorochat.corpus.splits.drawing import draw
from kokorochat.corpus.splits.grouping import check_people, groups_of
from kokorochat.corpus.splits.outline import Outline


class Sides(NamedTuple):
    """Positions of dialogues, each in ascending order.

    Attributes:
        small: on the side that was asked for.
        large: on the other.
        lost: between them: of their two people each is on another side.
    """

    small: list[int]
    large: list[int]
    lost: list[int]


_WORDS = {
    "none": "dialogues are drawn one by one",
    "client": "all dialogues of a client are in one part",
    "counselor": "all dialogues of a counselor are in one part",
    "person": "nobody, in either role, is in two parts; dialogues between people of two parts are dropped",
    "duplicates": "dialogues whose clients' words overlap by more than {threshold}, and their chains, are in one part",
}


class Divider:
    """What divides one corpus by one kind of group.

    Attributes:
        outlines: of the whole corpus, in its order.
        group: one of `grouping.GROUPS`.
        threshold: the overlap above which dialogues are near-duplicates; None for other groups.
        groups: the number of each dialogue's group; by "person" only what the source keeps together.
        rule: how it divides, as the end of a split's rule.
        words: the same in a sentence.
    """

    def __init__(self, outlines: Sequence[Outline], group: str, threshold: float | None = None) -> None:
        """Look for the groups.

        Raises:
            InputError: a dialogue lacks the people by which it is to be grouped.
        """
        if group == "duplicates" and threshold is None:
            from kokorochat.corpus.near_duplicates import THRESHOLD

            threshold = THRESHOLD
        self.outlines, self.group = outlines, group
        self.threshold = threshold if group == "duplicates" else None
        if group in ("client", "counselor", "person"):
            check_people(outlines, group)
        self.groups = groups_of(outlines, group, self.threshold)
        self.rule = {"none": "random", "duplicates": f"by duplicates > {self.threshold}"}.get(group, f"by {group}")
        self.words = _WORDS[group].format(threshold=self.threshold)
        if any(one.group is not None for one in outlines):
            self.rule += ", source groups whole"
            self.words += "; what the source keeps together is in one part"

    def divide(self, positions: Sequence[int], wanted: int, random: Random) -> Sides:
        """Draw `wanted` of some dialogues, or as near to it as whole groups allow.

        By "person" the dialogues between people of different sides are lost, and the small side is the same share of
        what is kept.

        Args:
            positions: of the dialogues, in ascending order.
            wanted: at most half of them; of 0, and of a single group, nothing is drawn.
        """
        if not wanted or len(positions) < 2:
            return Sides([], list(positions), [])
        if self.group == "person":
            from kokorochat.corpus.splits.people import set_apart

            some = [self.outlines[position] for position in positions]
            return Sides(*([positions[index] for index in side] for side in set_apart(some, wanted, random)))
        members: dict[int, list[int]] = {}
        for position in positions:
            members.setdefault(self.groups[position], []).append(position)
        groups = list(members.values())
        drawn = draw([len(group) for group in groups], wanted, random) if len(groups) > 1 else []
        small = sorted(position for index in drawn for position in groups[index])
        taken = set(small)
        return Sides(small, [position for position in positions if position not in taken], [])
