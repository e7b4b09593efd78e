"""Which dialogues tell the same case: clients replay one, and pass it on when they change roles.

A dialogue is taken as the set of all windows of eight code points inside its client's messages, talk outside the role
left out. The overlap of two dialogues is the number of windows in both, divided by the size of the smaller set.

Nothing is hashed, so that all figures are exact: windows get numbers by sorting. Few pairs of dialogues are looked at:
of the n windows that a dialogue must share with a larger one, n/2 may be among the n/2 that are in most dialogues, and
the others are not. So the polite formulas of thousands of dialogues are left out of the search, and it misses no pair.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kokorochat.domain.dialogue import Dialogue, Role, is_out_of_role

WINDOW = 8
"""Code points of a window; a power of two, see `_windows`."""

THRESHOLD = 0.20
"""The overlap above which two dialogues are near-duplicates."""

FEWEST_SHARED = 32
"""Windows that near-duplicates share at least.

A client of few words has a set of twenty windows, and two polite formulas are a fifth of it: without this bound such
dialogues are "copies" of thousands of others. On the release, pairs of different clients that share 32 or more have a
person in common in 42 of 45 cases, those that share fewer in 2 of 100, as any two dialogues do.
"""

_ROWS, _PAIRS = 512, 4096
"""Dialogues, and pairs of them, that are compared at a time: a bound on the memory."""

Ints = NDArray[np.int64]


class NearDuplicates(NamedTuple):
    """Two dialogues that share windows; `a` comes before `b`.

    Attributes:
        a: the position of the one dialogue; `b` that of the other.
        shared: the number of windows in both.
        overlap: `shared` divided by the size of the smaller set, 0 to 1.
    """

    a: int
    b: int
    shared: int
    overlap: float


def client_texts(dialogue: Dialogue) -> tuple[str, ...]:
    """The client's messages within the role-play, in order."""
    return tuple(u.text for u in dialogue.utterances if u.role is Role.CLIENT and not is_out_of_role(u.text))


def near_duplicates(
    dialogues: Sequence[Sequence[str]], threshold: float = THRESHOLD, fewest_shared: int = FEWEST_SHARED
) -> list[NearDuplicates]:
    """All pairs whose overlap is greater than `threshold` and that share `fewest_shared` windows, by position.

    Args:
        dialogues: the client's messages of each, see `client_texts`.
        threshold: from 0 to 1.
        fewest_shared: at least 1.
    """
    dialogue, window = _windows(dialogues)
    sizes = np.bincount(dialogue, minlength=len(dialogues))
    spread = np.bincount(window)
    # A window of one dialogue alone counts for the size of its set, and can't be shared.
    shareable = spread[window] > 1 if len(window) else np.zeros(0, dtype=bool)
    dialogue, window = dialogue[shareable], window[shareable]
    # Sometimes one less than is asked for: the search may give too much, never too little.
    due = np.maximum(np.floor(threshold * sizes).astype(np.int64), fewest_shared)
    order = np.lexsort((window, -spread[window], dialogue))
    dialogue, window = dialogue[order], window[order]
    rank = np.arange(len(dialogue)) - np.searchsorted(dialogue, dialogue)
    kept = rank >= due[dialogue] // 2
    shape = len(dialogues), len(spread)
    everything = _matrix(dialogue, window, shape)
    a, b = _candidates(_matrix(dialogue[kept], window[kept], shape), everything, due - due // 2)
    shared = _shared(everything, a, b)
    overlap = shared / np.minimum(sizes[a], sizes[b])
    found = (overlap > threshold) & (shared >= fewest_shared)
    columns = (a[found].tolist(), b[found].tolist(), shared[found].tolist(), overlap[found].tolist())
    return [NearDuplicates(*row) for row in zip(*columns, strict=True)]


def _windows(dialogues: Sequence[Sequence[str]]) -> tuple[Ints, Ints]:
    """The windows of each dialogue's set as (dialogue, number of the window), one row for each, both of one length.

    All messages stand in one array; the text of 1, 2, 4, 8 code points that begins at each place gets a number, made of
    the two numbers of its halves. Numbers are renewed as ranks before they'd pass 64 bits.
    """
    messages = [message for dialogue in dialogues for message in dialogue]
    texts = "".join(messages).encode("utf-32-le", "surrogatepass")
    characters = np.frombuffer(texts, dtype="<u4")
    alphabet = np.unique(characters)
    number, bound = np.searchsorted(alphabet, characters), len(alphabet)
    lengths = np.array([len(message) for message in messages], dtype=np.int64)
    left = np.repeat(np.cumsum(lengths), lengths) - np.arange(len(number))
    width = 1
    while width < WINDOW and len(number) > width:
        if bound * bound > 2**62:
            number, bound = _ranks(number)
        number = number[:-width] * bound + number[width:]
        width, bound = 2 * width, bound * bound
    whole = left[: len(number)] >= WINDOW
    window, distinct = _ranks(number[whole])
    of_message = np.repeat(np.arange(len(dialogues)), [len(dialogue) for dialogue in dialogues])
    dialogue = np.repeat(of_message, lengths)[: len(number)][whole]
    rows = dialogue * distinct + window
    rows.sort()
    rows = rows[_is_new(rows)]
    return rows // max(distinct, 1), rows % max(distinct, 1)


def _ranks(values: Ints) -> tuple[Ints, int]:
    """The rank of each value among the distinct ones, from 0, and how many are distinct."""
    order = np.argsort(values)
    rank_in_order = np.cumsum(_is_new(values[order])) - 1
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[order] = rank_in_order
    return ranks, int(rank_in_order[-1]) + 1 if len(values) else 0


def _is_new(values: Ints) -> NDArray[np.bool_]:
    """Whether each of some sorted values differs from the one before it."""
    new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return new


def _matrix(rows: Ints, columns: Ints, shape: tuple[int, int]) -> sparse.csr_array:
    return sparse.csr_array((np.ones(len(rows), dtype=np.int32), (rows, columns)), shape=shape)


def _candidates(kept: sparse.csr_array, everything: sparse.csr_array, due: Ints) -> tuple[Ints, Ints]:
    """Pairs (a, b), a < b, of which the one shares as many of its kept windows with the other as it must."""
    by_window, pairs = everything.T.tocsr(), [np.zeros(0, dtype=np.int64)]
    count = everything.shape[0]
    for start in range(0, count, _ROWS):
        shared = (kept[start : start + _ROWS] @ by_window).tocoo()
        row, column = shared.row.astype(np.int64) + start, shared.col.astype(np.int64)
        found = (shared.data >= due[row]) & (row != column)
        row, column = row[found], column[found]
        pairs.append(np.minimum(row, column) * count + np.maximum(row, column))
    pair = np.unique(np.concatenate(pairs))
    return pair // max(count, 1), pair % max(count, 1)


def _shared(everything: sparse.csr_array, a: Ints, b: Ints) -> Ints:
    """How many windows the dialogues of each pair share."""
    counts = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(a), _PAIRS):
        both = everything[a[start : start + _PAIRS]].multiply(everything[b[start : start + _PAIRS]])
        counts.append(np.asarray(both.sum(axis=1), dtype=np.int64).ravel())
    return np.concatenate(counts)
