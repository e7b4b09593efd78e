"""Figure 11: how the items of the clients' questionnaire correlate with each other."""

import math
from collections.abc import Sequence
from itertools import pairwise

from kokorochat.corpus.analysis.analysis import Analysis
from kokorochat.corpus.analysis.figures import letters
from kokorochat.corpus.analysis.figures.canvas import Canvas
from kokorochat.corpus.analysis.figures.palette import SEQUENCE
from kokorochat.corpus.analysis.figures.plate import Missing, Plate
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.numbers import rho
from kokorochat.domain.feedback import ITEMS

NAME, FIGURE = "figure-11-items", "Figure 11"
STRONG = 0.6
"""The paper calls a correlation above this strong."""

_LARGEST_CELL = 46
_NAMES = 300.0
"""The most room for the names, in pixels."""


def plate(analysis: Analysis, language: Language) -> Plate | Missing:
    """The figure, or why there is none."""
    say = language.say
    subject = say("The items of the questionnaire", "評価項目どうしの相関")
    pairs = {pair: value for pair, value in analysis.item_pairs().items() if value is not None}
    if not pairs:
        reason = say(
            "A correlation of items needs a questionnaire of two or more, and ratings that differ.",
            "項目間の相関を求めるには、二つ以上の項目と、異なる評価が必要ですが、このコーパスにはありません。",
        )
        return Missing(NAME, FIGURE, subject, reason)
    names = item_names(analysis.items, language)
    labels = [code if second else first for code, first, second in names]
    strong = sum(value > STRONG for value in pairs.values())
    near, far = max(pairs, key=lambda pair: pairs[pair]), min(pairs, key=lambda pair: pairs[pair])
    nearest, farthest = ((labels[a], labels[b], rho(pairs[a, b])) for a, b in (near, far))
    title = say(
        f"{strong:,} of {len(pairs):,} pairs of items correlate above .6, most closely {nearest[0]} and {nearest[1]} "
        f"({nearest[2]})",
        f"{len(pairs):,}組のうち{strong:,}組の相関が.6を超え、最も強いのは{nearest[0]}と{nearest[1]}（{nearest[2]}）",
    )
    sentence = say(
        f"The correlations go from {farthest[2]} ({farthest[0]} with {farthest[1]}) to {nearest[2]} ({nearest[0]} with "
        f"{nearest[1]}).",
        f"相関は{farthest[2]}（{farthest[0]}と{farthest[1]}）から{nearest[2]}（{nearest[0]}と{nearest[1]}）までです。",
    )
    if len(pairs) == 1:
        title = say(
            f"“{nearest[0]}” and “{nearest[1]}” correlate with ρ = {nearest[2]}",
            f"「{nearest[0]}」と「{nearest[1]}」の相関はρ = {nearest[2]}",
        )
        sentence = say("The questionnaire has these two items alone.", "評価項目はこの二つだけです。")
    description = "; ".join(f"{labels[a]}–{labels[b]} {rho(value)}" for (a, b), value in pairs.items())
    note = say(
        f"Spearman’s ρ of each two items, n = {analysis.rated:,} dialogues.",
        f"二項目間のスピアマンのρ、n = {analysis.rated:,}対話。",
    )
    edges = _edges(list(pairs.values()))
    heads = {0: say("item", "項目")} | {3 + index: label for index, label in enumerate(labels)}
    if any(second for _, _, second in names):
        heads |= {1: say("in words", "項目名"), 2: language.names("English", "日本語")[1]}
    rows = [(label, *name[1:], *row) for label, name, row in zip(labels, names, analysis.item_spearman, strict=True)]
    return Plate(
        NAME,
        FIGURE,
        subject,
        title,
        sentence,
        description,
        note,
        ("item", "name", "name_japanese", *labels),
        rows,
        heads,
        lambda canvas: _draw(canvas, names, analysis.item_spearman, edges),
    )


def item_names(items: Sequence[str], language: Language) -> list[tuple[str, str, str]]:
    """Of each item its code and its two names, that in the language first; one name alone for a corpus' own items."""
    known = {item.key: (item.code, *language.names(item.english, item.japanese)) for item in ITEMS}
    return [known.get(key, (str(number), key.replace("_", " "), "")) for number, key in enumerate(items, start=1)]


def _edges(values: list[float]) -> list[float]:
    """The borders of at most eight steps of equal width that hold all values; the widths are .05, .1, .2 or .25."""
    for width in (0.05, 0.1, 0.2, 0.25):
        first = min(math.floor(round(min(values) / width, 6)), round(1 / width) - 1)
        last = max(first + 1, math.ceil(round(max(values) / width, 6)))
        if last - first <= SEQUENCE or width == 0.25:
            return [edge * width for edge in range(first, last + 1)]
    raise AssertionError("correlations lie within eight steps of .25")


def _step(value: float, edges: list[float]) -> int:
    """The colour of a value, 0 to 7: the steps that are there are spread over all colours."""
    inside = sum(value >= edge - 1e-9 for edge in edges[1:-1])
    steps = len(edges) - 1
    return SEQUENCE - steps + inside if steps <= SEQUENCE else inside


def _draw(
    canvas: Canvas, names: list[tuple[str, str, str]], matrix: list[list[float | None]], edges: list[float]
) -> None:
    size = len(names)
    widest = max(max(letters.width(first, 11), letters.width(second, 8.5)) for _, first, second in names)
    left = 26.0 if canvas.narrow else min(_NAMES, 28 + widest + 16)
    cell = min(_LARGEST_CELL, (canvas.width - left) / size)
    _draw_scale(canvas, edges, left + size * cell)
    top = canvas.down(22 + cell * size + 4) + 22
    small = min(11.0, cell * 0.5)
    for column, (code, _, _) in enumerate(names):
        head = code.removeprefix("D") if canvas.narrow else code
        canvas.words(left + (column + 0.5) * cell, top - 6, head, small, "faint", align="middle")
    for row, (code, first, second) in enumerate(names):
        y = top + row * cell
        if canvas.narrow:
            canvas.words(0, y + cell / 2 + small * 0.36, code, small, "faint")
        else:
            _draw_name(canvas, y, cell, code, first, second)
        for column in range(size):
            value = matrix[row][column]
            x = left + column * cell
            if row == column or value is None:
                canvas.box(x, y, cell - 1, cell - 1, "quiet")
                continue
            step = _step(value, edges)
            canvas.box(x, y, cell - 1, cell - 1, f"step{step}")
            if cell >= 24:
                text = min(14.0, cell * 0.4)
                canvas.words(
                    x + (cell - 1) / 2, y + cell / 2 + text * 0.34, rho(value), text, f"on-step{step}", align="middle"
                )


def _draw_name(canvas: Canvas, y: float, cell: float, code: str, first: str, second: str) -> None:
    middle = y + cell / 2
    canvas.words(0, middle + (0 if second else 4), code, 11, "faint")
    canvas.words(28, middle + (0 if second else 4), first, _fitting(first, 11))
    if second:
        canvas.words(28, middle + 11, second, _fitting(second, 8.5), "faint")


def _fitting(text: str, size: float) -> float:
    """The size at which a name does not run into the cells."""
    return min(size, size * (_NAMES - 36) / letters.width(text, size))


def _draw_scale(canvas: Canvas, edges: list[float], right: float) -> None:
    y = canvas.down(38)
    wide = min(44.0, canvas.width / len(edges))
    start = max(20.0, right - wide * (len(edges) - 1) - 12)
    canvas.words(start - 10, y + 12, "ρ", 12, "faint", align="end")
    for index, (low, high) in enumerate(pairwise(edges)):
        canvas.box(start + index * wide, y + 2, wide - 1, 12, f"step{_step((low + high) / 2, edges)}")
    for index, edge in enumerate(edges):
        canvas.words(start + index * wide, y + 27, rho(edge), 10, "faint", align="middle")
