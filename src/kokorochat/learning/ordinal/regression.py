"""Kernel ridge regression with a mean, and what it would say of each dialogue had it not seen it.

With more n-grams than dialogues, the equations are solved in the dialogues (the dual form): n × n, whatever is read of
them. All kernels here are linear, so the solution goes back into one weight for each n-gram (`fitting`).

Thresholds and penalty are chosen by predictions of dialogues left out. They need no second fit: with B
the upper block of the inverse of the bordered matrix [[K + αI, 1], [1ᵀ, 0]], the residuals of a group G that is left
out are B[G, G]⁻¹ (B y)[G]; for single dialogues this is PRESS. Groups are those of the split, so a split by client
chooses by clients that are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

_OFTEN = 0.05
"""An n-gram in more of the dialogues than this is multiplied as a dense column: faster, for there are few of them."""

_COLUMNS = 1500
"""Dense columns that are held at once."""


def kernel(vectors: sparse.csr_array) -> Singles:
    """The inner products of all rows, shape (n, n)."""
    n = vectors.shape[0]
    products = np.zeros((n, n), dtype=np.float32)
    often = np.bincount(vectors.indices, minlength=vectors.shape[1]) > _OFTEN * n
    columns = np.flatnonzero(often)
    by_column = vectors.tocsc()
    for start in range(0, len(columns), _COLUMNS):
        dense = by_column[:, columns[start : start + _COLUMNS]].toarray()
        products += dense @ dense.T
    rare = by_column[:, np.flatnonzero(~often)].tocsr()
    # A strip of rows at a time: a product of sparse matrices holds its result twice.
    turned = rare.T.tocsr()
    for start in range(0, n, _COLUMNS):
        products[start : start + _COLUMNS] += (rare[start : start + _COLUMNS] @ turned).toarray()
    return products


def spread(products: Singles) -> float:
    """The mean squared distance of the rows from their mean; 1 where they don't differ."""
    found = float(np.trace(products, dtype=np.float64) / len(products) - products.mean(dtype=np.float64))
    return found if found > 1e-9 else 1.0


@dataclass(frozen=True)
class Solution:
    """A fitted regression in its dual form.

    Attributes:
        dual: weight of each dialogue and item, shape (n, 20); the columns sum to 0.
        intercept: shape (20,).
        left_out: what is predicted of each dialogue when its group is left out of the fit, shape (n, 20).
    """

    dual: Floats
    intercept: Floats
    left_out: Floats

    def error(self, due: Floats) -> float:
        """The root mean squared error of `left_out`."""
        return float(np.sqrt(((self.left_out - due) ** 2).mean()))


def solve(products: Singles, due: Floats, alpha: float, groups: Sequence[int]) -> Solution:
    """Fit for one strength of the penalty.

    Args:
        products: the kernel, shape (n, n).
        due: shape (n, 20), n of two or more.
        alpha: the strength.
        groups: of each dialogue: those that are left out together, two groups or more.
    """
    n = len(products)
    matrix = products.astype(np.float64, order="F")
    matrix[np.diag_indices(n)] += alpha
    factor = linalg.cholesky(matrix, lower=True, overwrite_a=True, check_finite=False)
    inverse, _ = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    inverse = np.asarray(inverse)
    # LAPACK fills the lower half alone.
    for start in range(0, n, _COLUMNS):
        end = min(n, start + _COLUMNS)
        inverse[start:end, end:] = inverse[end:, start:end].T
        block = np.tril(inverse[start:end, start:end])
        inverse[start:end, start:end] = block + np.tril(block, -1).T
    sums = inverse.sum(axis=1)
    intercept = sums @ due / sums.sum()
    dual = inverse @ (due - intercept)
    return Solution(dual, intercept, due - _residuals(inverse, sums, dual, groups))


def _residuals(inverse: Floats, sums: Floats, dual: Floats, groups: Sequence[int]) -> Floats:
    """Those of each group when it is left out, the mean included."""
    residuals = np.empty_like(dual)
    _, number = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(number, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(number[order])) + 1):
        bordered = inverse[np.ix_(members, members)] - np.outer(sums[members], sums[members]) / sums.sum()
        residuals[members] = linalg.solve(bordered, dual[members], assume_a="pos", check_finite=False)
    return residuals
