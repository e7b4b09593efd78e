"""Groups of dialogues that a split keeps together, because one of them would tell what is asked of another."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Literal, get_args

from kokorochat.corpus.splits.outline import Outline
from kokorochat.domain.errors import InputError

Group = Literal["none", "client", "counselor", "person", "duplicates"]

GROUPS: tuple[str, ...] = get_args(Group)
"""What `--group` may name. `person` is a client or counselor, in whichever role; `duplicates` are near-duplicates."""


class Groups:
    """Things that are joined bit by bit into groups (a forest of disjoint sets)."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def _root(self, thing: int) -> int:
        parent = self._parent
        while parent[thing] != thing:
            parent[thing] = parent[parent[thing]]
            thing = parent[thing]
        return thing

    def join(self, one: int, other: int) -> None:
        """Make one group of the groups of two things."""
        self._parent[self._root(other)] = self._root(one)

    def join_equal(self, keys: Iterable[Hashable | None]) -> None:
        """Make one group of all things, in order, that have the same key; None joins nothing."""
        first: dict[Hashable, int] = {}
        for thing, key in enumerate(keys):
            if key is not None:
                self.join(first.setdefault(key, thing), thing)

    def numbers(self) -> list[int]:
        """The number of each thing's group, from 0 in the order in which groups begin."""
        known: dict[int, int] = {}
        return [known.setdefault(self._root(thing), len(known)) for thing in range(len(self._parent))]


def groups_of(outlines: Sequence[Outline], group: str, threshold: float | None) -> list[int]:
    """The group of each dialogue, numbered from 0 in the order in which groups begin.

    Whatever is asked for, dialogues that their source keeps together stay together. Groups that touch are one.

    Args:
        group: one of `GROUPS`. "person" makes no groups: nearly all people would be in one, see `people`.
        threshold: looks for near-duplicates, see `near_duplicates`.
    """
    groups = Groups(len(outlines))
    groups.join_equal(one.group for one in outlines)
    if group in ("client", "counselor"):
        groups.join_equal(person for one in outlines for person in people_in(one, group))
    if threshold is not None:
        from kokorochat.corpus.near_duplicates import near_duplicates

        for pair in near_duplicates([one.texts for one in outlines], threshold):
            groups.join(pair.a, pair.b)
    return groups.numbers()


def check_people(outlines: Sequence[Outline], group: str) -> None:
    """See that each dialogue names the people by which it is to be grouped.

    Raises:
        InputError: one doesn't.
    """

    def named(one: Outline) -> bool:
        return any(person is not None for person in people_in(one, group))

    nameless = [one.id for one in outlines if not named(one)]
    if nameless:
        who = "person" if group == "person" else group
        some = "no dialogue" if len(nameless) == len(outlines) else f"not every dialogue (not {nameless[0]})"
        problem = f"{some} of the corpus names its {who}"
        raise InputError(f"--group {group}", problem, "Name another group, or a corpus with the ids of its people")


def people_in(one: Outline, group: str) -> tuple[str | None, ...]:
    """The people by which a dialogue is grouped; None for one whom the corpus doesn't name."""
    return {"client": (one.client,), "counselor": (one.counselor,), "person": (one.client, one.counselor)}[group]
