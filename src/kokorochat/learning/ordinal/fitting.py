"""From rated dialogues to a trained model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.domain.printable import counted
from kokorochat.learning.config import ScoreRun
from kokorochat.learning.ordinal.dynamics import course, talk_of
from kokorochat.learning.ordinal.model import Course, OrdinalModel, Words, block_text
from kokorochat.learning.ordinal.ngrams import Vocabulary, vocabulary
from kokorochat.learning.ordinal.regression import Singles, Solution, kernel, solve, spread
from kokorochat.learning.ordinal.thresholds import fit_thresholds
from kokorochat.tasks.sample import Sample
from kokorochat.tasks.score import parse_target

Floats = NDArray[np.float64]

Tell = Callable[[float, str], None]
"""Is told the share of the work that is done, 0–1, and what comes next."""

_FEWEST = 2
"""Dialogues in which an n-gram must stand at least: what stands in a single one tells of that one alone."""

_DEVIATIONS = 4.0
"""A feature farther from its mean than so many deviations counts as so many."""


@dataclass(frozen=True)
class People:
    """Who is in the training dialogues, as far as the fit may know.

    Attributes:
        groups: of each dialogue; one is left out whole when the penalty and the thresholds are chosen. Where all
            dialogues are of one group they are left out one by one, or nothing would be left to learn from.
        raters: of each dialogue, whose own level is told apart; None where no id may be used.
        known: keep the raters' levels in the model.
    """

    groups: Sequence[int]
    raters: Sequence[str | None] | None = None
    known: bool = False


@dataclass(frozen=True)
class Fit:
    """A trained model and how its penalty was chosen.

    Attributes:
        alpha: the chosen strength of the penalty.
        tried: {alpha, rmse} for each strength, the root mean squared error on training dialogues left out.
        grams: how many n-grams each block of text is read by.
    """

    model: OrdinalModel
    alpha: float
    tried: list[dict[str, float]]
    grams: list[int]


def targets(samples: Sequence[Sample]) -> Floats:
    """The values that are due, shape (samples, 20).

    Raises:
        InputError: a sample has no target.
    """
    rows = []
    for sample in samples:
        due = parse_target(sample.target)
        if due is None:
            raise InputError(
                f"dialogue {sample.id}", "has no twenty-item feedback to learn from", "Train on a corpus that has it"
            )
        rows.append(list(due.values()))
    return np.array(rows, dtype=np.float64)


def fewest_dialogues(run: ScoreRun, train: int) -> int:
    """In how many of so many training dialogues an n-gram must stand."""
    return max(_FEWEST, ceil(run.rarest * train))


def fit_ordinal(
    train: Sequence[Sample], run: ScoreRun, people: People | None = None, tell: Tell = lambda done, what: None
) -> Fit:
    """Fit on the training part alone; nothing is drawn.

    Args:
        people: None for dialogues that are left out one by one, by raters unknown.

    Raises:
        InputError: a sample has no target, or there are fewer than two.
    """
    due = targets(train)
    if len(train) < 2:
        problem = f"{counted(len(train), 'dialogue')}: nothing is left to learn from when one is left out"
        raise InputError("training part", problem, "Name another group or seed, or a larger corpus")
    people = people or People(range(len(train)))
    groups = people.groups if len(set(people.groups)) > 1 else range(len(train))
    talks = [sample.dialogue for sample in train]
    fewest = fewest_dialogues(run, len(train))
    steps = 2 * len(run.texts) + len(run.alphas) + 2

    products: Singles = np.zeros((len(train), len(train)), dtype=np.float32)
    read: list[tuple[Vocabulary, sparse.csr_array, float]] = []
    for block in run.texts:
        told = f"the {block.role.value}’s words, " + ("whole talk" if block.last == 1 else f"last {block.last:.3g}")
        tell(2 * len(read) / steps, f"counting {told}")
        texts = [block_text(turns, block.role, block.last) for turns in talks]
        known, vectors = vocabulary(texts, run.longest_gram, fewest)
        tell((2 * len(read) + 1) / steps, f"comparing {told}")
        similar = kernel(vectors)
        scale = block.weight / spread(similar)
        similar *= np.float32(scale)
        products += similar
        read.append((known, vectors, scale))
        del similar, texts
    tell(2 * len(read) / steps, "the course of the talks")
    table = np.array([course(talk_of(turns)) for turns in talks])
    by_course = _course(table)
    standard = by_course.standard(table)
    similar = (standard @ standard.T).astype(np.float32)
    course_scale = run.dynamics / spread(similar)
    products += np.float32(course_scale) * similar
    del similar
    same = _same_rater(people, run.rater_effect)
    if same is not None:
        products += same

    solutions: dict[float, Solution] = {}
    tried = []
    for number, alpha in enumerate(run.alphas):
        tell((2 * len(read) + 1 + number) / steps, f"solving for a penalty of {alpha:g}")
        solution = solve(products, due, alpha, groups)
        tried.append({"alpha": alpha, "rmse": solution.error(due)})
        if len(tried) == 1 or tried[-1]["rmse"] <= min(one["rmse"] for one in tried):
            solutions = {alpha: solution}
    del products, same
    [(alpha, best)] = solutions.items()

    tell(1 - 1 / steps, "thresholds")
    thresholds = fit_thresholds(best.left_out, due)
    words = tuple(
        Words(block.role, block.last, known, (scale * (vectors.T @ best.dual)).astype(np.float16).astype(np.float32))
        for block, (known, vectors, scale) in zip(run.texts, read, strict=True)
    )
    model = OrdinalModel(
        words=words,
        course=Course(by_course.mean, by_course.scale, by_course.borders, course_scale * (standard.T @ best.dual)),
        intercept=best.intercept,
        thresholds=thresholds,
        raters=_levels(people, best.dual, run.rater_effect) if people.known else {},
        keep_out_of_role=run.keep_out_of_role,
        knows="rater" if people.known else None,
    )
    return Fit(model, alpha, tried, [len(known.codes) for known, _, _ in read])


def _course(table: Floats) -> Course:
    """Means, scales and borders of the features of all training dialogues, shape (dialogues, features)."""
    there = ~np.isnan(table)
    count = np.maximum(1, there.sum(axis=0))
    mean = np.where(there, table, 0.0).sum(axis=0) / count
    scale = np.sqrt((np.where(there, table - mean, 0.0) ** 2).sum(axis=0) / count)
    scale[scale < 1e-9] = 1.0
    low = np.where(there, table, np.inf).min(axis=0)
    high = np.where(there, table, -np.inf).max(axis=0)
    borders = np.array([np.maximum(low, mean - _DEVIATIONS * scale), np.minimum(high, mean + _DEVIATIONS * scale)])
    # A feature that no dialogue has is worth nothing: its mean, and its range, are 0.
    borders[:, ~there.any(axis=0)] = 0.0
    return Course(mean, scale, borders, np.zeros((table.shape[1], len(ITEM_KEYS))))


def _same_rater(people: People, variance: float) -> Singles | None:
    """The covariance of dialogues by who rates, shape (n, n); None where that is not told apart."""
    if people.raters is None or not variance:
        return None
    numbers = np.unique([rater or "" for rater in people.raters], return_inverse=True)[1]
    named = np.array([rater is not None for rater in people.raters])
    same = (numbers[:, None] == numbers) & named[:, None]
    covariance: Singles = np.float32(variance) * same.astype(np.float32)
    return covariance


def _levels(people: People, dual: Floats, variance: float) -> dict[str, Floats]:
    """What each rater adds to each item, in the order of their ids: the best linear prediction of the random effect."""
    levels: dict[str, Floats] = {}
    for rater, weights in zip(people.raters or (), dual, strict=False):
        if rater is not None:
            levels[rater] = levels.get(rater, np.zeros(dual.shape[1])) + variance * weights
    return dict(sorted(levels.items()))
