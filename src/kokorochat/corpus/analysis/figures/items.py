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
from kokorochat.corpus.analysis.numbers import counted, rho
from kokorochat.domain.feedback import ITEMS

NAME, FIGURE = "figure-11-items", "Figure 11"
STRONG = 0.6
"""The paper calls a correlation above this strong."""

_LARGEST_CELL = 46
_NAMES = 300.0
"""The most room for the names, in pixels."""
_IN_WORDS = 60
"""The most letters of an item's name in a sentence."""
_FEW = 10
"""The fewest dialogues from which a correlation of items makes a finding."""


def plate(analysis: Analysis, language: Language) -> Plate | Missing:
    """The figure, or why there is none."""
    say = language.say
    subject = say("The items of the questionnaire", "評価項目どうしの相関")
    pairs = {pair: value for pair, value in analysis.item_pairs().items() if value is not None}
    if not pairs:
        reason = say(
            "A correlation needs two items and ratings that differ; this corpus has none.",
            "項目間の相関を求めるには、二つ以上の項目と、異なる評価が必要ですが、このコーパスにはありません。",
        )
        return Missing(NAME, FIGURE, subject, reason)
    names = item_names(analysis.items, language)
    labels = [code if second else first for code, first, second in names]
    spoken = [_spoken(name, language) for name in names]
    strong = sum(value > STRONG for value in pairs.values())
    near, far = max(pairs, key=lambda pair: pairs[pair]), min(pairs, key=lambda pair: pairs[pair])
    nearest, farthest = ((spoken[a], spoken[b], rho(pairs[a, b])) for a, b in (near, far))
    how_many = f"{strong:,} of {len(pairs):,} pairs of items {'correlates' if strong == 1 else 'correlate'}"
    title = say(
        f"{how_many} above .6, the closest with ρ = {nearest[2]}",
        f"{len(pairs):,}組のうち{strong:,}組の相関が.6を超え、最も強い組はρ = {nearest[2]}",
    )
    if not strong:
        title = say(
            f"No two items correlate above .6, the closest with ρ = {nearest[2]}",
            f"相関が.6を超える組はなく、最も強い組でもρ = {nearest[2]}",
        )
    sentence = say(
        f"Closest: {nearest[0]} with {nearest[1]} ({nearest[2]}); least close: {farthest[0]} with {farthest[1]} "
        f"({farthest[2]}).",
        f"最も強いのは{nearest[0]}と{nearest[1]}の相関（{nearest[2]}）、"
        f"最も弱いのは{farthest[0]}と{farthest[1]}の相関（{farthest[2]}）です。",
    )
    if len(pairs) == 1:
        title = say(
            f"{nearest[0]} and {nearest[1]} correlate with ρ = {nearest[2]}",
            f"{nearest[0]}と{nearest[1]}の相関はρ = {nearest[2]}",
        )
        sentence = say("No other two items have a correlation.", "相関を求められる組はこの一つだけです。")
    if analysis.rated < _FEW:
        title = say(
            f"{counted(analysis.rated, 'rated dialogue')}: too few to tell how the items correlate",
            f"評価のある対話が{analysis.rated}と少なく、項目間の相関は判断できない",
        )
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


def _spoken(name: tuple[str, str, str], language: Language) -> str:
    """An item in a sentence: its name, cut if it is long, and the code that the matrix shows."""
    code, first, second = name
    cut = first if len(first) <= _IN_WORDS else f"{first[: _IN_WORDS - 1].rstrip()}…"
    return language.say(f"“{cut}”", f"「{cut}」") + (language.say(f" ({code})", f"（{code}）") if second else "")


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
    widest = max(max(letters.width(first, 12), letters.width(second, 9.5)) for _, first, second in names)
    left = 26.0 if canvas.narrow else min(_NAMES, 28 + widest + 16)
    cell = min(_LARGEST_CELL, (canvas.width - left) / size)
    _draw_scale(canvas, edges, left + size * cell)
    top = canvas.down(22 + cell * size + 4) + 22
    small = max(8.0, min(11.0, cell * 0.5))
    # Where the cells are smaller than the codes, every fifth has its own.
    each = 1 if cell >= 12 else 5
    for column, (code, _, _) in enumerate(names):
        head = code.removeprefix("D") if canvas.narrow else code
        if (column + 1) % each == 0:
            canvas.words(left + (column + 0.5) * cell, top - 6, head, small, "faint", align="middle")
    for row, (code, first, second) in enumerate(names):
        y = top + row * cell
        if canvas.narrow:
            if (row + 1) % each == 0:
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

    if canvas.narrow:
        _draw_key(canvas, names)


def _draw_name(canvas: Canvas, y: float, cell: float, code: str, first: str, second: str) -> None:
    middle = y + cell / 2
    size = min(12.0, cell * 0.8)
    if second:
        canvas.words(0, middle, code, size, "faint")
        canvas.words(28, middle, *_fitting(first, size, _NAMES - 36))
        canvas.words(28, middle + 11, *_fitting(second, 9.5, _NAMES - 36), "faint")
        return
    lines = letters.wrap(first, size, _NAMES - 36)
    most = max(1, int(cell // (size * 1.2)))
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    start = middle + size * 0.36 - (len(lines) - 1) * size * 0.6
    canvas.words(0, start, code, size, "faint")
    for index, line in enumerate(lines):
        canvas.words(28, start + index * size * 1.2, *_fitting(line, size, _NAMES - 36))


def _draw_key(canvas: Canvas, names: list[tuple[str, str, str]]) -> None:
    """What the codes stand for, under the cells of a narrow sheet."""
    canvas.down(12)
    for code, first, _ in names:
        y = canvas.down(17) + 11
        canvas.words(0, y, code, 10.5, "faint")
        canvas.words(30, y, *_fitting(first, 10.5, canvas.width - 30))


def _fitting(text: str, size: float, room: float) -> tuple[str, float]:
    """A name and the size at which it fits into the room: a little smaller if that is enough, else cut."""
    least = size * 0.85
    if letters.width(text, least) <= room:
        return text, min(size, size * room / letters.width(text, size))
    while letters.width(f"{text}…", least) > room:
        text = text[:-1].rstrip()
    return f"{text}…", least


def _draw_scale(canvas: Canvas, edges: list[float], right: float) -> None:
    y = canvas.down(38)
    wide = min(44.0, canvas.width / len(edges))
    start = max(20.0, right - wide * (len(edges) - 1) - 12)
    canvas.words(start - 10, y + 12, "ρ", 12, "faint", align="end")
    for index, (low, high) in enumerate(pairwise(edges)):
        canvas.box(start + index * wide, y + 2, wide - 1, 12, f"step{_step((low + high) / 2, edges)}")
    for index, edge in enumerate(edges):
        canvas.words(start + index * wide, y + 27, rho(edge), 10, "faint", align="middle")
