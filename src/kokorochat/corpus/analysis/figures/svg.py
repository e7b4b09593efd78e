"""A canvas as SVG: letters as shapes, colours as classes, so that a style sheet may change them."""

from collections.abc import Iterable
from html import escape
from itertools import groupby

from kokorochat.corpus.analysis.figures import letters
from kokorochat.corpus.analysis.figures.canvas import Box, Canvas, Dot, Line, Mark, Words
from kokorochat.corpus.analysis.figures.palette import COLOURS, DARK, LIGHT, rules
from kokorochat.domain.printable import printable

_MARGIN = 20
_COMMANDS = {1: ("M", 1), 2: ("L", 1), 3: ("Q", 2), 4: ("C", 3), 79: ("Z", 1)}
"""matplotlib's path codes as SVG commands, with the number of points that each takes."""


def inline_svg(canvas: Canvas, name: str, kind: str, title: str, description: str) -> str:
    """An `<svg>` for a page, which gives the colours and, once for all its figures, the `letter_shapes`.

    Args:
        name: with the kind, unique in the page.
        kind: a class for the page's style sheet.
        title: read out in place of the picture; so is the description.
    """
    return _svg(canvas, f"{name}-{kind}", title, description, 0, attributes=f'class="{kind}" ')


def letter_shapes(canvases: Iterable[Canvas]) -> str:
    """The outlines of all letters on these canvases, each once; a letter's id is `g` and its code point."""
    used = {letter for canvas in canvases for mark in canvas.marks if isinstance(mark, Words) for letter in mark.text}
    shapes = (
        f'<path id="g{ord(letter):x}" d="{_outline(letter)}"/>' for letter in sorted(used) if not letter.isspace()
    )
    return f"<defs>{''.join(shapes)}</defs>"


def standalone_svg(canvas: Canvas, name: str, title: str, description: str) -> str:
    """A file of its own, light or dark by the reader's settings and light in print, on a ground of its own."""
    dark = rules("", lambda colour: COLOURS[colour][DARK])
    style = f"<style>@media screen and (prefers-color-scheme: dark){{{dark}}}</style>"
    x, y, width, height = _box(canvas, _MARGIN)
    light = COLOURS["ground"][LIGHT]
    area = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    ground = f'<rect class="f-ground" fill="{light}" {area}/>'
    before = style + letter_shapes([canvas]) + ground
    svg = _svg(canvas, name, title, description, _MARGIN, 'xmlns="http://www.w3.org/2000/svg" ', before)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg}\n'


def _box(canvas: Canvas, margin: float) -> tuple[float, float, float, float]:
    return -margin, -margin, canvas.width + 2 * margin, canvas.height + 2 * margin


def _svg(
    canvas: Canvas, name: str, title: str, description: str, margin: float, attributes: str, before: str = ""
) -> str:
    box = _box(canvas, margin)
    view = " ".join(f"{side:g}" for side in box)
    return (
        f'<svg {attributes}viewBox="{view}" width="{box[2]:g}" height="{box[3]:g}" role="img" '
        f'aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(printable(title))}</title>'
        f'<desc id="{name}-description">{escape(printable(description))}</desc>'
        f"{before}{_marks(canvas.marks)}</svg>"
    )


def _marks(marks: Iterable[Mark]) -> str:
    """The marks in their order, neighbours of one kind and colour in one group."""
    parts = []
    for (kind, colour), group in groupby(marks, key=lambda mark: (type(mark), mark.colour)):
        light = COLOURS[colour][LIGHT]
        drawn = "".join(_mark(mark) for mark in group)
        if kind is Line:
            parts.append(f'<g class="s-{colour}" stroke="{light}">{drawn}</g>')
        else:
            parts.append(f'<g class="f-{colour}" fill="{light}">{drawn}</g>')
    return "".join(parts)


def _mark(mark: Mark) -> str:
    match mark:
        case Box(x, y, width, height):
            return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"/>'
        case Line(x1, y1, x2, y2, _, weight, dashed):
            dashes = ' stroke-dasharray="4 3"' if dashed else ""
            return f'<path d="M{x1:.2f} {y1:.2f}L{x2:.2f} {y2:.2f}" stroke-width="{weight:g}"{dashes}/>'
        case Dot(x, y, radius, colour, hollow):
            if not hollow:
                return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}"/>'
            light, ground = COLOURS[colour][LIGHT], COLOURS["ground"][LIGHT]
            return (
                f'<circle class="f-ground s-{colour}" cx="{x:.2f}" cy="{y:.2f}" r="{radius:g}" fill="{ground}" '
                f'stroke="{light}" stroke-width="1.5"/>'
            )
        case Words(x, y, text, size):
            place, letters_drawn = 0.0, []
            for letter in text:
                if not letter.isspace():
                    letters_drawn.append(f'<use href="#g{ord(letter):x}" x="{place:.1f}"/>')
                place += 100 * letters.glyph(letter).width
            scale = size / 100
            return f'<g transform="translate({x:.2f} {y:.2f}) scale({scale:g})">{"".join(letters_drawn)}</g>'


def _outline(letter: str) -> str:
    """The letter's shape as path data, in hundredths of an em, y downwards."""
    glyph = letters.glyph(letter)
    parts, index = [], 0
    while index < len(glyph.codes):
        command, points = _COMMANDS[int(glyph.codes[index])]
        parts.append(command)
        if command != "Z":
            parts.append(" ".join(f"{x:.4g} {-y:.4g}" for x, y in glyph.vertices[index : index + points]))
        index += points
    return "".join(parts)
