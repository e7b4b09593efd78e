"""Which of several replies agrees best with all of them: minimum Bayes risk (Kumar and Byrne 2004).

A reply is worth what it would score on average if each reply of the pool, with its weight, were what is really
said. The score is a blend of three F: of words, of pairs of words, and of the longest common subsequence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Words = NDArray[np.int32]

LONGEST = 64
"""Words of a reply that are looked at for the longest common subsequence; one bit stands for each."""


@dataclass(frozen=True, slots=True)
class Utility:
    """What a reply is worth if another were the true one: how much each F counts.

    Attributes:
        words: the F of single words, as in ROUGE-1.
        pairs: of neighbouring words, as in ROUGE-2.
        subsequence: of the longest common subsequence, as in ROUGE-L.
    """

    words: float
    pairs: float
    subsequence: float


def shared_grams(replies: Sequence[Words], n: int) -> Floats:
    """How many n-grams (n = 1 or 2) each two of some replies share, each as often as it stands in both.

    Returns:
        Shape (replies, replies).
    """
    reply = np.repeat(np.arange(len(replies)), [max(0, len(words) - n + 1) for words in replies])
    pieces = [words[: len(words) - n + 1].astype(np.int64) for words in replies if len(words) >= n]
    gram = np.concatenate([*pieces, np.zeros(0, dtype=np.int64)])
    if n == 2:
        second = np.concatenate([*(words[1:] for words in replies if len(words) >= 2), np.zeros(0, dtype=np.int32)])
        gram = gram * (int(second.max(initial=0)) + 1) + second
    # The second 'no' of a reply is another gram than its first: so the size of two sets' intersection is the count.
    order = np.lexsort((gram, reply))
    reply, gram = reply[order], gram[order]
    fresh = np.ones(len(gram), dtype=bool)
    fresh[1:] = (gram[1:] != gram[:-1]) | (reply[1:] != reply[:-1])
    since = np.arange(len(gram)) - np.maximum.accumulate(np.where(fresh, np.arange(len(gram)), 0))
    _, number = np.unique(gram, return_inverse=True)
    repeats = int(since.max(initial=0)) + 1
    columns = number * repeats + since
    width = int(columns.max(initial=0)) + 1
    held = sparse.csr_array((np.ones(len(gram)), (reply, columns)), shape=(len(replies), width))
    return np.asarray((held @ held.T).todense(), dtype=np.float64)


def common_subsequences(some: Sequence[Words], others: Sequence[Words]) -> Floats:
    """The length of the longest common subsequence of each with each, of their first 64 words (Hyyrö 2004).

    Returns:
        Shape (some, others).
    """
    row, step, words = _laid_out(some)
    known, number = np.unique(words, return_inverse=True)
    # Beyond the end of a reply stands a word that no reply holds.
    longest = int(step.max(initial=-1)) + 1
    asked = np.full((len(some), longest), len(known))
    asked[row, step] = number
    column, bit, words = _laid_out(others)
    place = np.searchsorted(known, words)
    met = place < len(known)
    met[met] = known[place[met]] == words[met]
    where = np.zeros((len(known) + 1, len(others)), dtype=np.uint64)
    np.bitwise_or.at(where, (place[met], column[met]), np.uint64(1) << bit[met].astype(np.uint64))
    unmet = np.full((len(some), len(others)), ~np.uint64(0))
    for at in range(longest):
        matched = unmet & where[asked[:, at]]
        unmet = (unmet + matched) | (unmet - matched)
    return (LONGEST - np.bitwise_count(unmet)).astype(np.float64)


def _laid_out(replies: Sequence[Words]) -> tuple[NDArray[np.int64], NDArray[np.int64], Words]:
    """Reply, position in it, and word, of the first 64 words of each reply."""
    cut = [words[:LONGEST] for words in replies]
    lengths = np.array([len(words) for words in cut], dtype=np.int64)
    reply = np.repeat(np.arange(len(cut)), lengths)
    position = np.arange(len(reply)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return reply, position, np.concatenate([*cut, np.zeros(0, dtype=np.int32)])


def _f(shared: Floats, some: Floats, others: Floats) -> Floats:
    """2 · shared ÷ (units of the one + of the other); 0 where there are none."""
    return 2 * shared / np.maximum(some[:, None] + others[None, :], 1)


def expected_utility(
    pool: Sequence[Words], weights: Floats, utility: Utility, finalists: int
) -> tuple[NDArray[np.int64], Floats]:
    """What the best of the pool are worth, by the whole pool.

    Args:
        pool: replies as numbers of words.
        weights: how likely each is to be the true one, up to a factor.
        finalists: for so many, the best by words and pairs, the longest common subsequence is looked at.

    Returns:
        The positions of the finalists, best first by words and pairs, and what each is worth.
    """
    lengths = np.array([len(words) for words in pool], dtype=np.float64)
    pairs = np.maximum(lengths - 1, 0)
    worth = np.zeros(len(pool))
    for n, count, units in ((1, utility.words, lengths), (2, utility.pairs, pairs)):
        if count:
            worth += count * (_f(shared_grams(pool, n), units, units) @ weights)
    best = np.argsort(-worth, kind="stable")[:finalists]
    worth = worth[best]
    if utility.subsequence:
        cut = np.minimum(lengths, LONGEST)
        common = common_subsequences([pool[place] for place in best], pool)
        worth += utility.subsequence * (_f(common, cut[best], cut) @ weights)
    return best, worth
