"""The ordered logit: probabilities that are some, that move with the value, and a decision that costs the least."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kokorochat.learning.ordinal.thresholds import Thresholds, decide, expected, fit_thresholds


@st.composite
def thresholds(draw):
    gaps = draw(arrays(float, (20, 5), elements=st.floats(0.01, 5)))
    return Thresholds(np.cumsum(gaps, axis=1) - 5, draw(arrays(float, 20, elements=st.floats(0, 5))))


@given(thresholds(), arrays(float, (3, 20), elements=st.floats(-50, 50)))
def test_six_probabilities_sum_to_1(known, values):
    told = known.probabilities(values)
    assert told.shape == (3, 20, 6)
    assert told.min() >= 0
    assert told.sum(axis=-1) == pytest.approx(np.ones((3, 20)))


@given(thresholds(), arrays(float, 20, elements=st.floats(-9, 9)), st.floats(0, 5))
def test_a_higher_value_never_makes_a_higher_rating_less_likely(known, values, more):
    low, high = known.probabilities(np.array([values, values + more]))
    assert (np.cumsum(high, axis=-1) <= np.cumsum(low, axis=-1) + 1e-12).all()
    assert (expected(high) >= expected(low) - 1e-9).all()


@given(arrays(float, 6, elements=st.floats(0.001, 1)))
def test_no_other_value_costs_less_than_the_one_decided_for(weights):
    told = weights / weights.sum()

    def cost(said):
        return sum(p * (abs(said - due) + 0.5 * (said != due) + (abs(said - due) > 1)) for due, p in enumerate(told))

    assert cost(decide(told)) <= min(map(cost, range(6))) + 1e-9


def test_a_sure_rating_is_decided_for_and_expected():
    assert decide(np.eye(6)).tolist() == [0, 1, 2, 3, 4, 5]
    assert expected(np.eye(6)).tolist() == [0, 1, 2, 3, 4, 5]


def test_fitted_probabilities_are_as_frequent_as_they_say():
    random = np.random.default_rng(0)
    values = random.normal(3, 1, size=(3000, 20))
    true = Thresholds(np.tile([0.5, 2, 4, 6, 8], (20, 1)), np.full(20, 2.0))
    drawn = (random.random((3000, 20, 1)) > np.cumsum(true.probabilities(values), axis=-1)[..., :5]).sum(axis=-1)
    found = fit_thresholds(values, drawn.astype(float))
    assert found.slopes == pytest.approx(true.slopes, abs=0.3)
    frequencies = np.array([(drawn == value).mean(axis=0) for value in range(6)]).T
    assert found.probabilities(values).mean(axis=0) == pytest.approx(frequencies, abs=0.01)


@pytest.mark.parametrize("due", [np.zeros((3, 20)), np.full((3, 20), 5.0)])
def test_of_few_and_equal_ratings_finite_thresholds_in_order_are_fitted(due):
    found = fit_thresholds(np.full((3, 20), 2.0), due)
    assert np.isfinite(found.cuts).all()
    assert (np.diff(found.cuts, axis=1) > 0).all()
    assert (found.slopes > 0).all()
