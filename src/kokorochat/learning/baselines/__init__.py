"""Answers that take no model, to be shown in every table: what doesn't beat them has learnt nothing of use.

Those that are fitted read the corpus of which the samples were made, divide it again as the samples' header says, and
learn from the training part alone.
"""

from kokorochat.learning.baselines.background import Background, check_unlearnt, read_background
from kokorochat.learning.baselines.responses import FREQUENT, PREVIOUS, PreviousTurn, fit_most_frequent
from kokorochat.learning.baselines.scores import (
    ALWAYS,
    COUNSELOR,
    MEDIAN,
    RATER,
    Always,
    fit_item_median,
    fit_person_mean,
)
from kokorochat.learning.models import ResponseModel, ScoreModel
from kokorochat.tasks.sample import SampleHeader

__all__ = ["BASELINES", "load_baseline"]

BASELINES = {"response": (PREVIOUS, FREQUENT), "score": (ALWAYS, MEDIAN, RATER, COUNSELOR)}
"""By task, as MODEL names them."""


def load_baseline(name: str, header: SampleHeader, corpus: str | None) -> ScoreModel | ResponseModel:
    """The baseline of that name, fitted if it needs to be.

    Args:
        header: of the samples that it shall answer.
        corpus: what they were made of.

    Raises:
        InputError: the corpus isn't named or isn't the one of the samples, or they are of no part of a split or
            of one that it is fitted on.
    """
    if name == PREVIOUS:
        return PreviousTurn()
    if name == ALWAYS:
        return Always()
    background: Background = read_background(name, header, corpus)
    check_unlearnt(name, background, header)
    if name == FREQUENT:
        return fit_most_frequent(background, header)
    if name == MEDIAN:
        return fit_item_median(background)
    return fit_person_mean(background, name)
