"""One field of the index: texts as words and pairs of words, from each of which it is known where it stands.

A field answers how similar a text is to each of its rows (the cosine of TF-IDF) by adding up the postings of the
text's own terms, so that what shares no term costs nothing. It is plain arrays that may lie on the disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Words = NDArray[np.int32]

ARRAYS = {"terms": "int64", "idf": "float32", "starts": "int64", "rows": "int32", "weights": "float32"}
"""The arrays of a field and their kinds."""


def terms_of(texts: Sequence[Words], words: int) -> tuple[Ints, Ints]:
    """The words and pairs of neighbouring words of some texts, each as one number, and the text in which each stands.

    Args:
        texts: as numbers of words.
        words: how many words are known; the number of a word that isn't is that or more, and it makes no term.
    """
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    flat = np.concatenate([*texts, np.zeros(0, dtype=np.int32)]).astype(np.int64)
    text = np.repeat(np.arange(len(texts)), lengths)
    known = flat < words
    paired = known[:-1] & known[1:] & (text[:-1] == text[1:])
    pairs = (flat[:-1] * (words + 1) + flat[1:] + 1)[paired]
    return np.concatenate([flat[known] * (words + 1), pairs]), np.concatenate([text[known], text[:-1][paired]])


@dataclass(frozen=True)
class Field:
    """Where terms stand.

    Attributes:
        terms: in ascending order, shape (terms,).
        idf: the weight of each by rarity, ln(rows / rows with it).
        starts: where the postings of each term begin, shape (terms + 1,).
        rows: the row of each posting.
        weights: of the term in that row: (1 + ln count) · idf, each row of length 1.
        count: the number of rows.
    """

    terms: Ints
    idf: NDArray[np.float32]
    starts: Ints
    rows: Words
    weights: NDArray[np.float32]
    count: int

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """By the names in ARRAYS."""
        return {name: getattr(self, name) for name in ARRAYS}

    def similarities(self, told: Mapping[int, float]) -> NDArray[np.float64]:
        """The cosine of a text with each row, 0 to 1, shape (count,).

        Args:
            told: {term: count}; counts may be fractions below 1, of which the logarithm isn't taken.
        """
        asked = np.array(sorted(told), dtype=np.int64)
        place = np.searchsorted(self.terms, asked)
        known = place < len(self.terms)
        known[known] = self.terms[place[known]] == asked[known]
        place = place[known]
        counts = np.array([told[term] for term in asked[known].tolist()])
        weights = np.where(counts > 1, 1 + np.log(np.maximum(counts, 1)), counts) * self.idf[place]
        length = float(np.sqrt(weights @ weights))
        if not length:
            return np.zeros(self.count)
        spans = [slice(int(self.starts[at]), int(self.starts[at + 1])) for at in place]
        rows = np.concatenate([self.rows[span] for span in spans])
        values = np.concatenate([self.weights[span] for span in spans])
        values *= np.repeat((weights / length).astype(np.float32), self.starts[place + 1] - self.starts[place])
        cosines: NDArray[np.float64] = np.bincount(rows, weights=values, minlength=self.count).astype(np.float64)
        return cosines


def build_field(terms: Ints, rows: Ints, count: int, fewest: int) -> Field:
    """The field of some terms and the rows in which they stand.

    Args:
        terms: each as often as it stands somewhere; `rows` of the same length.
        count: the number of rows.
        fewest: rows in which a term must stand to be known.
    """
    known, number = np.unique(terms, return_inverse=True)
    cells, counts = np.unique(number * count + rows, return_counts=True)
    number, rows = cells // max(count, 1), cells % max(count, 1)
    spread = np.bincount(number, minlength=len(known))
    kept = spread >= fewest
    with np.errstate(divide="ignore"):
        idf = np.log(count / spread)
    posted = kept[number]
    number, rows, counts = number[posted], rows[posted], counts[posted]
    weights = (1 + np.log(counts)) * idf[number]
    lengths = np.sqrt(np.bincount(rows, weights=weights**2, minlength=count))
    weights /= np.where(lengths > 0, lengths, 1)[rows]
    return Field(
        terms=known[kept],
        idf=idf[kept].astype(np.float32),
        starts=np.concatenate([[0], np.cumsum(spread[kept])]).astype(np.int64),
        rows=rows.astype(np.int32),
        weights=weights.astype(np.float32),
        count=count,
    )
