"""Kernel ridge: the solution is the known one, and what is said of dialogues left out is what a second fit says."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge

from kokorochat.learning.ordinal.regression import kernel, solve, spread


@pytest.fixture
def problem():
    random = np.random.default_rng(0)
    inputs = random.normal(size=(30, 50))
    return inputs, inputs[:, :20] + random.normal(size=(30, 20)) + 3


def test_it_is_ridge_with_a_free_intercept(problem):
    inputs, due = problem
    found = solve((inputs @ inputs.T).astype(np.float32), due, 2.0, range(30))
    known = Ridge(alpha=2.0).fit(inputs, due)
    assert found.intercept == pytest.approx(known.intercept_, abs=1e-4)
    assert inputs.T @ found.dual == pytest.approx(known.coef_.T, abs=1e-4)
    assert found.dual.sum(axis=0) == pytest.approx(np.zeros(20), abs=1e-9)


def test_around_its_mean_it_is_the_kernel_ridge_of_scikit_learn(problem):
    inputs, due = problem
    products = (inputs @ inputs.T).astype(np.float32)
    found = solve(products, due, 2.0, range(30))
    known = KernelRidge(alpha=2.0, kernel="precomputed").fit(products, due - found.intercept)
    assert found.dual == pytest.approx(known.dual_coef_, abs=1e-4)


@pytest.mark.parametrize("groups", [list(range(30)), [n % 7 for n in range(30)], [0] * 10 + [1] * 19 + [2]])
def test_what_is_said_of_a_group_left_out_is_what_a_fit_without_it_says(problem, groups):
    inputs, due = problem
    found = solve((inputs @ inputs.T).astype(np.float32), due, 2.0, groups)
    expected = np.empty_like(due)
    for group in set(groups):
        out = np.array(groups) == group
        expected[out] = Ridge(alpha=2.0).fit(inputs[~out], due[~out]).predict(inputs[out])
    assert found.left_out == pytest.approx(expected, abs=1e-3)
    assert found.error(due) == pytest.approx(np.sqrt(((expected - due) ** 2).mean()), abs=1e-3)


def test_frequent_and_rare_columns_together_are_all_inner_products():
    random = np.random.default_rng(0)
    table = random.random((80, 40)) * (random.random((80, 40)) < np.linspace(0.01, 0.9, 40))
    products = kernel(sparse.csr_array(table.astype(np.float32)))
    assert products == pytest.approx(table @ table.T, abs=1e-4)


def test_the_spread_is_the_mean_squared_distance_from_the_mean():
    rows = np.random.default_rng(0).normal(size=(20, 5)) + 4
    products = (rows @ rows.T).astype(np.float32)
    assert spread(products) == pytest.approx(((rows - rows.mean(axis=0)) ** 2).sum() / 20, rel=1e-4)
    assert spread(np.ones((4, 4), dtype=np.float32)) == 1
