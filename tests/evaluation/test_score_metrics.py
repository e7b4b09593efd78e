"""ACC, ACC_soft and MAE of score prediction (paper Tables 5, 6, 8)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.score_metrics import over_items, score_metrics


def all_items(value):
    return dict.fromkeys(ITEM_KEYS, value)


def of_paper(metrics, key):
    """The paper's three figures of one item."""
    return {name: metrics["items"][key][name] for name in ("acc", "acc_soft", "mae")}


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
    assert of_paper(metrics, "felt_respected") == {"acc": 0, "acc_soft": 0, "mae": 3}
    assert of_paper(metrics, "conversation_ended_well") == {"acc": 100, "acc_soft": 100, "mae": 0}
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
    assert of_paper(metrics, "felt_respected") == {"acc": 50, "acc_soft": 50, "mae": 0}
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


def test_bias_tells_the_direction_and_kappa_what_is_better_than_chance():
    due = [all_items(value) for value in (1, 3, 5, 3)]
    high = score_metrics([(one, {key: min(5, value + 1) for key, value in one.items()}) for one in due])
    assert high["bias"]["mean"] == 0.75
    assert high["items"]["felt_respected"]["bias"] == 0.75
    constant = score_metrics([(one, all_items(3)) for one in due])
    assert (constant["bias"]["mean"], constant["qwk"]["mean"]) == (0, 0)
    assert score_metrics([(one, one) for one in due])["qwk"]["mean"] == 1


def test_totals_are_ranked_over_the_answers_that_can_be_used():
    due = [all_items(value) for value in (0, 1, 2, 5)]
    said = [all_items(1), all_items(2), all_items(2), None]
    total = score_metrics(list(zip(due, said, strict=True)))["spearman_total"]
    assert total == {"rho": pytest.approx(0.8660, abs=1e-4), "n": 3}
    assert score_metrics([(one, all_items(3)) for one in due])["spearman_total"] == {"rho": None, "n": 4}


def test_calibration_is_none_without_probabilities_and_counts_what_can_not_be_used():
    pairs = [(all_items(3), all_items(3)), (all_items(4), all_items(3))]
    assert score_metrics(pairs)["calibration"] is None
    assert score_metrics(pairs, probabilities=[None, None])["calibration"] is None
    sure = {key: [0, 0, 0, 1, 0, 0] for key in ITEM_KEYS}
    found = score_metrics(pairs, probabilities=[sure, {**sure, "felt_respected": [1, 1, 0, 0, 0, 0]}])["calibration"]
    assert (found["n"], found["unusable"]) == (39, 1)
    assert found["items"]["felt_respected"] == {"ece": 0, "rps": 0}
    assert found["items"]["felt_hopeful_or_expectant"] == {"ece": 0.5, "rps": 0.5}
    assert found["ece"]["mean"] == pytest.approx(19 * 0.5 / 20)
    assert found["reliability"] == [{"n": 39, "confidence": 1, "accuracy": pytest.approx(20 / 39)}]


def test_each_further_figure_has_its_signature():
    metrics = score_metrics([(all_items(1), all_items(1))], facts={"seed": 3})
    assert metrics["signatures"]["qwk"] == "score:qwk(quadratic,0-5)|n=1|seed=3"
    assert set(metrics["signatures"]) == {"qwk", "bias", "spearman_total", "calibration"}
