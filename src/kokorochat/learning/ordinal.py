"""A score model that needs no GPU: character n-grams and twelve features of length and time, ridge, rounding.

Training takes TF-IDF of character n-grams for each role, reduces it by truncated SVD, adds the features and fits one
ridge regression for the twenty items (scikit-learn). SVD and ridge are both linear, so only their product is stored:
one weight for each n-gram and item. A prediction is then a count of n-grams and a sum of weights, without scikit-learn.

The name says what the values are, six ordered points; the one decoding for all three metrics is to round the
regression's value and to clip it to 0–5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log1p, nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import HIGHEST, ITEM_KEYS, LOWEST
from kokorochat.evaluation.answers import Prediction
from kokorochat.learning.config import ScoreRun
from kokorochat.learning.lexicon import Floats, Lexicon, lexicon, role_text
from kokorochat.learning.stored import DESCRIPTION, REMEDY, Description, read_model, save_model
from kokorochat.tasks.sample import Sample, Turn
from kokorochat.tasks.score import parse_target, score_input

FEATURES = (
    "client_characters",
    "counselor_characters",
    "client_utterances",
    "counselor_utterances",
    "client_characters_per_utterance",
    "counselor_characters_per_utterance",
    "client_share_of_characters",
    "turns_taken",
    "counselor_questions_per_utterance",
    "minutes",
    "client_response_seconds",
    "counselor_response_seconds",
)
"""The features of length and time, after the paper's §4.2 and Figure 4. Counts and seconds are taken as log(1 + x)."""

DECODING = "round"
"""Round half up, then clip to 0–5."""

_FORMAT, _FORMAT_VERSION = "kokorochat-ordinal", 1


def features(turns: Sequence[Turn]) -> list[float]:
    """The values of FEATURES; nan where a corpus has no times or nobody answers anybody.

    A response takes the seconds from the last message of the partner's run to the first of one's own, mean over the
    dialogue (the definition that reproduces the paper's ρ = −.21).
    """
    lengths = {role: [len(turn.text) for turn in turns if turn.role is role] for role in Role}
    client, counselor = lengths[Role.CLIENT], lengths[Role.COUNSELOR]
    waits: dict[Role, list[float]] = {role: [] for role in Role}
    for before, after in pairwise(turns):
        if before.role is not after.role and before.seconds is not None and after.seconds is not None:
            waits[after.role].append(max(0.0, after.seconds - before.seconds))
    questions = sum("?" in turn.text or "？" in turn.text for turn in turns if turn.role is Role.COUNSELOR)
    last = turns[-1].seconds if turns else None
    return [
        log1p(sum(client)),
        log1p(sum(counselor)),
        log1p(len(client)),
        log1p(len(counselor)),
        log1p(sum(client) / max(1, len(client))),
        log1p(sum(counselor) / max(1, len(counselor))),
        sum(client) / max(1, sum(client) + sum(counselor)),
        log1p(sum(before.role is not after.role for before, after in pairwise(turns))),
        questions / max(1, len(counselor)),
        nan if last is None else last / 60,
        log1p(sum(waits[Role.CLIENT]) / len(waits[Role.CLIENT])) if waits[Role.CLIENT] else nan,
        log1p(sum(waits[Role.COUNSELOR]) / len(waits[Role.COUNSELOR])) if waits[Role.COUNSELOR] else nan,
    ]


def decode(values: Floats) -> NDArray[np.int64]:
    """Values of the regression as whole numbers from 0 to 5: rounded half up, then clipped."""
    return np.clip(np.floor(values + 0.5), LOWEST, HIGHEST).astype(np.int64)


def predictions(values: Floats) -> list[Prediction]:
    """One prediction for each row of shape (dialogues, 20), decoded."""
    return [Prediction(dict(zip(ITEM_KEYS, row, strict=True))) for row in decode(values).tolist()]


class _Description(Description, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A stored model but for its arrays.

    Attributes:
        grams: for each role, the n-grams in the order of their columns.
    """

    decoding: str
    keep_out_of_role: bool
    longest_gram: int
    items: list[str]
    features: list[str]
    grams: dict[str, list[str]]


@dataclass(frozen=True)
class OrdinalModel:
    """A trained model. It holds no person's id, and no text but single n-grams.

    Attributes:
        lexicons: the n-grams of each role.
        weights: for each role, shape (n-grams, 20).
        feature_mean: shape (12,), also the value where a dialogue has none.
        feature_range: least and greatest value seen in training, shape (2, 12); what lies beyond counts as the border,
            so that a talk of five messages isn't judged by a straight line far outside all that was learnt.
        feature_weights: for a feature less its mean, shape (12, 20).
        intercept: shape (20,).
        keep_out_of_role: what the model was trained to read, see `tasks.score.score_input`.
        name: as named on the command line.
        fingerprint: SHA-256 of the model's content; empty until it is stored.
    """

    lexicons: dict[Role, Lexicon]
    weights: dict[Role, NDArray[np.float32]]
    feature_mean: Floats
    feature_range: Floats
    feature_weights: Floats
    intercept: Floats
    keep_out_of_role: bool
    name: str = "ordinal"
    fingerprint: str = ""
    decoding: str = DECODING
    knows: None = None

    def values(self, dialogues: Sequence[Sequence[Turn]]) -> Floats:
        """The regression's values before decoding, shape (dialogues, 20)."""
        table = np.array([features(turns) for turns in dialogues]).reshape(len(dialogues), len(FEATURES))
        centred = _centred(table, self.feature_mean, self.feature_range)
        total: Floats = self.intercept + centred @ self.feature_weights
        for role, known in self.lexicons.items():
            total = total + known.vectors([role_text(turns, role) for turns in dialogues]) @ self.weights[role]
        return total

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """The twenty items of each sample."""
        return predictions(self.values([sample.dialogue for sample in samples]))

    def predict_dialogue(self, dialogue: Dialogue) -> dict[str, int]:
        """The twenty items of one dialogue as {key: 0…5}; the same as for its sample. Takes milliseconds."""
        items = predictions(self.values([score_input(dialogue, self.keep_out_of_role)]))[0].items
        assert items is not None
        return items

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        arrays: dict[str, NDArray[Any]] = {
            "feature_mean": self.feature_mean,
            "feature_range": self.feature_range,
            "feature_weights": self.feature_weights,
            "intercept": self.intercept,
        }
        for role in Role:
            arrays[f"{role.value}_idf"] = self.lexicons[role].idf
            arrays[f"{role.value}_weights"] = self.weights[role]
        description = _Description(
            format=_FORMAT,
            format_version=_FORMAT_VERSION,
            decoding=self.decoding,
            keep_out_of_role=self.keep_out_of_role,
            longest_gram=self.lexicons[Role.CLIENT].longest,
            items=list(ITEM_KEYS),
            features=list(FEATURES),
            grams={role.value: list(self.lexicons[role].index) for role in Role},
        )
        save_model(folder, description, arrays)


def load_ordinal(folder: Path) -> OrdinalModel:
    """Read a model from the folder of a training run, or from `model/` in it.

    Raises:
        InputError: no model of this kind is there, or it is damaged; the message names the file.
    """
    stored = read_model(folder, _Description, "an ordinal model")
    told, take = stored.told, stored.take
    stored.check(
        {
            "format": _FORMAT,
            "format_version": _FORMAT_VERSION,
            "decoding": DECODING,
            "items": list(ITEM_KEYS),
            "features": list(FEATURES),
        }
    )
    if set(told.grams) != {role.value for role in Role} or any(len(set(g)) != len(g) for g in told.grams.values()):
        raise InputError(f"{stored.place / DESCRIPTION}, grams", "must hold each role's n-grams once", REMEDY)
    items = len(ITEM_KEYS)
    sizes = {role: len(told.grams[role.value]) for role in Role}
    return OrdinalModel(
        lexicons={
            role: Lexicon(
                {gram: column for column, gram in enumerate(told.grams[role.value])},
                take(f"{role.value}_idf", (sizes[role],), "float64"),
                told.longest_gram,
            )
            for role in Role
        },
        weights={role: take(f"{role.value}_weights", (sizes[role], items), "float32") for role in Role},
        feature_mean=take("feature_mean", (len(FEATURES),), "float64"),
        feature_range=take("feature_range", (2, len(FEATURES)), "float64"),
        feature_weights=take("feature_weights", (len(FEATURES), items), "float64"),
        intercept=take("intercept", (items,), "float64"),
        keep_out_of_role=told.keep_out_of_role,
        name=f"ordinal:{folder}",
        fingerprint=stored.fingerprint,
    )


@dataclass(frozen=True)
class Fit:
    """A trained model and how its penalty was chosen.

    Attributes:
        alpha: the chosen strength of the penalty.
        tried: {alpha, rmse} for each strength, the root mean squared error on the validation part before rounding.
        components: dimensions of the SVD for each role, after capping.
    """

    model: OrdinalModel
    alpha: float
    tried: list[dict[str, float]]
    components: dict[str, int]


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


def fit_ordinal(train: Sequence[Sample], validation: Sequence[Sample], run: ScoreRun, seed: int) -> Fit:
    """Fit on the training part; only the penalty's strength is chosen on the validation part.

    The strength is chosen by squared error before rounding: on 659 dialogues ACC itself moves by chance more than it
    does from one strength to the next.

    Args:
        train: two samples or more.
        validation: one sample or more.
        seed: of the randomised SVD.

    Raises:
        InputError: a sample has no target.
    """
    due, due_in_validation = targets(train), targets(validation)
    dialogues = {"train": [s.dialogue for s in train], "validation": [s.dialogue for s in validation]}
    lexicons: dict[Role, Lexicon] = {}
    axes: dict[Role, Floats] = {}
    parts: dict[str, list[Floats]] = {"train": [], "validation": []}
    for role in Role:
        texts = {part: [role_text(turns, role) for turns in some] for part, some in dialogues.items()}
        lexicons[role] = lexicon(texts["train"], run.longest_gram, run.max_grams)
        vectors = lexicons[role].vectors(texts["train"])
        axes[role] = _axes(vectors, run.components, seed)
        parts["train"].append(vectors @ axes[role])
        parts["validation"].append(lexicons[role].vectors(texts["validation"]) @ axes[role])
    # One scale for all components keeps their proportions and makes the penalty comparable with the features'.
    spread = float(np.std(np.hstack(parts["train"]))) or 1.0

    table = np.array([features(turns) for turns in dialogues["train"]])
    there = ~np.isnan(table)
    mean = np.where(there, table, 0.0).sum(axis=0) / np.maximum(1, there.sum(axis=0))
    # A feature that no dialogue has is worth nothing: its mean, and its range, are 0.
    borders = np.array([np.where(there, table, np.inf).min(axis=0), np.where(there, table, -np.inf).max(axis=0)])
    borders[:, ~there.any(axis=0)] = 0.0
    centred = _centred(table, mean, borders)
    scale = np.sqrt((centred**2).mean(axis=0))
    scale[scale < 1e-9] = 1.0
    of_validation = np.array([features(turns) for turns in dialogues["validation"]])
    parts["train"].append(centred / scale * spread)
    parts["validation"].append(_centred(of_validation, mean, borders) / scale * spread)

    # scikit-learn takes a second to import, and a model that only answers never needs it.
    from sklearn.linear_model import Ridge

    inputs = {part: np.hstack(blocks) / spread for part, blocks in parts.items()}
    tried, fitted = [], {}
    for alpha in run.alphas:
        fitted[alpha] = Ridge(alpha=alpha).fit(inputs["train"], due)
        error = fitted[alpha].predict(inputs["validation"]) - due_in_validation
        tried.append({"alpha": alpha, "rmse": float(np.sqrt((error**2).mean()))})
    alpha = min(tried, key=lambda one: one["rmse"])["alpha"]
    coefficients: Floats = fitted[alpha].coef_.T

    weights: dict[Role, NDArray[np.float32]] = {}
    start = 0
    for role in Role:
        end = start + axes[role].shape[1]
        weights[role] = (axes[role] @ coefficients[start:end] / spread).astype(np.float32)
        start = end
    model = OrdinalModel(
        lexicons=lexicons,
        weights=weights,
        feature_mean=mean,
        feature_range=borders,
        feature_weights=coefficients[start:] / scale[:, None],
        intercept=np.asarray(fitted[alpha].intercept_, dtype=np.float64),
        keep_out_of_role=run.keep_out_of_role,
    )
    return Fit(model, alpha, tried, {role.value: axes[role].shape[1] for role in Role})


def _centred(table: Floats, mean: Floats, borders: Floats) -> Floats:
    """Features within their borders, less their mean; 0 where a dialogue has none."""
    centred: Floats = np.where(np.isnan(table), 0.0, np.clip(table, borders[0], borders[1]) - mean)
    return centred


def _axes(vectors: sparse.csr_array, components: int, seed: int) -> Floats:
    """The directions of the truncated SVD, shape (n-grams, components), as many as the matrix can have."""
    most = min(components, min(vectors.shape) - 1)
    if most < 1:
        return np.zeros((vectors.shape[1], 0))
    from sklearn.decomposition import TruncatedSVD

    found: Floats = TruncatedSVD(most, random_state=seed).fit(vectors).components_.T
    return found
