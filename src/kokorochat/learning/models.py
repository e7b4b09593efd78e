"""From MODEL on the command line to something that answers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.answers import Prediction
from kokorochat.tasks.sample import Sample


class ScoreModel(Protocol):
    """Whatever predicts the twenty items of a dialogue."""

    @property
    def name(self) -> str:
        """As named on the command line."""

    @property
    def fingerprint(self) -> str:
        """Of the model's content: another after another training."""

    @property
    def decoding(self) -> str:
        """The rule from the model's output to whole numbers."""

    def predict(self, samples: Sequence[Sample]) -> list[Prediction]:
        """One prediction for each sample, in order."""

    def predict_dialogue(self, dialogue: Dialogue) -> dict[str, int]:
        """The twenty items of one dialogue as {key: 0…5}."""


SCORE_MODELS = ("ordinal:DIR",)
"""The forms that MODEL may take for the score task."""


def load_score_model(spec: str) -> ScoreModel:
    """The model that a specification such as `ordinal:out/score` names.

    Raises:
        InputError: no such kind of model, or its folder holds none that can be used.
    """
    kind, _, where = spec.partition(":")
    if kind == "ordinal" and where:
        # numpy and scipy take a moment to import, and a wrong name should be told at once.
        from kokorochat.learning.ordinal import load_ordinal

        return load_ordinal(Path(where))
    raise InputError(f"model {spec!r}", "is no score model", f"Name one of: {', '.join(SCORE_MODELS)}")
