"""Setting people apart, so that nobody, in either role, is on both sides.

People meet each other: on the release all but five dialogues hang together in one web of 472 people. A line through it
cuts dialogues whose two people are on different sides, and those are lost to both. Drawn at random, it would lose more
than a third of the release for a tenth set apart. So it is drawn where few meet across it: a side grows from one person
by whoever has the largest share of their dialogues with those already in, and is then mended person by person. People
come in cohorts, so a side is mostly those of one time.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from kokorochat.corpus.splits.drawing import draw
from kokorochat.corpus.splits.grouping import Groups, people_in
from kokorochat.corpus.splits.outline import Outline

STARTS = 16
"""A side is grown from so many people; the one that loses the fewest dialogues is taken."""

TOLERANCE = 0.1
"""Where separate webs make up a side of the size wanted, give or take this share of it, no line is drawn."""

_MISSED = 2
"""A dialogue too many or too few on a side weighs as much as so many lost ones."""

Numbers = NDArray[np.int64]


def set_apart(
    outlines: Sequence[Outline], wanted: int, random: Random
) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """Divide people into two sides with few dialogues between them.

    Dialogues that their source keeps together count as meetings of one and the same person, so that they aren't torn.

    Args:
        outlines: two dialogues or more, each with one person at least.
        wanted: the size of the small side if nothing were lost: the share that it shall have of what is kept.

    Returns:
        Positions on the small side, on the large side, and lost between them, each in ascending order.
    """
    members = _members(outlines)
    share = wanted / len(members)
    small = _whole_webs(members, wanted, random)
    if small is not None:
        taken = set(small)
        return small, [position for position in range(len(members)) if position not in taken], []
    inside = _cut(_Web(members), share, random)
    sides: tuple[list[int], list[int], list[int]] = [], [], []
    for position, people in enumerate(members):
        there = {bool(inside[person]) for person in people}
        sides[2 if len(there) > 1 else 0 if True in there else 1].append(position)
    return sides


def _whole_webs(members: Sequence[tuple[int, ...]], wanted: int, random: Random) -> list[int] | None:
    """Positions of dialogues that make up a side without any loss; None where the webs are too large for it."""
    webs = Groups(1 + max(max(people) for people in members))
    for people in members:
        webs.join(people[0], people[-1])
    number = webs.numbers()
    dialogues: dict[int, list[int]] = {}
    for position, people in enumerate(members):
        dialogues.setdefault(number[people[0]], []).append(position)
    sides = list(dialogues.values())
    if len(sides) == 1:
        return None
    drawn = sorted(position for web in draw([len(side) for side in sides], wanted, random) for position in sides[web])
    return drawn if abs(len(drawn) - wanted) <= TOLERANCE * wanted else None


def _members(outlines: Sequence[Outline]) -> list[tuple[int, ...]]:
    """The one or two persons of each dialogue as numbers from 0; those of one source group are one person."""
    number: dict[str, int] = {}
    named = [
        tuple(number.setdefault(person, len(number)) for person in people_in(one, "person") if person is not None)
        for one in outlines
    ]
    merged, first = Groups(len(number)), dict[str, int]()
    for one, people in zip(outlines, named, strict=True):
        if one.group is not None:
            for person in people:
                merged.join(first.setdefault(one.group, person), person)
    of = merged.numbers()
    return [tuple(sorted({of[person] for person in people})) for people in named]


class _Web:
    """Who meets whom how often.

    Attributes:
        partners: for each person the partners, as numbers.
        meetings: for each person the number of dialogues with each partner.
        alone: for each person the dialogues without another person.
        met: for each person the dialogues with another person.
        dialogues: all of them.
    """

    def __init__(self, members: Sequence[tuple[int, ...]]) -> None:
        count = 1 + max(person for people in members for person in people)
        with_whom: list[Counter[int]] = [Counter() for _ in range(count)]
        for people in members:
            with_whom[people[0]][people[-1]] += 1
            if len(people) > 1:
                with_whom[people[1]][people[0]] += 1
        self.dialogues = len(members)
        self.alone = np.array([some.pop(person, 0) for person, some in enumerate(with_whom)], dtype=np.int64)
        self.partners = [np.array(list(some), dtype=np.int64) for some in with_whom]
        self.meetings = [np.array(list(some.values()), dtype=np.int64) for some in with_whom]
        self.met = np.array([some.sum() for some in self.meetings], dtype=np.int64)


class _Side:
    """One side of a line through a web, and what moving each person across would do.

    Attributes:
        inside: whether each person is on this side.
        near: for each person the dialogues with people of this side.
        kept: dialogues whose people are all on this side.
        touched: dialogues with one person at least on this side.
    """

    def __init__(self, web: _Web, start: int) -> None:
        self.web = web
        self.inside = np.zeros(len(web.met), dtype=bool)
        self.near = np.zeros(len(web.met), dtype=np.int64)
        self.kept = self.touched = 0
        self.move(start)

    def _after_moves(self) -> tuple[Numbers, Numbers]:
        """`kept` and `touched` after the move of each person."""
        way = np.where(self.inside, -1, 1)
        kept = self.kept + way * (self.near + self.web.alone)
        touched = self.touched + way * (self.web.met - self.near + self.web.alone)
        return kept, touched

    def move(self, person: int) -> None:
        """Take a person to the other side."""
        kept, touched = self._after_moves()
        self.kept, self.touched = int(kept[person]), int(touched[person])
        way = -1 if self.inside[person] else 1
        self.near[self.web.partners[person]] += way * self.web.meetings[person]
        self.inside[person] = not self.inside[person]

    def cost(self, share: float) -> float:
        """What is lost, and how far the sides are from the share that is wanted."""
        return float(_cost(np.asarray(self.kept), np.asarray(self.touched), self.web.dialogues, share))

    def costs(self, share: float) -> NDArray[np.float64]:
        """The cost after the move of each person."""
        kept, touched = self._after_moves()
        return _cost(kept, touched, self.web.dialogues, share)


def _cost(kept: Numbers, touched: Numbers, dialogues: int, share: float) -> NDArray[np.float64]:
    beyond = dialogues - touched
    missed = np.abs(kept - share * (kept + beyond))
    # Of a few dialogues it would often be cheapest to keep none on one side.
    return np.where((kept > 0) & (beyond > 0), (touched - kept) + _MISSED * missed, np.inf)


def _cut(web: _Web, share: float, random: Random) -> NDArray[np.bool_]:
    """The people of the small side: the best of several that were grown and mended."""
    starts = random.sample(range(len(web.met)), min(STARTS, len(web.met)))
    # Between people who are equally near, and where a web is used up, chance decides.
    chance = np.array([random.random() for _ in web.met]) / (2 * web.dialogues)
    sides = [_mended(_grown(web, start, share, chance), share) for start in starts]
    return min(sides, key=lambda side: side.cost(share)).inside


def _grown(web: _Web, start: int, share: float, chance: NDArray[np.float64]) -> _Side:
    side = _Side(web, start)
    while not side.inside.all() and side.kept < share * (side.kept + web.dialogues - side.touched):
        nearness = side.near / np.maximum(1, web.met + web.alone) + chance
        side.move(int(np.where(side.inside, -1, nearness).argmax()))
    return side


def _mended(side: _Side, share: float) -> _Side:
    """Move the person whose move helps most, until none helps."""
    while True:
        costs = side.costs(share)
        best = int(costs.argmin())
        if costs[best] >= side.cost(share):
            return side
        side.move(best)
