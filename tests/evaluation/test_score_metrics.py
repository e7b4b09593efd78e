"""ACC, ACC_soft and MAE of score prediction (paper Tables 5, 6, 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.score_metrics import over_items, score_metrics


def all_items(value):
    return dict.fromkeys(ITEM_KEYS, value)


scores = st.fixed_dictionaries({key: st.integers(0, 5) for key in ITEM_KEYS})
anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.integers())


def test_exact_near_and_far_answers_are_told_apart():
    metrics = score_metrics([(all_items(3), all_items(3)), (all_items(3), all_items(4)), (all_items(3), all_items(0))])
    assert metrics["n"] == 3
    assert metrics["acc"] == {"mean": pytest.approx(100 / 3), "sd_items": 0}
    assert metrics["acc_soft"]["mean"] == pytest.approx(200 / 3)
    assert metrics["mae"]["mean"] == pytest.approx(4 / 3)


def test_each_item_has_its_own_figures():
    metrics = score_metrics([(all_items(2), {**all_items(2), "felt_respected": 5})])
    assert metrics["items"]["felt_respected"] == {"acc": 0, "acc_soft": 0, "mae": 3}
    assert metrics["items"]["conversation_ended_well"] == {"acc": 100, "acc_soft": 100, "mae": 0}
    assert list(metrics["items"]) == list(ITEM_KEYS)


def test_the_deviation_is_that_of_a_sample_over_the_items():
    assert over_items([1.0, 2.0, 3.0, 4.0]) == {"mean": 2.5, "sd_items": pytest.approx(1.2910, abs=1e-4)}
    assert over_items([None, None]) == {"mean": None, "sd_items": None}


@given(st.lists(st.tuples(scores, scores), min_size=1, max_size=6))
def test_figures_keep_their_bounds(pairs):
    metrics = score_metrics(pairs)
    for row in (*metrics["items"].values(), {name: metrics[name]["mean"] for name in ("acc", "acc_soft", "mae")}):
        assert 0 <= row["acc"] <= row["acc_soft"] <= 100 + 1e-9
        assert 0 <= row["mae"] <= 5
        # Whatever isn't exact is off by one or more, whatever isn't near by two or more.
        assert row["mae"] >= (100 - row["acc"] + 100 - row["acc_soft"]) / 100 - 1e-9


@given(st.lists(st.tuples(scores, scores), min_size=1, max_size=6), st.randoms())
def test_the_order_of_dialogues_does_not_matter(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    one, other = score_metrics(pairs), score_metrics(shuffled)
    assert one["acc"]["mean"] == pytest.approx(other["acc"]["mean"])
    assert one["mae"]["mean"] == pytest.approx(other["mae"]["mean"])


@pytest.mark.parametrize("value", [6, -1, "3", 3.0, True, None, [3], {"value": 3}])
def test_a_value_that_is_no_score_is_wrong_but_never_a_zero(value):
    metrics = score_metrics([(all_items(0), {**all_items(0), "felt_respected": value}), (all_items(0), all_items(0))])
    assert metrics["items"]["felt_respected"] == {"acc": 50, "acc_soft": 50, "mae": 0}
    assert (metrics["unparsable"], metrics["unparsable_items"]) == (1, 1)
    assert metrics["mae"]["n"] == 39


@given(scores, anything)
def test_items_of_any_shape_are_counted_and_never_raised(due, items):
    metrics = score_metrics([(due, items)])
    assert metrics["acc"]["mean"] == 0
    assert metrics["mae"] == {"mean": None, "sd_items": None, "n": 0}
    assert metrics["unparsable"] == 1


def test_a_missing_answer_is_wrong_and_told():
    metrics = score_metrics([(all_items(5), all_items(5))], asked=4)
    assert (metrics["n"], metrics["missing"], metrics["unparsable"]) == (4, 3, 0)
    assert metrics["acc"]["mean"] == 25
    assert metrics["mae"] == {"mean": 0, "sd_items": 0, "n": 20}


def test_a_figure_over_nothing_is_none():
    metrics = score_metrics([])
    assert metrics["acc"] == {"mean": None, "sd_items": None}
    assert metrics["n"] == 0


def test_the_signature_tells_what_the_figures_depend_on():
    metrics = score_metrics([(all_items(1), all_items(1))], facts={"split": "8:1:1 random", "seed": None})
    assert metrics["signature"] == "score:acc+acc_soft(1)+mae|n=1|split=8:1:1 random|seed=-"
