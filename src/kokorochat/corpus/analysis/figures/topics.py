"""Figure 2: what the dialogues are about, with the words that set each topic apart."""

from kokorochat.corpus.analysis.analysis import Analysis
from kokorochat.corpus.analysis.figures import letters
from kokorochat.corpus.analysis.figures.canvas import Canvas
from kokorochat.corpus.analysis.figures.plate import Missing, Plate
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.numbers import counted
from kokorochat.domain.topic import TopicClass

NAME, FIGURE = "figure-2-topics", "Figure 2"
_LEADING = 3


def plate(analysis: Analysis, language: Language) -> Plate | Missing:
    """The figure, or why there is none."""
    say = language.say
    subject = say("Topics", "相談の話題")
    topics = [(TopicClass(t["topic"]), t["count"], t["percent"]) for t in analysis.statistics["topics"]]
    if not topics:
        reason = say(
            "The dialogues of this corpus carry no topic of the eleven classes.",
            "このコーパスの対話には、11分類の話題が付いていません。",
        )
        return Missing(NAME, FIGURE, subject, reason)
    n = sum(count for _, count, _ in topics)
    leading = topics[:_LEADING]
    share = sum(percent for _, _, percent in leading)
    english = [topic.value.replace(" Issues", "") for topic, _, _ in leading]
    japanese = "」「".join(topic.japanese for topic, _, _ in leading)
    title = say(
        f"The most frequent topics make up {share:.0f} % of the dialogues: {', '.join(english)}",
        f"多いのは「{japanese}」で、対話の{share:.0f} %を占める",
    )
    if len(topics) <= _LEADING:
        title = say(f"All dialogues are about: {', '.join(english)}", f"話題はすべて「{japanese}」")
    (most, many, largest), (rarest, few, _) = topics[0], topics[-1]
    sentence = say(
        f"{most.value} lead with {largest:.1f} % ({counted(many, 'dialogue')}); the rarest topic, {rarest.value}, has "
        f"{few:,}.",
        f"最多は「{most.japanese}」の{largest:.1f} %（{many:,}対話）、最少は「{rarest.japanese}」の{few:,}対話です。",
    )
    if many == few:
        sentence = say(
            f"{counted(many, 'dialogue')} {'each' if len(topics) > 1 else 'in all'}.",
            f"{'それぞれ' if len(topics) > 1 else 'あわせて'}{many:,}対話です。",
        )
    description = say(
        ", ".join(f"{topic.value} {percent:.1f} %" for topic, _, percent in topics),
        "、".join(f"{topic.japanese} {percent:.1f} %" for topic, _, percent in topics),
    )
    any_terms = any(analysis.terms.get(topic) for topic, _, _ in topics)
    about_terms = say(
        " Beside each bar: the words by which this topic’s short descriptions differ most from all others’, "
        "counted in this corpus.",
        "棒の右の語は、このコーパスの短い説明のなかで、その話題を他の話題から最もよく分けるものです。",
    )
    note = say(
        f"Share and number of the dialogues with a topic, n = {n:,}.",
        f"話題の付いた対話に占める割合と対話数、n = {n:,}。",
    ) + (about_terms if any_terms else "")
    rows = [
        (topic.value, topic.japanese, count, round(percent, 4), " ".join(analysis.terms.get(topic, [])))
        for topic, count, percent in topics
    ]

    def draw(canvas: Canvas) -> None:
        longest = max(percent for _, _, percent in topics)
        for topic, count, percent in topics:
            first, second = language.names(topic.value, topic.japanese)
            terms = analysis.terms.get(topic, [])
            value = f"{percent:.1f} %"
            if canvas.narrow:
                _narrow_row(canvas, first, second, value, count, percent / longest, terms)
            else:
                _wide_row(canvas, first, second, value, count, percent / longest, terms)

    columns = ("topic", "topic_japanese", "dialogues", "percent", "terms")
    names = {0: "topic", 1: "話題"} if language is Language.ENGLISH else {1: "話題", 0: "topic"}
    heads = names | {
        2: say("dialogues", "対話数"),
        3: say("percent", "割合（%）"),
        4: say("characteristic words", "特徴的な語"),
    }
    return Plate(NAME, FIGURE, subject, title, sentence, description, note, columns, rows, heads, draw)


def _wide_row(canvas: Canvas, first: str, second: str, value: str, count: int, length: float, terms: list[str]) -> None:
    left, longest, words_at = 222, 300, 660
    y = canvas.down(36)
    canvas.words(0, y + 14, first, 13)
    canvas.words(0, y + 28, second, 10.5, "faint")
    canvas.box(left, y + 5, longest * length, 20, "accent")
    at = left + longest * length + 8
    canvas.words(at, y + 20, value, 13)
    canvas.words(at + letters.width(value, 13) + 8, y + 20, f"{count:,}", 11, "faint")
    canvas.words(words_at, y + 20, _fitting(terms, 11, canvas.width - words_at), 11, "faint")


def _narrow_row(
    canvas: Canvas, first: str, second: str, value: str, count: int, length: float, terms: list[str]
) -> None:
    y = canvas.down(62 if terms else 50)
    canvas.words(0, y + 14, first, 13)
    canvas.words(0, y + 28, second, 11, "faint")
    canvas.words(canvas.width, y + 14, value, 13, align="end")
    canvas.words(canvas.width, y + 28, f"{count:,}", 11, "faint", align="end")
    canvas.box(0, y + 34, canvas.width * length, 8, "accent")
    if terms:
        canvas.words(0, y + 54, _fitting(terms, 10.5, canvas.width), 10.5, "faint")


def _fitting(terms: list[str], size: float, room: float) -> str:
    """As many terms as there is room for, none cut."""
    line = ""
    for term in terms:
        longer = f"{line}  {term}" if line else term
        if letters.width(longer, size) > room:
            break
        line = longer
    return line
