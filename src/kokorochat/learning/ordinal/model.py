"""The trained model: from a talk to six probabilities for each of the twenty items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.answers import Prediction
from kokorochat.learning.explanation import Explanation
from kokorochat.learning.lexicon import role_text
from kokorochat.learning.ordinal.dynamics import Talk, course, talk_of
from kokorochat.learning.ordinal.explaining import reasons
from kokorochat.learning.ordinal.ngrams import Vocabulary
from kokorochat.learning.ordinal.thresholds import DECODING, Thresholds, decide, expected
from kokorochat.tasks.sample import Sample, Turn
from kokorochat.tasks.score import score_input, score_places

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Words:
    """What one role says in the last part of a talk, and what its n-grams are worth.

    Attributes:
        last: the share of the utterances, 1 for the whole talk.
        weights: shape (n-grams, 20).
    """

    role: Role
    last: float
    vocabulary: Vocabulary
    weights: NDArray[np.float32]


@dataclass(frozen=True)
class Course:
    """What the course of a talk is worth.

    Attributes:
        mean: of each feature in training, also the value where a talk has none, shape (features,).
        scale: the deviation of each, shape (features,).
        borders: least and greatest value, shape (2, features). What lies beyond counts as the border, so that a talk
            of five utterances isn't judged by a straight line far outside all that was learnt.
        weights: for a feature less its mean and divided by its scale, shape (features, 20).
    """

    mean: Floats
    scale: Floats
    borders: Floats
    weights: Floats

    def standard(self, table: Floats) -> Floats:
        """Features of shape (dialogues, features) in deviations from the mean; 0 where a dialogue has none."""
        within = np.clip(table, self.borders[0], self.borders[1])
        standard: Floats = np.where(np.isnan(table), 0.0, (within - self.mean) / self.scale)
        return standard


@dataclass(frozen=True)
class OrdinalModel:
    """A trained model. It holds no text but single n-grams, and no person's id unless it knows the rater.

    Attributes:
        intercept: shape (20,).
        raters: what each rater known from training adds, shape (20,); empty for a model that isn't told who rates.
        keep_out_of_role: what the model was trained to read, see `tasks.score.score_input`.
        knows: "rater" for a model that is told who rates.
        name: as named on the command line.
        fingerprint: SHA-256 of the model's content; empty until it is stored.
        asked: {sample id: rater}, for a model that knows the rater, since samples name nobody.
    """

    words: tuple[Words, ...]
    course: Course
    intercept: Floats
    thresholds: Thresholds
    raters: Mapping[str, Floats]
    keep_out_of_role: bool
    knows: str | None = None
    name: str = "ordinal"
    fingerprint: str = ""
    decoding: str = DECODING
    asked: Mapping[str, str | None] | None = field(default=None, repr=False)

    def values(self, talks: Sequence[Sequence[Turn]], raters: Sequence[str | None] | None = None) -> Floats:
        """The regression's values, shape (talks, 20).

        Args:
            raters: of each talk, for a model that knows them; one that training hasn't met adds nothing.
        """
        return self._values(talks, [talk_of(turns) for turns in talks], raters)

    def _values(
        self, talks: Sequence[Sequence[Turn]], counted: Sequence[Talk], raters: Sequence[str | None] | None
    ) -> Floats:
        if not talks:
            return np.zeros((0, len(ITEM_KEYS)))
        table = np.array([course(talk) for talk in counted])
        total: Floats = self.intercept + self.course.standard(table) @ self.course.weights
        for words in self.words:
            texts = [block_text(turns, words.role, words.last) for turns in talks]
            # What is said in one role stays the same when an utterance of the other is left out.
            different = {text: row for row, text in enumerate(dict.fromkeys(texts))}
            worth = words.vocabulary.vectors(list(different)) @ words.weights
            total = total + worth[[different[text] for text in texts]]
        if raters is not None and self.raters:
            nobody = np.zeros(len(ITEM_KEYS))
            total = total + np.array([self.raters.get(rater or "", nobody) for rater in raters])
        return total

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """The twenty items of each sample and their probabilities.

        Raises:
            InputError: the model knows the rater, and nobody said who rates these samples, or one of them.
        """
        raters = None
        if self.knows:
            if self.asked is None:
                remedy = "Add --corpus PATH, that of the samples"
                raise InputError(f"model {self.name}", "knows the rater, whom samples don't name", remedy)
            unknown = next((sample.id for sample in samples if sample.id not in self.asked), None)
            if unknown is not None:
                problem = f"dialogue {unknown} of the samples isn't in the same part of this corpus"
                raise InputError("--corpus", problem, "Name the corpus that the samples were made of")
            raters = [self.asked[sample.id] for sample in samples]
        return predictions(self.thresholds.probabilities(self.values([s.dialogue for s in samples], raters)))

    def predict_dialogue(self, dialogue: Dialogue) -> dict[str, int]:
        """The twenty items of one dialogue as {key: 0…5}; the same as for its sample. Takes milliseconds."""
        turns = score_input(dialogue, self.keep_out_of_role)
        [prediction] = predictions(self.thresholds.probabilities(self.values([turns], [dialogue.client])))
        assert prediction.items is not None
        return prediction.items

    def explain(self, dialogue: Dialogue) -> Explanation:
        """The utterances that raise or lower each item: what is expected with each of them, less what without it."""
        places = score_places(dialogue, self.keep_out_of_role)
        turns = score_input(dialogue, self.keep_out_of_role)
        talk = talk_of(turns)
        variants = [turns, *(turns[:index] + turns[index + 1 :] for index in range(len(turns)))]
        counted = [talk, *(talk.without(index) for index in range(len(turns)))]
        values = self._values(variants, counted, [dialogue.client] * len(variants))
        whole, *without = expected(self.thresholds.probabilities(values))
        return Explanation(dict(zip(ITEM_KEYS, whole.tolist(), strict=True)), reasons(places, whole, without))

    def with_raters(self, asked: Mapping[str, str | None]) -> "OrdinalModel":
        """The same model, told who rates each sample: {sample id: rater}."""
        return replace(self, asked=asked)


def predictions(probabilities: Floats) -> list[Prediction]:
    """One prediction for each row of probabilities, shape (dialogues, 20, 6)."""
    decided = decide(probabilities).tolist()
    # Four digits are far finer than any of them is known; the last place makes them sum to 1 within a thousandth.
    rounded = np.round(probabilities, 4).tolist()
    return [
        Prediction(dict(zip(ITEM_KEYS, items, strict=True)), dict(zip(ITEM_KEYS, rows, strict=True)))
        for items, rows in zip(decided, rounded, strict=True)
    ]


def block_text(turns: Sequence[Turn], role: Role, last: float) -> str:
    """All that one role says in the last part of the utterances, at least in one of them; between line breaks."""
    count = max(1, int(len(turns) * last))
    return f"\n{role_text(turns[-count:], role)}\n"
