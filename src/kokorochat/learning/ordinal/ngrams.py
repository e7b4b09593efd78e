"""Character n-grams as numbers: whole corpora are counted by sorting, without a dictionary of strings.

Each character that is known has a number from 1 to 65,535, and an n-gram of up to four is one unsigned number of 64
bits. So n-grams of four take as little time as single characters, and a model on disk is arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Codes = NDArray[np.uint64]

LONGEST = 4
"""Characters whose numbers, of 16 bits each, fit into 64 bits."""

_BITS = np.uint64(16)
_MOST_CHARACTERS = 2**16 - 1


@dataclass(frozen=True)
class Vocabulary:
    """The n-grams that one block of text is read by.

    Attributes:
        alphabet: code points of the known characters, ascending; a character's number is its place, from 1.
        codes: the n-grams in ascending order, shape (n-grams,); the shorter ones come first.
        idf: their weights by rarity, shape (n-grams,).
        longest: the most characters of an n-gram, 1 to 4.
    """

    alphabet: NDArray[np.uint32]
    codes: Codes
    idf: NDArray[np.float32]
    longest: int

    def vectors(self, texts: Sequence[str]) -> sparse.csr_array:
        """TF-IDF of shape (texts, n-grams): (1 + ln count) · idf, each row of length 1, or 0 if it knows nothing."""
        size = len(self.codes)
        if not size or not texts:
            return sparse.csr_array((len(texts), size), dtype=np.float32)
        columns, counts = [], []
        for text in texts:
            letters, _ = _letters([text], self.alphabet)
            codes = np.concatenate(_windows(letters, self.longest))
            # Sorted, they are looked up several times faster.
            found, count = np.unique(codes, return_counts=True)
            at = np.minimum(np.searchsorted(self.codes, found), size - 1)
            known = self.codes[at] == found
            columns.append(at[known].astype(np.int32))
            counts.append(count[known])
        ends = np.cumsum([0, *map(len, columns)]).astype(np.int32)
        shape = (len(texts), size)
        return _weighted(sparse.csr_array((np.concatenate(counts), np.concatenate(columns), ends), shape), self.idf)


def vocabulary(texts: Sequence[str], longest: int, fewest: int) -> tuple[Vocabulary, sparse.csr_array]:
    """All n-grams that stand in `fewest` texts or more, idf = ln((1 + n) / (1 + df)) + 1; and the texts' vectors by it.

    An n-gram can be frequent only if the two shorter ones in it are: each length is counted where both stand.
    """
    points = np.unique(_points("".join(texts)))
    # No language has more characters than numbers; what is beyond is read as unknown.
    alphabet = points[:_MOST_CHARACTERS]
    letters, rows = _letters(texts, alphabet)
    n = max(1, len(texts))
    codes, frequencies, counted, documents = [np.zeros(1, dtype=np.uint64)], [], [], []
    # The number, among the kept ones from 1, of the n-gram that begins at each place; the empty one at first.
    number, places = np.zeros(len(letters), dtype=np.int64), np.flatnonzero(letters)
    for length in range(1, longest + 1):
        if length > 1:
            places = np.flatnonzero((number[:-1] > 0) & (number[1:] > 0))
        longer = (number[places] << 16) | letters[places + length - 1].astype(np.int64)
        cells = longer * n + rows[places]
        order = np.argsort(cells)
        cells = cells[order]
        starts = _starts(cells)
        counts = np.diff(starts, append=len(cells))
        gram, row = np.divmod(cells[starts], n)
        first = _starts(gram)
        frequency = np.diff(first, append=len(gram))
        often = frequency >= fewest
        prefix, letter = np.divmod(gram[first[often]], 2**16)
        codes.append((codes[-1][np.maximum(prefix - 1, 0)] << _BITS) | letter.astype(np.uint64))
        kept = np.repeat(often, frequency)
        counted.append(counts[kept])
        documents.append(row[kept].astype(np.int32))
        frequencies.append(frequency[often])
        number = np.zeros(len(letters), dtype=np.int64)
        number[places[order]] = np.repeat(np.repeat(np.cumsum(often) * often, frequency), counts)
    frequency = np.concatenate(frequencies)
    idf = (np.log((1 + len(texts)) / (1 + frequency)) + 1).astype(np.float32)
    ends = np.concatenate([[0], np.cumsum(frequency)]).astype(np.int32)
    shape = (len(texts), len(frequency))
    by_gram = sparse.csc_array((np.concatenate(counted), np.concatenate(documents), ends), shape)
    return Vocabulary(alphabet, np.concatenate(codes[1:]), idf, longest), _weighted(by_gram.tocsr(), idf)


def _starts(ascending: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each different value begins."""
    different = np.ones(len(ascending), dtype=bool)
    different[1:] = ascending[1:] != ascending[:-1]
    return np.flatnonzero(different)


def _weighted(counts: sparse.csr_array, idf: NDArray[np.float32]) -> sparse.csr_array:
    """Counts of shape (texts, n-grams) as TF-IDF in rows of length 1."""
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    values = (1 + np.log(counts.data)) * idf[counts.indices]
    lengths = np.sqrt(np.bincount(row, values**2, counts.shape[0]))
    values /= lengths[row]
    return sparse.csr_array((values.astype(np.float32), counts.indices, counts.indptr), counts.shape)


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _letters(texts: Sequence[str], alphabet: NDArray[np.uint32]) -> tuple[Codes, NDArray[np.int64]]:
    """The numbers of all characters, 0 for an unknown one and between texts, and the text of each."""
    points = _points("".join(texts))
    at = np.minimum(np.searchsorted(alphabet, points), max(0, len(alphabet) - 1))
    known = alphabet[at] == points if len(alphabet) else np.zeros(len(points), dtype=bool)
    numbers = np.where(known, at + 1, 0).astype(np.uint64)
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    return np.insert(numbers, ends, np.uint64(0)), np.insert(rows, ends, np.arange(len(texts)))


def _windows(letters: Codes, longest: int) -> list[Codes]:
    """For each length from 1: the n-grams without an unknown character, in the order of the text."""
    windows = []
    codes, whole = letters, letters > 0
    for length in range(1, longest + 1):
        if length > 1:
            further = letters[length - 1 :]
            codes = (codes[: len(further)] << _BITS) | further
            whole = whole[: len(further)] & (further > 0)
        windows.append(codes[whole])
    return windows
