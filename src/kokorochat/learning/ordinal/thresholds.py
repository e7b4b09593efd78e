"""From a regression's value to probabilities over 0–5: an ordered logit for each item, and the decision taken from it.

P(item ≤ k) = 1 / (1 + exp(−(θ_k − s · value))), with five thresholds θ and a slope s for each item (McCullagh 1980).
They are fitted to predictions of dialogues that were left out, so they know how sure the regression really is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import expit, log_expit

from kokorochat.domain.feedback import HIGHEST, LOWEST

Floats = NDArray[np.float64]

STEPS = HIGHEST - LOWEST
"""Thresholds between the six values."""

LOGISTIC = np.pi / np.sqrt(3)
"""The deviation of the standard logistic distribution."""

_PRIOR = 5.0
"""Dialogues that the shape before fitting counts for: with a handful of dialogues it decides, with thousands not."""

_COST = np.array(
    [[abs(said - due) + 0.5 * (said != due) + (abs(said - due) > 1) for said in range(6)] for due in range(6)]
)

DECODING = "least expected cost (distance, 0.5 if wrong, 1 if by more than 1)"
"""One decision for all three metrics. The mode alone is best for ACC, the median for MAE, the best ±1 window for
ACC_soft (`evaluation.decoding`); this one gives up little of each."""


@dataclass(frozen=True)
class Thresholds:
    """The ordered logit of each item.

    Attributes:
        cuts: θ, ascending, shape (20, 5).
        slopes: s, 0 or more, shape (20,).
    """

    cuts: Floats
    slopes: Floats

    def probabilities(self, values: Floats) -> Floats:
        """Of 0–5 for each value, shape (dialogues, 20) → (dialogues, 20, 6); they sum to 1."""
        below = expit(self.cuts - (values * self.slopes)[..., None])
        edges = np.concatenate([np.zeros_like(below[..., :1]), below, np.ones_like(below[..., :1])], axis=-1)
        probabilities: Floats = np.diff(edges, axis=-1)
        return probabilities


def decide(probabilities: Floats) -> NDArray[np.int64]:
    """The value 0–5 with the least expected cost, the lower one of two; shape (…, 6) → (…)."""
    decided: NDArray[np.int64] = np.argmin(np.round(probabilities @ _COST, 12), axis=-1)
    return decided


def expected(probabilities: Floats) -> Floats:
    """The mean value, 0–5; shape (…, 6) → (…)."""
    values: Floats = probabilities @ np.arange(LOWEST, HIGHEST + 1, dtype=np.float64)
    return values


def fit_thresholds(values: Floats, due: Floats) -> Thresholds:
    """Fit by maximum likelihood, drawn a little towards thresholds half-way between the values.

    Args:
        values: of dialogues left out, shape (n, 20).
        due: what was rated, shape (n, 20).
    """
    fitted = [_fit_item(values[:, item], due[:, item]) for item in range(values.shape[1])]
    return Thresholds(np.array([cuts for cuts, _ in fitted]), np.array([slope for _, slope in fitted]))


def _fit_item(values: Floats, due: Floats) -> tuple[Floats, float]:
    error = max(0.25, float(np.sqrt(((values - due) ** 2).mean())))
    first_slope = LOGISTIC / error
    start = np.concatenate([[np.log(first_slope), 0.5 * first_slope], np.full(STEPS - 1, np.log(first_slope))])
    rated = due.astype(np.int64)
    scale = len(due)

    def loss(at: Floats) -> tuple[float, Floats]:
        slope, gaps = np.exp(at[0]), np.exp(at[2:])
        cuts = at[1] + np.concatenate([[0.0], np.cumsum(gaps)])
        lower = np.concatenate([[-np.inf], cuts])[rated] - slope * values
        upper = np.concatenate([cuts, [np.inf]])[rated] - slope * values
        # ln(σ(u) − σ(l)) = ln σ(u) + ln σ(−l) + ln(1 − exp(l − u))
        width = np.where(np.isfinite(lower) & np.isfinite(upper), upper - lower, np.inf)
        likelihood = log_expit(upper) + log_expit(-lower) + np.log(-np.expm1(-width))
        ratio = 1 / np.expm1(np.minimum(width, 700.0))
        ratio[~np.isfinite(width)] = 0.0
        by_upper, by_lower = expit(-upper) + ratio, -expit(lower) - ratio
        by_cut = np.bincount(rated, np.where(rated < STEPS, by_upper, 0.0), STEPS + 1)[:STEPS]
        by_cut += np.bincount(rated, np.where(rated > 0, by_lower, 0.0), STEPS + 1)[1:]
        by_gap = np.cumsum(by_cut[::-1])[::-1][1:]
        gradient = np.concatenate([[-slope * ((by_upper + by_lower) * values).sum(), by_cut.sum()], gaps * by_gap])
        away = at - start
        return (
            (-likelihood.sum() + _PRIOR * (away**2).sum() / 2) / scale,
            (-gradient + _PRIOR * away) / scale,
        )

    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200, "ftol": 1e-12})
    slope, gaps = float(np.exp(found.x[0])), np.exp(found.x[2:])
    return found.x[1] + np.concatenate([[0.0], np.cumsum(gaps)]), slope
