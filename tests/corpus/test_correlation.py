"""Rank correlation, its intervals by clients, and p-values for many tests."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from kokorochat.corpus.correlation import FEWEST_CLUSTERS, correlations, holm, ranks, spearman, spearman_matrix

_TIED = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=40)
_P = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def _columns(pairs):
    x, y = np.array(pairs, dtype=float).T
    return x, y


@given(st.lists(st.integers(0, 9), min_size=1))
def test_ranks_share_the_mean_where_values_tie(values):
    assert ranks(np.array(values, dtype=float)) == pytest.approx(stats.rankdata(values))


@given(_TIED)
def test_rho_is_scipys_with_ties(pairs):
    x, y = _columns(pairs)
    assume(len(set(x)) > 1 and len(set(y)) > 1)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


@given(_TIED)
def test_rho_lies_between_minus_one_and_one_and_does_not_heed_the_order_of_columns(pairs):
    x, y = _columns(pairs)
    found = spearman(x, y)
    assert found is None or -1 <= found <= 1
    assert found == spearman(y, x)


@given(_TIED)
def test_rho_does_not_change_under_a_monotone_map(pairs):
    x, y = _columns(pairs)
    assert spearman(np.exp(x), y**3) == spearman(x, y)


@pytest.mark.parametrize("column", [[], [1.0], [2.0, 2.0, 2.0]])
def test_what_does_not_vary_has_no_correlation(column):
    x = np.array(column)
    assert spearman(x, np.arange(len(x), dtype=float)) is None


def test_the_matrix_is_symmetric_with_ones_where_an_item_varies():
    ratings = np.array([[1, 5, 3], [2, 4, 3], [3, 1, 3], [4, 2, 3]], dtype=float)
    matrix = spearman_matrix(ratings)
    assert matrix[0][0] == pytest.approx(1)
    assert matrix[0][1] == matrix[1][0] == pytest.approx(stats.spearmanr(ratings[:, 0], ratings[:, 1]).statistic)
    assert matrix[2] == [None, None, None]


@given(_P)
def test_holm_raises_p_but_never_above_one_and_keeps_the_order(ps):
    adjusted = holm(ps)
    assert all(p <= a <= 1 for p, a in zip(ps, adjusted, strict=True))
    by_p = [a for _, a in sorted(zip(ps, adjusted, strict=True))]
    assert by_p == sorted(by_p)


def test_holm_multiplies_the_smallest_by_their_number_and_leaves_out_what_is_not_tested():
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])


def test_with_every_dialogue_its_own_client_the_interval_is_that_of_independent_draws():
    random = np.random.default_rng(7)
    x = random.normal(size=1500)
    y = 0.4 * x + random.normal(size=1500)
    found = correlations({"x": x}, y, np.arange(1500))["x"]
    z, error = np.arctanh(found.rho), np.sqrt(1.06 / (1500 - 3))
    assert (found.low, found.high) == pytest.approx((np.tanh(z - 1.96 * error), np.tanh(z + 1.96 * error)), abs=0.01)


def test_dialogues_of_one_client_are_not_taken_as_independent():
    random = np.random.default_rng(7)
    clients = np.repeat(np.arange(40), 25)
    own = random.normal(size=(2, 40))[:, clients]
    x, y = own + 0.1 * random.normal(size=(2, 1000))
    by_client = correlations({"x": x}, y, clients)["x"]
    by_dialogue = correlations({"x": x}, y, np.arange(1000))["x"]
    assert by_client.rho == by_dialogue.rho
    assert by_client.high - by_client.low > 3 * (by_dialogue.high - by_dialogue.low)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(11)
    clients = np.repeat(np.arange(60), 5)
    hits = 0
    for _ in range(100):
        x, y = random.normal(size=(2, 60))[:, clients] + random.normal(size=(2, 300))
        found = correlations({"x": x}, y, clients)["x"]
        hits += found.low < 0 < found.high
    assert 88 <= hits <= 100


def test_p_and_interval_agree_and_the_same_data_give_the_same_digits():
    random = np.random.default_rng(3)
    columns = {str(k): random.normal(size=200) for k in range(8)}
    score = columns["0"] * 0.15 + random.normal(size=200)
    found = correlations(columns, score, np.arange(200) // 4)
    assert found == correlations(columns, score, np.arange(200) // 4)
    for test in found.values():
        assert (test.p < 0.05) == (not test.low < 0 < test.high)
        assert test.p <= test.p_adjusted


def test_a_missing_value_takes_its_dialogue_out_of_that_feature_alone():
    x = np.array([1.0, np.nan, 3.0, 2.0])
    found = correlations({"x": x, "full": np.arange(4.0)}, np.array([1.0, 9.0, 3.0, 2.0]), np.arange(4))
    assert (found["x"].rho, found["x"].n, found["full"].n) == (pytest.approx(1), 3, 4)


def test_few_clients_give_a_rho_without_an_interval():
    x = np.array([1.0, 2.0, 3.0, 5.0, 4.0] * 4)
    found = correlations({"x": x}, x[::-1].copy(), np.arange(20) % (FEWEST_CLUSTERS - 1))["x"]
    assert found.rho is not None
    assert (found.low, found.high, found.p, found.p_adjusted) == (None, None, None, None)


def test_no_dialogue_at_all_is_no_error():
    found = correlations({"x": np.array([])}, np.array([]), np.array([], dtype=np.int64))["x"]
    assert (found.rho, found.n, found.clusters) == (None, 0, 0)
