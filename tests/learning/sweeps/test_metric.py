"""The figure that is compared: a path in what a run leaves; of a list the best."""

import pytest

from kokorochat.learning.sweeps.metric import known_metrics, value_at

LEFT = {
    "metrics": {"validation": {"mae": {"mean": 0.7}, "n": 3, "part": "validation", "acc": None, "odd": float("nan")}},
    "run": {"validation": [{"step": 400, "loss": 2.5}, {"step": 800, "loss": 2.25}, {"step": 1200}], "resumed": True},
}


@pytest.mark.parametrize(
    ("metric", "better", "value"),
    [
        ("metrics.validation.mae.mean", "less", 0.7),
        ("metrics.validation.n", "more", 3.0),
        ("run.validation.*.loss", "less", 2.25),
        ("run.validation.*.loss", "more", 2.5),
        ("run.validation.loss", "less", None),
        ("metrics.validation.mae", "less", None),
        ("metrics.validation.part", "less", None),
        ("metrics.validation.acc", "less", None),
        ("metrics.validation.odd", "less", None),
        ("metrics.test.mae.mean", "less", None),
        ("run.resumed", "more", None),
    ],
)
def test_a_path_leads_to_a_finite_number_or_to_none(metric, better, value):
    assert value_at(LEFT, metric, better) == value


def test_what_there_is_begins_with_what_is_most_like_the_wanted():
    assert known_metrics(LEFT, "metrics.validation.mae.men")[0] == "metrics.validation.mae.mean"
    assert "run.validation.*.loss" in known_metrics(LEFT, "nothing alike")
