"""Colours that can be read, on light and on dark."""

import pytest

from kokorochat.corpus.analysis.figures.palette import COLOURS, DARK, LIGHT, SEQUENCE, contrast, luminance

_THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK])


@_THEMES
@pytest.mark.parametrize("name", ["ink", "faint", "accent", "warm", "kind0", "kind1", "kind2", "kind3"])
def test_words_and_marks_stand_off_from_the_ground(name, theme):
    assert contrast(COLOURS[name][theme], COLOURS["ground"][theme]) >= 4.5


@_THEMES
@pytest.mark.parametrize("step", range(SEQUENCE))
def test_the_number_in_a_cell_can_be_read(step, theme):
    assert contrast(COLOURS[f"on-step{step}"][theme], COLOURS[f"step{step}"][theme]) >= 4.5


@_THEMES
def test_the_sequence_goes_one_way(theme):
    steps = [luminance(COLOURS[f"step{step}"][theme]) for step in range(SEQUENCE)]
    assert steps == sorted(steps, reverse=theme == LIGHT)
