"""ROUGE-1, ROUGE-2 and ROUGE-L as F (Lin 2004), by the definitions of the package rouge-score."""

from collections.abc import Sequence

from kokorochat.evaluation.ngrams import common_subsequence, ngrams

NAMES = ("1", "2", "L")


def rouge(answer: Sequence[str], target: Sequence[str]) -> list[float]:
    """ROUGE-1, ROUGE-2 and ROUGE-L F of one answer in percent.

    ROUGE-2 of an answer or target of a single word is 0, even if they are equal: there is no pair of words to share.
    """
    scores = []
    for n in (1, 2):
        of_answer, of_target = ngrams(answer, n), ngrams(target, n)
        scores.append(_f((of_answer & of_target).total(), of_answer.total(), of_target.total()))
    return [*scores, _f(common_subsequence(target, answer), len(answer), len(target))]


def _f(shared: int, of_answer: int, of_target: int) -> float:
    """The harmonic mean of shared ÷ answer and shared ÷ target; 0 where nothing is shared."""
    return 200 * shared / (of_answer + of_target) if shared else 0.0
