"""Texts as counts of character n-grams, weighted by rarity: what the models that need no GPU read.

Japanese has no spaces, and single characters and pairs of them carry most of what words do.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import add

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kokorochat.domain.dialogue import Role, Utterance
from kokorochat.tasks.sample import Turn

Floats = NDArray[np.float64]


def grams(text: str, longest: int) -> Counter[str]:
    """How often each character n-gram of 1 to `longest` characters stands in a text."""
    counts = Counter(text)
    spans: Iterable[str] = text
    for length in range(2, longest + 1):
        spans = list(map(add, spans, text[length - 1 :]))
        counts.update(spans)
    return counts


def normal(text: str) -> str:
    """A text with full-width and half-width letters made one (NFKC), in lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def role_text(turns: Sequence[Turn] | Sequence[Utterance], role: Role) -> str:
    """All that one role says in normal letters, a line for each utterance."""
    return normal("\n".join(turn.text for turn in turns if turn.role is role))


@dataclass(frozen=True)
class Lexicon:
    """The n-grams of one role that a model knows.

    Attributes:
        index: the column of each n-gram.
        idf: the weight of each column by rarity, shape (n-grams,).
        longest: the number of characters of its longest n-grams.
    """

    index: dict[str, int]
    idf: Floats
    longest: int

    def vectors(self, texts: Sequence[str]) -> sparse.csr_array:
        """TF-IDF of shape (texts, n-grams): (1 + ln count) · idf, each row of length 1, or 0 if it knows nothing."""
        index = self.index
        starts, columns, counts = [0], [], []
        for text in texts:
            found = grams(text, self.longest)
            known = [gram for gram in found if gram in index]
            columns += [index[gram] for gram in known]
            counts += [found[gram] for gram in known]
            starts.append(len(columns))
        at = np.asarray(columns, dtype=np.int32)
        values = (1 + np.log(np.asarray(counts, dtype=np.float64))) * self.idf[at]
        matrix = sparse.csr_array((values, at, np.asarray(starts, dtype=np.int32)), shape=(len(texts), len(self.index)))
        lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        matrix.data /= np.repeat(np.where(lengths > 0, lengths, 1.0), np.diff(matrix.indptr))
        return matrix


def lexicon(texts: Sequence[str], longest: int, most: int) -> Lexicon:
    """The `most` frequent n-grams of the texts, ties in the order of code points; idf = ln((1 + n) / (1 + df)) + 1."""
    total: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    for text in texts:
        counts = grams(text, longest)
        total.update(counts)
        documents.update(counts.keys())
    known = sorted(sorted(total, key=lambda gram: (-total[gram], gram))[:most])
    frequency = np.array([documents[gram] for gram in known], dtype=np.float64)
    idf = np.log((1 + len(texts)) / (1 + frequency)) + 1
    return Lexicon({gram: column for column, gram in enumerate(known)}, idf, longest)
