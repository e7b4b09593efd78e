"""How scores are put into bins."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kokorochat.corpus.analysis.histogram import score_histogram


def test_the_papers_scale_gives_bins_of_ten_and_the_highest_alone():
    labels = [bin.label for bin in score_histogram([50], 0, 100).bins]
    assert labels[:2] == ["0–9", "10–19"]
    assert labels[-2:] == ["90–99", "100"]


@pytest.mark.parametrize(("lowest", "highest", "bins"), [(2, 10, 9), (0, 50, 11), (0, 1, 2), (0, 20, 11), (5, 5, 1)])
def test_other_scales_give_at_most_twelve_bins_of_equal_width(lowest, highest, bins):
    found = score_histogram([lowest], lowest, highest).bins
    assert len(found) == bins
    assert (found[0].first, found[-1].last) == (lowest, highest)


@given(st.lists(st.integers(-300, 5000), min_size=1), st.integers(-50, 0), st.integers(1, 200))
def test_every_score_is_in_one_bin(scores, lowest, highest):
    found = score_histogram(scores, lowest, highest)
    assert sum(bin.count for bin in found.bins) == found.n == len(scores)
    assert all(bin.count == sum(bin.first <= score <= bin.last for score in scores) for bin in found.bins)
    assert len(found.bins) <= 60


def test_where_the_scale_is_not_known_the_data_bound_it():
    found = score_histogram([3, 7, 9])
    assert (found.lowest, found.highest) == (3, 9)


@given(st.lists(st.integers(0, 100), min_size=2))
def test_deviation_and_skewness_are_the_usual_ones(scores):
    found = score_histogram(scores, 0, 100)
    assert found.deviation == pytest.approx(statistics.stdev(scores))
    if len(set(scores)) > 1:
        assert found.skewness == pytest.approx(stats.skew(scores), abs=1e-9)
    else:
        assert found.skewness is None


def test_no_score_gives_no_bins_and_no_mean():
    found = score_histogram([])
    assert (found.bins, found.mean, found.n) == ((), None, 0)
