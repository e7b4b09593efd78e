"""Drawing whole groups at random until they make up a part of the size that is wanted."""

from collections.abc import Sequence
from random import Random


def draw(sizes: Sequence[int], wanted: int, random: Random) -> list[int]:
    """Some groups, in a random order, whose sizes add up to `wanted` as nearly as whole groups allow.

    Groups are taken in a random order, each one that still lets the rest be filled exactly. So with groups of one the
    first `wanted` of the order are drawn. At least one group is drawn, and at least one is left.

    Args:
        sizes: of each group, 1 or more; two groups or more.
        wanted: 1 or more, at most half of all.

    Returns:
        Indices of `sizes`.
    """
    order = list(range(len(sizes)))
    random.shuffle(order)
    # Bit s of reachable[k]: some of the groups from order[k] on add up to s.
    most = max(2 * wanted, min(sizes))
    reachable = [1]
    for group in reversed(order):
        before = reachable[-1]
        after = (before | before << sizes[group]) & ((1 << most + 1) - 1)
        # With many small groups all sizes are soon reachable: one number then serves for all the others.
        reachable.append(before if after == before else after)
    reachable.reverse()
    left = min((s for s in range(1, most + 1) if reachable[0] >> s & 1), key=lambda size: abs(size - wanted))
    drawn = []
    for place, group in enumerate(order):
        rest = left - sizes[group]
        if rest >= 0 and reachable[place + 1] >> rest & 1:
            drawn.append(group)
            left = rest
    return drawn
