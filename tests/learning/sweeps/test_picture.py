"""The parallel coordinates: nothing beyond the sheet, no box on another, and the best on top."""

from itertools import combinations, pairwise, product
from xml.etree import ElementTree

import pytest

from kokorochat.corpus.analysis.figures import letters
from kokorochat.corpus.analysis.figures.canvas import Box, Line, Words
from kokorochat.corpus.analysis.language import Language
from kokorochat.learning.sweeps.picture import picture
from kokorochat.learning.sweeps.run import write_results

LONG = "a/very/long/name/of/a/base/model/that/nobody/would/write/by/hand/8B-Instruct"


def found(grid, better="less", metric="run.validation.*.loss", figures=None):
    settings = [dict(zip(grid, chosen, strict=True)) for chosen in product(*grid.values())]
    figures = figures or [2.0 + 0.01 * number for number in range(len(settings))]
    rows = [
        {
            "rank": n + 1,
            "settings": s,
            "mean": f,
            "sd": None,
            "seconds": 3.0,
            "complete": True,
            "cells": ["x"],
            "states": {},
        }
        for n, (s, f) in enumerate(zip(settings, figures, strict=True))
    ]
    counts = {"done": len(rows), "failed": 0, "running": 0, "open": 0}
    return {
        **{"sweep": "s", "metric": metric, "better": better, "grid": grid, "seeds": [0], "counts": counts},
        **{"best": rows[0], "rows": rows, "failed": [], "at_edge": [], "revisions": ["abc"], "seconds_left": 0.0},
    }


GRIDS = {
    "paper": {
        "optimizer": ["adamw_torch_fused", "adamw_8bit", "paged_adamw_8bit"],
        "warmup": [100, 300, 500],
        "rate": [1e-3, 5e-4, 2e-4, 1e-4, 5e-5],
    },
    "one value": {"rate": [0.1]},
    "one key": {"rate": [0.1, 0.2]},
    "near values": {"rate": [1.0, 1.01, 1.02, 9.0]},
    "many values": {"rate": [float(n) for n in range(1, 41)]},
    "many keys": {f"a_setting_with_a_long_name_{n}": [True, False] for n in range(7)},
    "long names": {"base": [LONG, "short"], "texts": [[], [{"role": "client"}] * 5]},
    "hostile": {"tokenizer": ["<b>&amp;", "\u202eabc", "話す\n聴く"]},
}


@pytest.mark.parametrize("name", GRIDS)
@pytest.mark.parametrize("language", Language)
def test_words_stay_on_the_sheet_and_boxes_apart(name, language):
    canvas = picture(found(GRIDS[name]), language)
    for mark in canvas.marks:
        if isinstance(mark, Words):
            assert mark.x >= -0.01
            assert mark.x + letters.width(mark.text, mark.size) <= canvas.width + 0.01
            assert 0 <= mark.y <= canvas.height
    words = [mark for mark in canvas.marks if isinstance(mark, Words)]
    for first, second in pairwise(sorted(words, key=lambda mark: (mark.y, mark.x))):
        assert first.y != second.y or first.x + letters.width(first.text, first.size) < second.x
    boxes = [mark for mark in canvas.marks if isinstance(mark, Box)]
    assert len(boxes) == sum(map(len, GRIDS[name].values()))
    for one, other in combinations(boxes, 2):
        beside = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert beside or one.y + one.height <= other.y or other.y + other.height <= one.y


@pytest.mark.parametrize(("better", "figures"), [("less", [1.0, 2.0, 4.0]), ("more", [4.0, 2.0, 1.0])])
def test_better_is_up_and_the_best_is_drawn_last(better, figures):
    canvas = picture(found({"rate": [0.1, 0.2, 0.3]}, better, figures=figures), Language.ENGLISH)
    lines = [mark for mark in canvas.marks if isinstance(mark, Line) and mark.colour.startswith(("step", "warm"))]
    ends = [line.y2 for line in lines]
    assert (lines[-1].colour, min(ends)) == ("warm", ends[-1])


def test_rates_stand_by_their_logarithm():
    canvas = picture(found({"rate": [1e-4, 1e-3, 1e-2]}), Language.ENGLISH)
    low, middle, high = sorted((mark.y for mark in canvas.marks if isinstance(mark, Box)), reverse=True)
    assert low - middle == pytest.approx(middle - high)


def test_equal_figures_have_an_axis_too():
    assert picture(found({"rate": [0.1, 0.2]}, figures=[0.0, 0.0]), Language.ENGLISH).height > 300


def test_the_files_are_a_picture_that_can_be_opened_and_read_out(tmp_path):
    write_results(found(GRIDS["hostile"]), tmp_path, Language.JAPANESE)
    root = ElementTree.parse(tmp_path / "parallel.svg").getroot()
    assert "2.01" in "".join(root.itertext())
    assert (tmp_path / "parallel.png").read_bytes().startswith(b"\x89PNG")
