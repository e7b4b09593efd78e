"""Figure 3: how the scores are distributed, with mean and median."""

from kokorochat.corpus.analysis.analysis import Analysis
from kokorochat.corpus.analysis.figures import letters
from kokorochat.corpus.analysis.figures.canvas import Canvas
from kokorochat.corpus.analysis.figures.plate import Missing, Plate
from kokorochat.corpus.analysis.histogram import Histogram
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.numbers import counted, number

NAME, FIGURE = "figure-3-scores", "Figure 3"
_TALL, _TALL_NARROW = 250, 190
_WIDEST, _WIDEST_NARROW = 120.0, 60.0
"""The most room for one bin: a corpus with few different scores has no bars like walls."""
_EVEN = 0.1
"""A skewness within this of zero is called even."""


def plate(analysis: Analysis, language: Language) -> Plate | Missing:
    """The figure, or why there is none."""
    say = language.say
    subject = say("Scores", "得点の分布")
    histogram = analysis.histogram
    mean, median = histogram.mean, histogram.median
    if mean is None or median is None:
        reason = say(
            "No dialogue of this corpus carries a client’s score.", "このコーパスの対話には、相談者の評価がありません。"
        )
        return Missing(NAME, FIGURE, subject, reason)
    middle = float(median)
    n, lowest, highest = histogram.n, histogram.lowest, histogram.highest
    measures = [
        (say("mean", "平均は"), mean),
        (say("median", "中央値は"), middle),
        (say("standard deviation", "標準偏差は"), histogram.deviation),
        (say("skewness", "歪度は"), histogram.skewness),
    ]
    told = [say(f"{name} {number(value)}", f"{name}{number(value)}") for name, value in measures if value is not None]
    sentence = say(
        f"{counted(n, 'dialogue')} with a score, {lowest} to {highest}: {', '.join(told)}.",
        f"得点（{lowest}〜{highest}点）のある{n:,}対話の{'、'.join(told)}です。",
    )
    description = ", ".join(f"{bin.label}: {bin.count:,}" for bin in histogram.bins)
    note = say(
        f"Dialogues in each bin of the client’s score, n = {histogram.n:,}.",
        f"得点の区間ごとの対話数、n = {histogram.n:,}。",
    )
    rows = [(bin.first, bin.last, bin.count, round(100 * bin.count / histogram.n, 4)) for bin in histogram.bins]
    lines = sorted(((mean, say("mean", "平均")), (middle, say("median", "中央値"))))
    if number(mean) == number(middle):
        lines = [(middle, say("mean and median", "平均と中央値"))]
    return Plate(
        NAME,
        FIGURE,
        subject,
        _title(histogram, middle, language),
        sentence,
        description,
        note,
        ("from", "to", "dialogues", "percent"),
        rows,
        {0: say("from", "から"), 1: say("to", "まで"), 2: say("dialogues", "対話数"), 3: say("percent", "割合（%）")},
        lambda canvas: _draw(canvas, histogram, lines, language),
    )


def _title(histogram: Histogram, median: float, language: Language) -> str:
    value = number(round(median)) if median.is_integer() else number(median, 1)
    skewness, say = histogram.skewness, language.say
    if skewness is None:
        return say(f"Every score is {value}", f"得点はすべて{value}点")
    if median == histogram.lowest:
        return say(f"Half the scores or more are the lowest, {value}", f"半数以上が最低の{value}点")
    if median == histogram.highest:
        return say(f"Half the scores or more are the highest, {value}", f"半数以上が最高の{value}点")
    english, japanese = "about as far above it as below", "その上下に同じように広がる"
    if abs(skewness) > _EVEN:
        side = ("low", "低い") if skewness < 0 else ("high", "高い")
        english, japanese = f"with the longer tail among the {side[0]} ones", f"裾は{side[1]}側に長い"
    return say(f"Half the scores are {value} or more, {english}", f"中央値は{value}点で、{japanese}")


def _draw(canvas: Canvas, histogram: Histogram, lines: list[tuple[float, str]], language: Language) -> None:
    tall = _TALL_NARROW if canvas.narrow else _TALL
    size = 10.5 if canvas.narrow else 12
    top = canvas.down(62 + tall + 44) + 62
    foot = top + tall
    step = min(canvas.width / len(histogram.bins), _WIDEST_NARROW if canvas.narrow else _WIDEST)
    most = max(bin.count for bin in histogram.bins)
    for index, bin in enumerate(histogram.bins):
        x, height = index * step, (tall - 16) * bin.count / most
        canvas.box(x + step * 0.06, foot - height, step * 0.88, height, "accent")
        canvas.words(x + step / 2, foot - height - 5, f"{bin.count:,}", size, align="middle")
        label = f"{bin.first}" if canvas.narrow else bin.label
        canvas.words(x + step / 2, foot + 16, label, size, "faint", align="middle")
    canvas.line(0, foot, canvas.width, foot, "rule")
    axis = language.say("score", "得点")
    if canvas.narrow and histogram.bins[0].first < histogram.bins[0].last:
        axis = language.say("score, from", "得点（区間の下端）")
    canvas.words(canvas.width, foot + 36, axis, size, "faint", align="end")
    canvas.words(0, top - 50, language.say("dialogues", "対話数"), size, "faint")
    places = [_place(value, histogram) for value, _ in lines]
    # The lines stop for the number on the bar, and a gap on both sides sets them off from it.
    for place in places:
        head = foot - (tall - 16) * histogram.bins[int(place)].count / most
        canvas.line(place * step, head, place * step, foot, "ground", 5)
    for (value, name), place, align in zip(lines, places, ("end", "start"), strict=False):
        x, dashed = place * step, align == "start"
        head = foot - (tall - 16) * histogram.bins[int(place)].count / most
        words = f"{name} {number(value)}"
        room = x - 5 if align == "end" else canvas.width - x - 5
        inside = letters.width(words, size + 0.5) <= room
        # A label that would leave the sheet stands on the other side of its line, above the other label.
        y = top - 17 if inside else top - 33
        canvas.line(x, y - 9, x, head - size - 7, "warm", 1.5, dashed)
        canvas.line(x, head, x, foot, "warm", 1.5, dashed)
        side = align if inside else {"end": "start", "start": "end"}[align]
        canvas.words(x + (5 if side == "start" else -5), y, words, size + 0.5, "warm", align=side)


def _place(score: float, histogram: Histogram) -> float:
    """Where a score lies among the bins, in bins: a whole number is in the middle of what it has of its bin."""
    last = len(histogram.bins) - 1
    index = next((i for i, bin in enumerate(histogram.bins) if score < bin.last + 0.5), last)
    bin = histogram.bins[index]
    return index + (score - bin.first + 0.5) / (bin.last - bin.first + 1)
