"""What is wrong with a talk that came out of the platform, against what went in."""

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Self


@dataclass(frozen=True)
class Faults:
    """Numbers of messages.

    Attributes:
        lost: absent from at least one of the places where they should stand.
        duplicated: too many in at least one place: doubled, or never sent.
        reordered: those that would have to be moved, in the worst place.
    """

    lost: int = 0
    duplicated: int = 0
    reordered: int = 0

    def __add__(self, other: Self) -> "Faults":
        """Both together."""
        return Faults(self.lost + other.lost, self.duplicated + other.duplicated, self.reordered + other.reordered)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.lost or self.duplicated or self.reordered)


def faults_between(sent: Sequence[Hashable], *places: Sequence[Hashable]) -> Faults:
    """Compare what was sent, in order, with what each place holds."""
    due = Counter(sent)
    lost = reduce(or_, (due - Counter(place) for place in places), Counter[Hashable]())
    surplus = reduce(or_, (Counter(place) - due for place in places), Counter[Hashable]())
    return Faults(lost.total(), surplus.total(), max((_moved(sent, place) for place in places), default=0))


def _moved(sent: Sequence[Hashable], place: Sequence[Hashable]) -> int:
    """How many of the messages in both must be moved: all but a longest rising row of their positions."""
    positions: dict[Hashable, deque[int]] = defaultdict(deque)
    for position, message in enumerate(sent):
        positions[message].append(position)
    tails: list[int] = []
    common = 0
    for message in place:
        if positions[message]:
            position = positions[message].popleft()
            common += 1
            at = bisect_left(tails, position)
            tails[at : at + 1] = [position]
    return common - len(tails)
