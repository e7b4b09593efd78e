"""Intervals and tests of significance, by drawing whole dialogues again."""

import numpy as np
import pytest

from kokorochat.evaluation.resampling import (
    Resampling,
    bootstrap_interval,
    bootstrap_p,
    cluster_numbers,
    jackknife_error,
    normal_interval,
    normal_p,
)

RANDOM = np.random.default_rng(7)


def test_as_many_dialogues_are_drawn_as_there_are_and_a_seed_draws_the_same_again():
    drawn = Resampling(200, 3).drawn(11)
    assert drawn.shape == (200, 11)
    assert (drawn.sum(axis=1) == 11).all()
    assert (drawn == Resampling(200, 3).drawn(11)).all()
    assert (drawn != Resampling(200, 4).drawn(11)).any()


def test_the_interval_of_a_mean_is_as_wide_as_theory_has_it():
    values = RANDOM.normal(5, 2, size=400)
    drawn = Resampling(4000, 1).drawn(400)
    ((low, high),) = bootstrap_interval(drawn @ values[:, None] / 400)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.08)


def test_the_error_of_a_mean_by_the_jackknife_is_the_textbooks():
    values = RANDOM.normal(size=50)
    without = (values.sum() - values) / 49
    assert jackknife_error(without) == pytest.approx(values.std(ddof=1) / np.sqrt(50))


def test_a_clear_difference_is_significant_and_none_is_not():
    drawn = Resampling(1000, 0).drawn(100)
    near, far = RANDOM.normal(0, 1, size=100), RANDOM.normal(1, 1, size=100)
    near -= near.mean()
    differences = drawn @ np.stack([near, far, np.zeros(100)], axis=1) / 100
    p = bootstrap_p(differences, np.array([near.mean(), far.mean(), 0.0]))
    assert p[0] > 0.9
    assert p[1] == pytest.approx(1 / 1001)
    assert p[2] == 1


def test_a_normal_interval_and_its_p_tell_the_same():
    low, high = normal_interval(1.96, 1.0)
    assert (low, high) == pytest.approx((0, 3.92), abs=1e-4)
    assert [normal_p(1.96, 1.0), normal_p(0.0, 0.0), normal_p(1.0, 0.0)] == pytest.approx([0.05, 1, 0], abs=1e-4)


def test_what_is_of_no_cluster_is_one_of_its_own():
    assert cluster_numbers(["a", None, "b", "a", None, "1"]) == [0, 1, 2, 0, 3, 4]


def test_a_draw_in_which_a_figure_is_not_defined_is_left_out():
    values = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan]])
    assert bootstrap_interval(values) == [pytest.approx([1.05, 2.95]), [5.0, 5.0], None]
    assert Resampling(5, 1, "client").signature == "bootstrap of clients,5,seed 1"
