"""Ratings predicted without reading a word: by the item's median, or by who rates or is rated.

To be told who rates is another task than the paper's: on a random split of the release nearly every rater was seen in
training. So a person's mean says in each signature what it knows, and it is no rival of a model that only reads.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from statistics import fmean, median_low

from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.answers import Prediction
from kokorochat.learning.baselines.background import Background
from kokorochat.tasks.lines import digest
from kokorochat.tasks.sample import Sample

ALWAYS, MEDIAN = "baseline:always-3", "baseline:item-median"
RATER, COUNSELOR = "baseline:rater-mean", "baseline:counselor-mean"


@dataclass(frozen=True)
class Always:
    """Gives every item of every dialogue the commonest value of the release, which takes no training."""

    value: int = 3
    name: str = ALWAYS
    fingerprint: str = ALWAYS
    decoding: str = "constant"
    knows: None = None

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """The same for each sample."""
        return [Prediction(dict.fromkeys(ITEM_KEYS, self.value)) for _ in samples]

    def predict_dialogue(self, dialogue: Dialogue) -> dict[str, int]:
        """The same for each dialogue."""
        return dict.fromkeys(ITEM_KEYS, self.value)


@dataclass(frozen=True)
class PersonMean:
    """Predicts by the person in one role; a person whom training doesn't know gets the means of all.

    Attributes:
        means: of all training dialogues, in the order of ITEM_KEYS.
        of_person: the same for each person, drawn towards the means of all.
        knows: "rater" or "counselor"; None for a model that asks for nobody.
    """

    means: Sequence[float]
    of_person: Mapping[str, Sequence[float]]
    background: Background
    name: str
    decoding: str
    knows: str | None

    @property
    def fingerprint(self) -> str:
        """Of all values."""
        return digest(json.dumps([self.name, list(self.means), dict(self.of_person)]).encode())

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """One prediction for each sample; who talks in it is looked up in the corpus, since samples name nobody.

        Raises:
            InputError: a sample is of another corpus.
        """
        return [Prediction(self.predict_dialogue(self.background.dialogue(sample.id))) for sample in samples]

    def predict_dialogue(self, dialogue: Dialogue) -> dict[str, int]:
        """The twenty items of one dialogue as {key: 0…5}."""
        person = _person(dialogue, self.name)
        values = self.means if person is None else self.of_person.get(person, self.means)
        return {key: floor(value + 0.5) for key, value in zip(ITEM_KEYS, values, strict=True)}


def _person(dialogue: Dialogue, name: str) -> str | None:
    return {RATER: dialogue.client, COUNSELOR: dialogue.counselor}.get(name)


def _rated(background: Background) -> list[tuple[Dialogue, tuple[int, ...]]]:
    return [(dialogue, dialogue.feedback.items) for dialogue in background.train if dialogue.feedback is not None]


def fit_item_median(background: Background) -> PersonMean:
    """The median of each item over the training part, the lower one of two, for everybody."""
    columns = zip(*(items for _, items in _rated(background)), strict=True)
    return PersonMean([*map(median_low, columns)], {}, background, MEDIAN, "median", None)


def fit_person_mean(background: Background, name: str) -> PersonMean:
    """Means per rater or per counselor of the training part, item by item, each drawn towards the mean of all.

    Args:
        name: RATER or COUNSELOR.
    """
    values: dict[str, list[tuple[int, ...]]] = {}
    rated = _rated(background)
    for dialogue, items in rated:
        if (person := _person(dialogue, name)) is not None:
            values.setdefault(person, []).append(items)
    means = [fmean(column) for column in zip(*(items for _, items in rated), strict=True)]
    columns = [
        shrunken_means({person: [items[place] for items in some] for person, some in values.items()}, mean)
        for place, mean in enumerate(means)
    ]
    of_person = {person: [column[person] for column in columns] for person in values}
    return PersonMean(means, of_person, background, name, "round", "rater" if name == RATER else "counselor")


def shrunken_means(values: Mapping[str, Sequence[float]], mean: float) -> dict[str, float]:
    """The mean of each person's values, drawn towards `mean` the more, the fewer they are.

    A mean of n values is weighted n / (n + k), where k is the variance within persons over that between them, both
    estimated by the one-way analysis of variance (random effects). If people don't differ more than chance would have
    it, all get `mean`.

    Args:
        values: of each person, at least one.
        mean: of all.
    """
    sizes = [len(some) for some in values.values()]
    total, people = sum(sizes), len(sizes)
    own = {person: fmean(some) for person, some in values.items()}
    if not 1 < people < total:
        return dict.fromkeys(values, mean)
    grand = sum(own[person] * len(some) for person, some in values.items()) / total
    within = sum((value - own[person]) ** 2 for person, some in values.items() for value in some) / (total - people)
    between = sum(len(some) * (own[person] - grand) ** 2 for person, some in values.items()) / (people - 1)
    size = (total - sum(n * n for n in sizes) / total) / (people - 1)
    variance = (between - within) / size
    if variance <= 0:
        return dict.fromkeys(values, mean)
    k = within / variance
    return {person: mean + (own[person] - mean) * len(some) / (len(some) + k) for person, some in values.items()}
