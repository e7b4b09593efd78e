"""The table of a sweep: the best first, nothing hidden that is missing, failed or equal."""

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.learning.sweeps.ledger import Standing
from kokorochat.learning.sweeps.results import duration, results, table
from kokorochat.learning.sweeps.settings import load_sweep
from sweeps import write_sweep


def done(cell, value, seconds=10.0, revision="abc"):
    documents = {"metrics": {"validation": {"mae": {"mean": value}}}, "run": {"revision": revision}}
    return Standing(cell.name, "done", 1, "host:1", seconds, None, documents)


def a_sweep(tmp_path, values="[1, 2, 3]", more=""):
    return load_sweep(write_sweep(tmp_path, f"longest_gram = {values}", more))


@pytest.mark.parametrize(("better", "order"), [("less", [2, 1, 3]), ("more", [3, 1, 2])])
def test_the_best_comes_first_whichever_way_is_better(tmp_path, better, order):
    sweep = a_sweep(tmp_path, more=f'better = "{better}"')
    found = results(sweep, [done(c, v) for c, v in zip(sweep.cells, (0.5, 0.25, 0.75), strict=True)], 1)
    assert [row["settings"]["longest_gram"] for row in found["rows"]] == order
    assert [row["rank"] for row in found["rows"]] == [1, 2, 3]
    assert found["best"] == found["rows"][0]
    assert [line[0] for line in table(found).splitlines()[1:4]] == ["*", " ", " "]


def test_seeds_are_averaged_and_a_setting_that_lacks_one_has_no_rank(tmp_path):
    sweep = a_sweep(tmp_path, "[1, 2]", "seeds = [0, 1]")
    first, second, third, fourth = sweep.cells
    standings = [
        done(first, 0.6),
        done(second, 0.1),
        done(third, 0.8),
        Standing(fourth.name, "failed", 2, None, 1.0, "no"),
    ]
    found = results(sweep, standings, 1)
    assert [(row["settings"]["longest_gram"], row["mean"], row["rank"]) for row in found["rows"]] == [
        (1, pytest.approx(0.7), 1),
        (2, pytest.approx(0.1), None),
    ]
    assert found["rows"][0]["sd"] == pytest.approx(0.2**0.5 / 10**0.5)
    assert found["failed"] == [{"cell": fourth.name, "reason": "no", "attempts": 2, "worker": None}]
    assert f"failed: {fourth.name}: no" in table(found)


def test_equal_figures_share_a_rank_and_that_is_said(tmp_path):
    sweep = a_sweep(tmp_path)
    found = results(sweep, [done(c, v) for c, v in zip(sweep.cells, (0.5, 0.75, 0.5), strict=True)], 1)
    assert [row["rank"] for row in found["rows"]] == [1, 1, 3]
    assert "2 settings have this figure" in table(found)


def test_a_best_value_at_the_edge_of_the_grid_is_said_and_one_inside_is_not(tmp_path):
    sweep = a_sweep(tmp_path)
    at_edge = results(sweep, [done(c, v) for c, v in zip(sweep.cells, (0.5, 0.6, 0.7), strict=True)], 1)
    inside = results(sweep, [done(c, v) for c, v in zip(sweep.cells, (0.5, 0.4, 0.7), strict=True)], 1)
    assert (at_edge["at_edge"], inside["at_edge"]) == (["longest_gram"], [])
    assert "edge of the grid: longest_gram" in table(at_edge)


def test_time_left_follows_from_cells_that_are_done_and_from_how_many_run_at_once(tmp_path):
    sweep = a_sweep(tmp_path, "[1, 2, 3, 4]")
    standings = [done(sweep.cells[0], 0.5, 600), *(Standing(c.name, "open") for c in sweep.cells[1:])]
    assert results(sweep, standings, 1)["seconds_left"] == 1800
    assert results(sweep, standings, 2)["seconds_left"] == 1200
    assert "4 cells: 1 done, 3 open; 10 min for each, so about 20 min to go" in table(results(sweep, standings, 2))
    nothing = results(sweep, [Standing(c.name, "open") for c in sweep.cells], 2)
    assert nothing["seconds_left"] is None
    assert "known when the first is done" in table(nothing)


def test_code_that_changed_on_the_way_is_said(tmp_path):
    sweep = a_sweep(tmp_path, "[1, 2]")
    found = results(sweep, [done(sweep.cells[0], 0.5), done(sweep.cells[1], 0.6, revision="def")], 1)
    assert found["revisions"] == ["abc", "def"]
    assert "not all cells were trained by the same code" in table(found)


def test_a_metric_that_no_cell_has_is_refused_with_those_that_there_are(tmp_path):
    sweep = a_sweep(tmp_path, "[1]", 'metric = "metrics.validation.mse.mean"')
    with pytest.raises(InputError, match=r"There are: metrics\.validation\.mae\.mean"):
        results(sweep, [done(sweep.cells[0], 0.5)], 1)


@pytest.mark.parametrize(("seconds", "said"), [(5, "5 s"), (119, "119 s"), (600, "10 min"), (9000, "2.5 h")])
def test_times_are_said_as_people_say_them(seconds, said):
    assert duration(seconds) == said
