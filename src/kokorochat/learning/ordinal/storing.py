"""An ordinal model on disk: arrays and a description, without pickle."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.learning.bounds import Share
from kokorochat.learning.ordinal.dynamics import FEATURES
from kokorochat.learning.ordinal.model import Course, OrdinalModel, Words
from kokorochat.learning.ordinal.ngrams import LONGEST, Vocabulary
from kokorochat.learning.ordinal.thresholds import DECODING, STEPS, Thresholds
from kokorochat.learning.stored import ARRAYS, DESCRIPTION, REMEDY, Description, StoredModel, read_model, save_model

_FORMAT, _FORMAT_VERSION = "kokorochat-ordinal", 2


class OrdinalDescription(Description, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A stored model but for its arrays.

    Attributes:
        texts: role and last share of the utterances of each block of text; the arrays of the first are `text0_…`.
        grams: how many n-grams each block is read by; `alphabet`, how many characters.
        raters: whom the model knows, in the order of the rows of `raters`.
    """

    decoding: str
    keep_out_of_role: bool
    knows: str | None
    longest_gram: int
    items: list[str]
    features: list[str]
    texts: list[tuple[Role, Share]]
    grams: list[int]
    alphabet: list[int]
    raters: list[str]


def save_ordinal(model: OrdinalModel, folder: Path) -> None:
    """Write a model into a folder."""
    arrays: dict[str, NDArray[Any]] = {
        "intercept": model.intercept,
        "course_mean": model.course.mean,
        "course_scale": model.course.scale,
        "course_borders": model.course.borders,
        "course_weights": model.course.weights,
        "cuts": model.thresholds.cuts,
        "slopes": model.thresholds.slopes,
        "raters": np.array([*model.raters.values()], dtype=np.float64).reshape(len(model.raters), len(ITEM_KEYS)),
    }
    for number, words in enumerate(model.words):
        arrays[f"text{number}_alphabet"] = words.vocabulary.alphabet
        arrays[f"text{number}_codes"] = words.vocabulary.codes
        arrays[f"text{number}_idf"] = words.vocabulary.idf
        arrays[f"text{number}_weights"] = words.weights.astype(np.float16)
    description = OrdinalDescription(
        format=_FORMAT,
        format_version=_FORMAT_VERSION,
        decoding=model.decoding,
        keep_out_of_role=model.keep_out_of_role,
        knows=model.knows,
        longest_gram=model.words[0].vocabulary.longest if model.words else LONGEST,
        items=list(ITEM_KEYS),
        features=list(FEATURES),
        texts=[(words.role, words.last) for words in model.words],
        grams=[len(words.vocabulary.codes) for words in model.words],
        alphabet=[len(words.vocabulary.alphabet) for words in model.words],
        raters=list(model.raters),
    )
    save_model(folder, description, arrays)


def load_ordinal(folder: Path) -> OrdinalModel:
    """Read a model from the folder of a training run, or from `model/` in it.

    Raises:
        InputError: no model of this kind is there, or it is damaged; the message names the file.
    """
    stored = read_model(folder, OrdinalDescription, "an ordinal model")
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
    place = stored.place / DESCRIPTION
    if not 1 <= told.longest_gram <= LONGEST:
        raise InputError(f"{place}, longest_gram", f"must be a whole number from 1 to {LONGEST}", REMEDY)
    if len({len(told.texts), len(told.grams), len(told.alphabet)}) > 1:
        raise InputError(f"{place}, grams", "must have a number for each block of text", REMEDY)
    if told.knows not in (None, "rater") or (told.raters and told.knows is None):
        raise InputError(f"{place}, knows", 'must be "rater" for a model that knows raters, else null', REMEDY)
    if len(set(told.raters)) != len(told.raters):
        raise InputError(f"{place}, raters", "must name each rater once", REMEDY)
    items, features = len(ITEM_KEYS), len(FEATURES)
    scale = take("course_scale", (features,), "float64")
    slopes, cuts = take("slopes", (items,), "float64"), take("cuts", (items, STEPS), "float64")
    for name, right in (
        ("course_scale", (scale > 0).all()),
        ("slopes", (slopes >= 0).all()),
        ("cuts", (np.diff(cuts, axis=1) >= 0).all()),
    ):
        if not right:
            raise InputError(f"{stored.place / ARRAYS}, {name}", "holds values that no training gives", REMEDY)
    levels = take("raters", (len(told.raters), items), "float64")
    return OrdinalModel(
        words=tuple(_words(stored, number) for number in range(len(told.texts))),
        course=Course(
            mean=take("course_mean", (features,), "float64"),
            scale=scale,
            borders=take("course_borders", (2, features), "float64"),
            weights=take("course_weights", (features, items), "float64"),
        ),
        intercept=take("intercept", (items,), "float64"),
        thresholds=Thresholds(cuts, slopes),
        raters=dict(zip(told.raters, levels, strict=True)),
        keep_out_of_role=told.keep_out_of_role,
        knows=told.knows,
        name=f"ordinal:{folder}",
        fingerprint=stored.fingerprint,
    )


def _words(stored: StoredModel[OrdinalDescription], number: int) -> Words:
    told, take = stored.told, stored.take
    role, last = told.texts[number]
    size, characters = told.grams[number], told.alphabet[number]
    alphabet = take(f"text{number}_alphabet", (characters,), "uint32")
    codes = take(f"text{number}_codes", (size,), "uint64")
    # They are looked up by bisection.
    for name, ascending in (("alphabet", alphabet), ("codes", codes)):
        if (ascending[1:] <= ascending[:-1]).any():
            place = f"{stored.place / ARRAYS}, text{number}_{name}"
            raise InputError(place, "must be in ascending order, each once", REMEDY)
    return Words(
        role=role,
        last=last,
        vocabulary=Vocabulary(alphabet, codes, take(f"text{number}_idf", (size,), "float32"), told.longest_gram),
        weights=take(f"text{number}_weights", (size, len(ITEM_KEYS)), "float16").astype(np.float32),
    )
