"""The paper's figures as we hold them: what it prints in one table agrees with what it prints in another."""

from statistics import fmean, stdev

import pytest

from kokorochat.paper.published import published

FIGURES = {"acc": 0.006, "acc_soft": 0.006, "mae": 0.0002}
"""With what its rounding may hide."""


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("place", range(3))
def test_the_means_of_table_8_are_those_of_table_5(place, figure):
    items, row = published().table_8[place], published().table_5[place]
    assert items.name == row.name
    values = getattr(items, figure)
    assert len(values) == 20
    assert fmean(values) == pytest.approx(getattr(row, figure)[0], abs=FIGURES[figure])


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("place", range(2))
def test_the_deviations_of_table_5_are_those_over_the_items_of_table_8(place, figure):
    row = published().table_5[place]
    assert stdev(getattr(published().table_8[place], figure)) == pytest.approx(getattr(row, figure)[1], abs=0.01)


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("part", [0, 1], ids=["mean", "deviation"])
def test_the_fine_tuned_models_row_is_the_mean_of_its_seeds(figure, part):
    seeds = [getattr(row, figure)[part] for row in published().table_6]
    assert fmean(seeds) == pytest.approx(getattr(published().table_5[-1], figure)[part], abs=FIGURES[figure])
