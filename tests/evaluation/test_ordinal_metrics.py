"""Kappa, ranks and calibration, beside what scikit-learn and the definitions say."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from kokorochat.evaluation.ordinal_metrics import (
    calibration_error,
    rank_correlation,
    ranked_probability_score,
    reliability,
    usable_probabilities,
    weighted_kappa,
)

ratings = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20)


@given(ratings)
def test_kappa_is_that_of_scikit_learn(pairs):
    due, said = zip(*pairs, strict=True)
    ours = weighted_kappa(due, said)
    if ours is None:
        assert len({*due, *said}) == 1
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert ours == pytest.approx(cohen_kappa_score(due, said, weights="quadratic", labels=range(6)))


def test_a_figure_over_nothing_is_none():
    assert weighted_kappa([], []) is rank_correlation([], []) is rank_correlation([1, 1], [1, 2]) is None
    assert calibration_error([]) is ranked_probability_score([]) is None
    assert reliability([]) == []


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=2))
def test_ranks_don_t_change_when_a_scale_is_stretched(pairs):
    due, said = zip(*pairs, strict=True)
    rho = rank_correlation(due, said)
    assert rho is None or rank_correlation(due, [value**3 for value in said]) == pytest.approx(rho)


@pytest.mark.parametrize(
    "values", [None, "000001", [1], [0.5] * 6, [2, -1, 0, 0, 0, 0], [float("nan")] * 6, [True] + [0] * 5]
)
def test_what_are_no_six_probabilities_is_not_used(values):
    assert usable_probabilities(values) is None


def test_the_calibration_error_is_the_gap_between_sureness_and_success():
    said = [0.1, 0.1, 0.1, 0.5, 0.1, 0.1]
    assert calibration_error([(3, said), (2, said)]) == pytest.approx(0)
    assert calibration_error([(2, said), (2, said)]) == pytest.approx(0.5)
    assert reliability([(3, said), (2, said)]) == [{"n": 2, "confidence": 0.5, "accuracy": 0.5}]


def test_the_ranked_probability_score_grows_with_the_distance():
    sure_of_3 = [0, 0, 0, 1, 0, 0]
    assert [ranked_probability_score([(due, sure_of_3)]) for due in (3, 4, 5, 0)] == [0, 1, 2, 3]
    assert ranked_probability_score([(0, [0.5, 0.5, 0, 0, 0, 0])]) == 0.25
