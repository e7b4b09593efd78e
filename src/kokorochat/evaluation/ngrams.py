"""What metrics of words count: n-grams, and the longest common subsequence."""

from collections import Counter
from collections.abc import Sequence


def ngrams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    """How often each n-gram stands in a text; none in one of fewer than n words."""
    return Counter(zip(*(words[start:] for start in range(n)), strict=False))


def common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence.

    Bit by bit in whole numbers of arbitrary size (Hyyrö 2004): a step for each word instead of one for each pair.
    """
    where: dict[str, int] = {}
    for position, word in enumerate(one):
        where[word] = where.get(word, 0) | 1 << position
    full = (1 << len(one)) - 1
    row = full
    for word in other:
        met = row & where.get(word, 0)
        row = (row + met | row - met) & full
    return len(one) - row.bit_count()
