"""The shapes and widths of letters: the packaged Japanese font, and matplotlib's own for what that one lacks."""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.ft2font import FT2Font, LoadFlags
from numpy.typing import NDArray

_EM = 100
"""The size at which outlines are taken; one em is so many units."""

_FROM_SECOND = "ρ‘’“”"
"""In the Japanese font these are as wide as a kanji."""

_MISSING = "\N{WHITE SQUARE}"


@dataclass(frozen=True, slots=True)
class Glyph:
    """One letter's outline.

    Attributes:
        vertices: in hundredths of an em, y upwards; shape (n, 2).
        codes: matplotlib's path codes; shape (n,).
        width: how far the next letter stands, in ems.
    """

    vertices: NDArray[np.float64]
    codes: NDArray[np.uint8]
    width: float


def font_file() -> Path:
    """The Japanese font's file in the package matplotlib-fontja.

    The package is not imported: doing so would change matplotlib's settings for the whole process.

    Raises:
        ModuleNotFoundError: the package isn't installed.
    """
    found = importlib.util.find_spec("matplotlib_fontja")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("No module named 'matplotlib_fontja'", name="matplotlib_fontja")
    return Path(found.submodule_search_locations[0]) / "fonts" / "ipaexg.ttf"


@lru_cache(maxsize=1)
def _fonts() -> tuple[FT2Font, FT2Font]:
    fonts = FT2Font(str(font_file())), FT2Font(str(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"))
    for font in fonts:
        font.set_size(_EM, 72)
    return fonts


@lru_cache(maxsize=4096)
def glyph(letter: str) -> Glyph:
    """The outline of a letter; a square for one that neither font has."""
    first, second = _fonts()
    order = (second, first) if letter in _FROM_SECOND else (first, second)
    font = next((font for font in order if font.get_char_index(ord(letter))), None)
    if font is None:
        return glyph(_MISSING)
    shape = font.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    vertices, codes = font.get_path()
    return Glyph(np.asarray(vertices, dtype=np.float64), codes.astype(np.uint8), shape.linearHoriAdvance / 65536 / _EM)


def width(text: str, size: float) -> float:
    """How wide a text is at a size, in the unit of the size."""
    return size * sum(glyph(letter).width for letter in text)


def wrap(text: str, size: float, room: float) -> list[str]:
    """The text in lines that are no wider than the room; broken at spaces, and anywhere in Japanese."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and width((line + piece).rstrip(), size) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


_NOT_FIRST = "、。，．・：；？！）」』】ーぁぃぅぇぉっゃゅょァィゥェォッャュョ"
_NOT_LAST = "（「『【"


def _pieces(text: str) -> Iterator[str]:
    """What a line may not be broken in: words of Latin letters with the space after them, single kana and kanji."""
    piece = ""
    for letter in text:
        narrow = letter < "\u2e80"
        breaks = piece and (
            (narrow and piece[-1] == " " and letter != " ")
            or (narrow and piece[-1] >= "\u2e80" and piece[-1] not in _NOT_LAST)
            or (not narrow and letter not in _NOT_FIRST and piece[-1] not in _NOT_LAST)
        )
        if breaks:
            yield piece
            piece = ""
        piece += letter
    yield piece
