"""The figures of the paper's §4, A.2 and Appendix C, one file each; what they are drawn with stands beside them."""

from kokorochat.corpus.analysis.analysis import Analysis
from kokorochat.corpus.analysis.figures import ages, correlations, items, scores, topics
from kokorochat.corpus.analysis.figures.plate import Missing, Plate
from kokorochat.corpus.analysis.language import Language

_PLATES = (topics.plate, scores.plate, correlations.plate, ages.plate, items.plate)


def plates(analysis: Analysis, language: Language) -> list[Plate | Missing]:
    """All figures in the paper's order; in the place of one that the corpus has no data for, why."""
    return [plate(analysis, language) for plate in _PLATES]
