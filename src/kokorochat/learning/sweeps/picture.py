"""The parallel-coordinates picture of a sweep: an axis for each key and one for the figure, a line for each setting."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from kokorochat.corpus.analysis.figures import letters
from kokorochat.corpus.analysis.figures.canvas import Canvas
from kokorochat.corpus.analysis.figures.palette import SEQUENCE
from kokorochat.corpus.analysis.figures.plate import WIDE
from kokorochat.corpus.analysis.language import Language
from kokorochat.domain.printable import printable
from kokorochat.learning.sweeps.cells import label
from kokorochat.learning.sweeps.record import is_logarithmic

_LEAST_HEIGHT, _FOR_A_VALUE, _HEAD, _END = 380.0, 24.0, 72.0, 14.0
_SIZE, _ROOM = 12.0, 190.0
_LONGEST_LABEL = 150.0
_BAND = 26.0
"""The height of a value's box, over which the lines through it are spread, so that each can be followed."""

_TICKS = 5


@dataclass(frozen=True)
class _Axis:
    """One axis.

    Attributes:
        head: its lines.
        height: gives the y of a value.
        half: half the width of a value's box, at whose left edge lines come in and at whose right they go on.
        band: its height.
    """

    head: Sequence[str]
    x: float
    labels: Sequence[tuple[float, str]]
    height: Callable[[Any], float]
    half: float
    band: float


def picture(found: dict[str, Any], language: Language) -> Canvas:
    """The picture of `results.results`, with its title above and what it means below.

    Rows without a figure have no line.
    """
    say = language.say
    rows = [row for row in found["rows"] if row["complete"]]
    canvas = Canvas(max(WIDE, _ROOM * (len(found["grid"]) + 1)))
    canvas.paragraph(title(found, language), 19)
    canvas.down(14)
    if rows:
        _draw(canvas, found, rows, language)
    canvas.down(10)
    note = say(
        f"A line for each of {len(rows)} settings; the darker, the better; the best is drawn thick. Lines through one "
        "value are spread, the better above. The last axis has the better figures above.",
        f"線は{len(rows)}通りの設定を表し、濃いほど良く、最良のものは太線。同じ値を通る線は、良いものを上にして少しずらしてある。"
        "右端の軸は上ほど良い。",
    )
    if len(found["seeds"]) > 1:
        seeds = len(found["seeds"])
        note += say(f" Figures are means over {seeds} seeds.", f"値は{seeds}個のシードの平均。")
    if missing := len(found["rows"]) - len(rows):
        note += say(f" {missing} settings have no figure yet.", f"{missing}通りの設定にはまだ値がない。")
    canvas.paragraph(note, 11, "faint")
    return canvas


def title(found: dict[str, Any], language: Language) -> str:
    """What the picture shows, in one line."""
    best = found["best"]
    if best is None:
        return language.say("No setting of this sweep is done yet", "まだどの設定の学習も終わっていない")
    words = ", ".join(f"{key} = {_short(value)}" for key, value in best["settings"].items())
    return language.say(f"Best of {_complete(found)} settings: {words}", f"{_complete(found)}通りの設定で最良：{words}")


def description(found: dict[str, Any], language: Language) -> str:
    """The picture's numbers in words, for those who don't see it."""
    rows = [row for row in found["rows"] if row["complete"]]
    told = (f"{', '.join(map(_short, row['settings'].values()))}: {row['mean']:.5g}" for row in rows)
    return language.say("; ", "；").join([f"{', '.join(found['grid'])}: {found['metric']}", *told])


def _complete(found: dict[str, Any]) -> int:
    return sum(row["complete"] for row in found["rows"])


def _draw(canvas: Canvas, found: dict[str, Any], rows: Sequence[dict[str, Any]], language: Language) -> None:
    tried: dict[str, list[Any]] = found["grid"]
    tall = max(_LEAST_HEIGHT, _FOR_A_VALUE * max(map(len, tried.values())))
    top = canvas.down(_HEAD + tall + _END) + _HEAD
    halves = [max(letters.width(_short(one), _SIZE) for one in values) / 2 + 8 for values in tried.values()]
    right = canvas.width - 66
    room = (right - halves[0]) / len(tried) - 16
    heads = [_head(name, room) for name in [*tried, found["metric"]]]
    left = max(halves[0], *(letters.width(line, _SIZE) / 2 for line in heads[0]))
    step = (right - left) / len(tried)
    axes = [
        _axis_of(heads[place], values, left + step * place, halves[place], top, tall)
        for place, values in enumerate(tried.values())
    ]
    axes.append(_figure_axis(found, heads[-1], rows, right, top, tall))
    for axis in axes:
        canvas.line(axis.x, top, axis.x, top + tall, "rule", 1.2)
    points = _points(list(tried), rows, axes)
    # The best on top of all.
    for place in reversed(range(len(rows))):
        colour = f"step{SEQUENCE - 1 - round((SEQUENCE - 2) * place / max(len(rows) - 1, 1))}"
        colour, weight = ("warm", 3.0) if place == 0 else (colour, 1.4)
        for (x1, y1), (x2, y2) in pairwise(points[place]):
            canvas.line(x1, y1, x2, y2, colour, weight)
    for axis in axes:
        _draw_axis(canvas, axis, top, axis is axes[-1])
    canvas.words(canvas.width, top - 60, language.say("better ↑", "良い ↑"), 11, "faint", align="end")


def _points(
    keys: Sequence[str], rows: Sequence[dict[str, Any]], axes: Sequence[_Axis]
) -> list[list[tuple[float, float]]]:
    """Where the line of each row runs; the rows come with the best first."""
    points: list[list[tuple[float, float]]] = [[] for _ in rows]
    for key, axis in zip(keys, axes, strict=False):
        through = dict[str, list[int]]()
        for number, row in enumerate(rows):
            through.setdefault(label(row["settings"][key]), []).append(number)
        for numbers in through.values():
            middle = axis.height(rows[numbers[0]]["settings"][key])
            for place, number in enumerate(numbers):
                off = 0.0 if len(numbers) == 1 else (place / (len(numbers) - 1) - 0.5) * (axis.band - 4)
                points[number] += [(axis.x - axis.half, middle + off), (axis.x + axis.half, middle + off)]
    for number, row in enumerate(rows):
        points[number].append((axes[-1].x, axes[-1].height(row["mean"])))
    # Nothing comes before the first axis.
    return [line[1:] for line in points]


def _axis_of(head: Sequence[str], values: Sequence[Any], x: float, half: float, top: float, tall: float) -> _Axis:
    """The axis of a key: numbers by size or its logarithm; else, and where these would collide, in even steps."""
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    names = [label(one) for one in values]
    bottom, inner = top + tall - _BAND / 2, top + _BAND / 2
    shares = {name: 1 - (place + 0.5) / len(names) for place, name in enumerate(names)}
    if len(numbers) == len(values) > 1:
        shown = sorted(numbers)
        size: Callable[[float], float] = math.log if is_logarithmic(shown) else float
        span = size(shown[-1]) - size(shown[0])
        sized = {label(one): (size(one) - size(shown[0])) / span for one in shown}
        gap = min(after - before for before, after in pairwise(sized.values()))
        even = {label(one): place / (len(shown) - 1) for place, one in enumerate(shown)}
        shares = sized if gap * (bottom - inner) >= _BAND + 4 else even
    places = {name: bottom - share * (bottom - inner) for name, share in shares.items()}
    nearest = min((after - before for before, after in pairwise(sorted(places.values()))), default=tall)
    labels = [(places[label(value)], _short(value)) for value in values]
    return _Axis(head, x, labels, lambda value: places[label(value)], half, min(_BAND, nearest - 4))


def _figure_axis(
    found: dict[str, Any], head: Sequence[str], rows: Sequence[dict[str, Any]], x: float, top: float, tall: float
) -> _Axis:
    figures: list[float] = [row["mean"] for row in rows]
    least, most = min(figures), max(figures)
    span = (most - least) or abs(most) or 1.0
    low, high = least - 0.04 * span, most + 0.04 * span

    def height(value: float) -> float:
        share = (value - low) / (high - low)
        return top + tall * (share if found["better"] == "less" else 1 - share)

    step = _round_step(span / _TICKS)
    digits = max(0, -math.floor(math.log10(step)))
    first, last = math.ceil(low / step), math.floor(high / step)
    labels = [(height(number * step), f"{number * step:,.{digits}f}") for number in range(first, last + 1)]
    return _Axis(head, x, labels, height, 0.0, 0.0)


def _round_step(step: float) -> float:
    """The least of 1, 2 or 5 times a power of ten that isn't below a step."""
    power = math.pow(10, math.floor(math.log10(step)))
    return next(one * power for one in (1, 2, 5, 10) if one * power >= step * 0.999)


def _draw_axis(canvas: Canvas, axis: _Axis, top: float, last: bool) -> None:
    for y, text in axis.labels:
        if last:
            canvas.line(axis.x, y, axis.x + 4, y, "rule")
            canvas.words(axis.x + 8, y + 4, text, _SIZE)
            continue
        canvas.box(axis.x - axis.half, y - axis.band / 2, 2 * axis.half, axis.band, "quiet")
        canvas.words(axis.x, y + 4, text, _SIZE, align="middle")
    for number, line in enumerate(reversed(axis.head)):
        half = letters.width(line, _SIZE) / 2
        canvas.words(min(axis.x, canvas.width - half), top - 12 - 15 * number, line, _SIZE, align="middle")


def _head(name: str, room: float) -> list[str]:
    """A name in as many lines as it needs, three at most; broken behind a point or an underscore."""
    lines = [""]
    for piece in re.findall(r"[^._]*[._]*", name):
        if lines[-1] and letters.width(lines[-1] + piece, _SIZE) > room:
            lines.append("")
        lines[-1] += piece
    return lines[-3:]


def _short(value: Any) -> str:
    text = printable(label(value))
    if letters.width(text, _SIZE) <= _LONGEST_LABEL:
        return text
    while letters.width(f"{text}…", _SIZE) > _LONGEST_LABEL:
        text = text[:-1]
    return f"{text}…"
