"""How sure the three figures of scores are."""

import pytest

from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.score_intervals import score_intervals


def all_items(value):
    return dict.fromkeys(ITEM_KEYS, value)


def test_an_interval_holds_the_figure_and_narrows_with_more_dialogues():
    pairs = [(all_items(3), all_items(3)), (all_items(3), all_items(4)), (all_items(3), all_items(0))]
    few, many = score_intervals(pairs * 5), score_intervals(pairs * 50)
    for name, figure in (("acc", 100 / 3), ("acc_soft", 200 / 3), ("mae", 4 / 3)):
        assert few[name][0] < figure < few[name][1]
        assert many[name][1] - many[name][0] < few[name][1] - few[name][0]


def test_where_all_dialogues_are_alike_nothing_is_unsure():
    assert score_intervals([(all_items(3), all_items(2))] * 4) == {
        "acc": [0, 0],
        "acc_soft": [pytest.approx(100)] * 2,
        "mae": [pytest.approx(1)] * 2,
    }
