"""Figure 4: which features of a dialogue go with its score."""

import math
from collections.abc import Callable

from kokorochat.corpus.analysis.analysis import Analysis
from kokorochat.corpus.analysis.figures import letters
from kokorochat.corpus.analysis.figures.canvas import Canvas
from kokorochat.corpus.analysis.figures.plate import Missing, Plate
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.numbers import NONE, interval, p_value, rho
from kokorochat.corpus.correlation import DRAWS, FEWEST_CLUSTERS, Correlation
from kokorochat.corpus.features import FEATURES, Feature

NAME, FIGURE = "figure-4-features", "Figure 4"
LEVEL = 0.05
"""An adjusted p below this is shown as a full dot."""

_LEFT, _RIGHT, _RHO, _LOW, _HIGH = 262.0, 612.0, 664.0, 735.0, 768.0
"""Where the columns of the wide figure stand: the plot's two ends and the right ends of three columns of numbers."""

_Row = tuple[Feature, Correlation, float]


def plate(analysis: Analysis, language: Language) -> Plate | Missing:
    """The figure, or why there is none."""
    say = language.say
    subject = say("Features and the score", "対話の特徴と得点")
    rows: list[_Row] = [(f, test, test.rho) for f in FEATURES if (test := analysis.tests[f.key]).rho is not None]
    rows.sort(key=lambda row: -row[2])
    if not rows:
        reason = say(
            "A correlation needs two dialogues whose scores differ; this corpus has none.",
            "相関を求めるには、得点の異なる対話が二つ以上必要ですが、このコーパスにはありません。",
        )
        return Missing(NAME, FIGURE, subject, reason)
    feature, _, strongest = max(rows, key=lambda row: abs(row[2]))
    found = sum(_sure(test) for _, test, _ in rows)
    tested = any(test.p is not None for _, test, _ in rows)
    title = say(
        f"Of {len(rows)} features, “{feature.english}” goes with the score most closely (ρ = {rho(strongest)})",
        f"{len(rows)}の特徴のうち、得点と最も強く相関するのは「{feature.japanese}」（ρ = {rho(strongest)}）",
    )
    if tested and not found:
        title = say("No feature goes with the score beyond chance", "偶然を超えて得点と相関する特徴はない")
    if not tested:
        clusters = _clusters(analysis, language)
        title = say(
            f"Too few {clusters} to tell which features go with the score",
            f"どの特徴が得点と相関するかを判断するには、{clusters}が少なすぎる",
        )
    description = say(
        "; ".join(f"{f.english} {_in_words(test)}" for f, test, _ in rows),
        "、".join(f"{f.japanese} {_in_words(test)}" for f, test, _ in rows),
    )
    columns = ("feature", "name", "name_japanese", "rho", "low", "high", "p", "p_adjusted", "n", "clusters")
    heads = {
        1 + (language is Language.JAPANESE): say("feature", "特徴"),
        3: "ρ",
        4: say("low", "下限"),
        5: say("high", "上限"),
        7: say("adjusted p", "調整済みp"),
        8: "n",
    }
    table = [
        (f.key, f.english, f.japanese, test.rho, test.low, test.high, test.p, test.p_adjusted, test.n, test.clusters)
        for f, test, _ in rows
    ]
    return Plate(
        NAME,
        FIGURE,
        subject,
        title,
        _sentence(rows, language),
        description,
        _note(analysis, tested, language),
        columns,
        table,
        heads,
        lambda canvas: _draw(canvas, rows, language),
    )


def _sentence(rows: list[_Row], language: Language) -> str:
    (first, _, highest), (last, _, lowest) = rows[0], rows[-1]
    ends = language.say(
        f"From “{first.english}” ({rho(highest)}) to “{last.english}” ({rho(lowest)}).",
        f"最も高いのは「{first.japanese}」（{rho(highest)}）、最も低いのは「{last.japanese}」（{rho(lowest)}）です。",
    )
    up = sum(_sure(test) and strength > 0 for _, test, strength in rows)
    down = sum(_sure(test) and strength < 0 for _, test, strength in rows)
    if not up + down:
        return ends
    return language.say(
        f"Beyond chance (adjusted p below .05), {up or 'no'} {'feature goes' if up == 1 else 'features go'} with "
        f"higher scores and {down or 'none'} with lower ones. {ends}",
        f"偶然を超える相関（調整済みp < .05）は、正が{up}件、負が{down}件です。{ends}",
    )


def _note(analysis: Analysis, tested: bool, language: Language) -> str:
    say = language.say
    n = max(test.n for test in analysis.tests.values())
    clusters = _clusters(analysis, language)
    start = say(f"Spearman’s ρ with the score, n = {n:,} dialogues", f"得点とのスピアマンのρ、n = {n:,}対話")
    if not tested:
        return say(
            f"{start}. With fewer than {FEWEST_CLUSTERS} {clusters} there is no interval and no p.",
            f"{start}。{clusters}が{FEWEST_CLUSTERS}未満のため、区間とp値は求めません。",
        )
    return say(
        f"{start}; lines: 95 % intervals from {DRAWS:,} bootstrap draws of {analysis.clusters:,} {clusters}; "
        "p adjusted by Holm over all features; ring: adjusted p of .05 or more.",
        f"{start}。線は95 %区間（{analysis.clusters:,}の{clusters}を単位とする{DRAWS:,}回のブートストラップ）、"
        "pは全特徴にわたりホルム法で調整、白丸は調整済みpが.05以上。",
    )


def _in_words(test: Correlation) -> str:
    return f"{rho(test.rho)} {interval(test.low, test.high)}" if test.low is not None else rho(test.rho)


def _clusters(analysis: Analysis, language: Language) -> str:
    return language.say("clients", "相談者") if analysis.by_client else language.say("dialogues", "対話")


def _sure(test: Correlation) -> bool:
    return test.p_adjusted is not None and test.p_adjusted < LEVEL


def _draw(canvas: Canvas, rows: list[_Row], language: Language) -> None:
    room = 48 if canvas.narrow else 29
    place = _axis(canvas, rows, room, language)
    for feature, test, strength in rows:
        y = canvas.down(room)
        name = language.say(feature.english, feature.japanese)
        if canvas.narrow:
            middle = y + 28
            canvas.words(0, y + 14, name, 12.5)
            end = canvas.width
            _draw_interval(canvas, test, end - letters.width(f" {rho(-0.88)}]", 12), end, y + 14)
            start = end - letters.width(f"  [{rho(-0.88)}, {rho(-0.88)}]", 12)
            canvas.words(start if test.low is not None else end, y + 14, rho(strength), 12, align="end")
        else:
            middle = y + room / 2
            canvas.words(0, middle + 5, name, 13)
            canvas.words(_RHO, middle + 5, rho(strength), 13, align="end")
            _draw_interval(canvas, test, _LOW, _HIGH, middle + 5)
            canvas.words(canvas.width, middle + 5, p_value(test.p_adjusted), 12, "faint", align="end")
        if test.low is not None and test.high is not None:
            canvas.line(place(test.low), middle, place(test.high), middle, "accent", 2)
        canvas.dot(place(strength), middle, 5, "accent", hollow=test.p is not None and not _sure(test))


def _draw_interval(canvas: Canvas, test: Correlation, low: float, high: float, y: float) -> None:
    """The two ends of an interval, each with its digits below those of the other rows; low and high are right ends."""
    if test.low is None or test.high is None:
        if not canvas.narrow:
            canvas.words(high, y, NONE, 12, "faint", align="end")
        return
    canvas.words(low, y, f"[{rho(test.low)},", 12, "faint", align="end")
    canvas.words(high, y, f"{rho(test.high)}]", 12, "faint", align="end")


def _axis(canvas: Canvas, rows: list[_Row], room: float, language: Language) -> Callable[[float], float]:
    """The heads, and lines at round values; gives where a value lies from left to right.

    Args:
        room: the height of a row. On a narrow sheet its upper half is for words, where no line may cross them.
    """
    say = language.say
    ends = [value for _, test, strength in rows for value in (test.low, test.high, strength) if value is not None]
    least, most = math.floor(min([*ends, -0.05]) * 10) / 10, math.ceil(max([*ends, 0.05]) * 10) / 10
    left, right = (0.0, canvas.width) if canvas.narrow else (_LEFT, _RIGHT)

    def place(value: float) -> float:
        return left + 16 + (right - left - 32) * (value - least) / (most - least)

    head = canvas.down(48)
    tops = [head + 48 + room * row for row in range(len(rows))]
    spans = [(top + 20, top + 36) for top in tops] if canvas.narrow else [(head + 44, tops[-1] + room)]
    canvas.words(left, head + 12, say("← lower score", "← 得点が低い"), 11, "faint")
    canvas.words(right, head + 12, say("higher score →", "得点が高い →"), 11, "faint", align="end")
    step = next(step for step in (0.1, 0.2, 0.5) if most - least <= 8 * step or step == 0.5)
    for number in range(math.ceil(round(least / step, 6)), math.floor(round(most / step, 6)) + 1):
        x = place(number * step)
        for top, end in spans:
            canvas.line(x, top, x, end, "soft" if number else "rule")
        canvas.words(x, head + 37, rho(number * step, 1) if number else "0", 11, "faint", align="middle")
    if not canvas.narrow:
        canvas.words(_RHO, head + 37, "ρ", 12, "faint", align="end")
        canvas.words(_HIGH, head + 37, say("95 % interval", "95 %区間"), 11, "faint", align="end")
        canvas.words(canvas.width, head + 37, say("adjusted p", "調整済みp"), 11, "faint", align="end")
    return place
