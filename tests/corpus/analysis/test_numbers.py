"""How numbers are written."""

import pytest

from kokorochat.corpus.analysis.numbers import compact, interval, number, p_value, rho


@pytest.mark.parametrize(
    ("value", "text"), [(0.4205, ".42"), (-0.2092, "−.21"), (1.0, "1.00"), (-0.004, ".00"), (0, ".00"), (None, "–")]
)
def test_a_correlation_has_no_nought_before_the_point(value, text):
    assert rho(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.0004, "< .001"), (0.0344, ".034"), (1.0, "1.000"), (None, "–")])
def test_a_tiny_p_is_only_bounded(value, text):
    assert p_value(value) == text


def test_an_interval_needs_both_ends():
    assert interval(-0.1, 0.25) == "[−.10, .25]"
    assert interval(None, 0.25) == "–"


@pytest.mark.parametrize(("value", "text"), [(6589, "6,589"), (63.583, "63.58"), (-0.39, "−0.39"), (None, "–")])
def test_whole_numbers_stay_whole(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(1640.2, "1,640"), (41.0, "41"), (35.84, "35.8"), (0.567, "0.57"), (None, "–")]
)
def test_a_compact_number_has_about_three_digits(value, text):
    assert compact(value) == text
