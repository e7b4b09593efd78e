"""The letters of the figures."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.corpus.analysis.figures.letters import font_file, glyph, width, wrap

_TEXTS = ["Half the scores are 64 or more", "得点と最も強く相関するのは「相談者の文字数」です。", "D9とD10 (.88)、a b"]


@pytest.mark.parametrize("text", _TEXTS)
@pytest.mark.parametrize("room", [40, 90, 200])
def test_wrapping_loses_no_letter_and_keeps_to_the_room(text, room):
    lines = wrap(text, 10, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(width(line, 10) <= room for line in lines if " " not in text or len(line.split()) > 1)


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one():
    lines = wrap("「あ」、「い」。" * 8, 10, 25)
    assert not any(line[0] in "」、。" or line[-1] == "「" for line in lines)


@given(st.text(max_size=20))
def test_any_text_can_be_measured(text):
    assert width(text, 12) >= 0


def test_a_letter_of_no_font_is_a_square():
    assert glyph("\U0010ffff") == glyph("\N{WHITE SQUARE}")


def test_the_font_is_found_without_changing_matplotlibs_settings():
    code = (
        "import sys; from kokorochat.corpus.analysis.figures.letters import font_file, width; width('あ', 9);"
        "print('matplotlib_fontja' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
    assert font_file().is_file()
