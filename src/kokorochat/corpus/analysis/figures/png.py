"""A canvas as PNG, light, at twice its pixels: drawn by Agg from the same outlines as the SVG."""

import io
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends import backend_agg
from matplotlib.image import imsave
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Transform

from kokorochat.corpus.analysis.figures import letters
from kokorochat.corpus.analysis.figures.canvas import Box, Canvas, Dot, Line, Mark, Words
from kokorochat.corpus.analysis.figures.palette import COLOURS, LIGHT

_Renderer: Any = backend_agg.RendererAgg
"""Its methods are not typed."""

_MARGIN = 20
_SCALE = 2
_UNIT = Path.unit_rectangle()
_DISC = Path.unit_circle()


def png(canvas: Canvas) -> bytes:
    """The picture's bytes; they hold no date, so that the same corpus gives the same file."""
    width, height = (round(_SCALE * (side + 2 * _MARGIN)) for side in (canvas.width, canvas.height))
    renderer = _Renderer(width, height, 72)
    sheet = Affine2D().translate(_MARGIN, _MARGIN).scale(_SCALE, -_SCALE).translate(0, height)
    _fill(renderer, _UNIT, Affine2D().scale(width, height), "ground")
    for mark in canvas.marks:
        _draw(renderer, mark, sheet)
    data = io.BytesIO()
    imsave(data, np.asarray(renderer.buffer_rgba())[:, :, :3], format="png", metadata={"Software": "kokorochat"})
    return data.getvalue()


def _draw(renderer: Any, mark: Mark, sheet: Affine2D) -> None:
    match mark:
        case Box(x, y, width, height, colour):
            _fill(renderer, _UNIT, Affine2D().scale(width, height).translate(x, y) + sheet, colour)
        case Line(x1, y1, x2, y2, colour, weight, dashed):
            context = _context(colour, weight * _SCALE)
            if dashed:
                context.set_dashes(0, [4 * _SCALE, 3 * _SCALE])
            renderer.draw_path(context, Path([(x1, y1), (x2, y2)]), sheet)
        case Dot(x, y, radius, colour, hollow):
            place = Affine2D().scale(radius).translate(x, y) + sheet
            _fill(renderer, _DISC, place, "ground" if hollow else colour)
            if hollow:
                renderer.draw_path(_context(colour, 1.5 * _SCALE), _DISC, place)
        case Words(x, y, text, size, colour):
            _fill(renderer, _outlines(text), Affine2D().scale(size / 100, -size / 100).translate(x, y) + sheet, colour)


def _outlines(text: str) -> Path:
    """A line of text as one shape, in hundredths of an em from its left end, y upwards."""
    place = 0.0
    vertices, codes = [np.empty((0, 2))], [np.empty(0, dtype=np.uint8)]
    for letter in text:
        glyph = letters.glyph(letter)
        vertices.append(glyph.vertices + np.array((place, 0)))
        codes.append(glyph.codes)
        place += 100 * glyph.width
    return Path(np.concatenate(vertices), np.concatenate(codes))


def _fill(renderer: Any, shape: Path, place: Transform, colour: str) -> None:
    renderer.draw_path(_context(colour, 0), shape, place, _rgb(colour))


def _context(colour: str, weight: float) -> GraphicsContextBase:
    context = GraphicsContextBase()
    context.set_foreground(COLOURS[colour][LIGHT])
    context.set_linewidth(weight)
    context.set_capstyle("butt")
    return context


def _rgb(colour: str) -> tuple[float, float, float]:
    light = COLOURS[colour][LIGHT]
    red, green, blue = (int(light[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue
