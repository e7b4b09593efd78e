"""The page `index.html`: one file that needs nothing from outside, with every figure, its numbers and its words."""

from collections.abc import Sequence
from html import escape

from kokorochat import __version__
from kokorochat.corpus.analysis import table3
from kokorochat.corpus.analysis.analysis import Analysis
from kokorochat.corpus.analysis.figures.plate import NARROW, WIDE, Missing, Plate
from kokorochat.corpus.analysis.figures.svg import inline_svg, letter_shapes
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.numbers import compact, counted, number
from kokorochat.corpus.analysis.page.markup import Markup, csv_bytes, csv_link
from kokorochat.corpus.analysis.page.method import method
from kokorochat.corpus.analysis.page.skeleton import Entry, whole_page
from kokorochat.corpus.analysis.readings import Reading
from kokorochat.corpus.features import FEATURES


def page(
    analysis: Analysis, plates: Sequence[Plate | Missing], readings: Sequence[Reading], language: Language
) -> bytes:
    """The page's bytes.

    Args:
        plates: the figures in the order of the page.
        readings: what the paper reads off them.
    """
    return _Page(analysis, plates, readings, language).html().encode()


class _Page:
    def __init__(
        self, analysis: Analysis, plates: Sequence[Plate | Missing], readings: Sequence[Reading], language: Language
    ) -> None:
        self._analysis, self._plates, self._readings, self._language = analysis, plates, readings, language
        self._say, self._markup = language.say, Markup(language)
        self._sheets = {
            (plate.name, width): plate.sheet(width, titled=False)
            for plate in plates
            if isinstance(plate, Plate)
            for width in (WIDE, NARROW)
        }

    def html(self) -> str:
        say = self._say
        name = self._name()
        sections = [self._table_3(), *map(self._figure, self._plates), self._features()]
        if self._analysis.histogram.n:
            sections.append(self._method())
        return whole_page(
            self._language,
            title=say(f"{name} in figures", f"図で見る{name}"),
            brand=say("Analysis of a counseling corpus", "カウンセリング対話コーパスの分析"),
            skip=say("To the figures", "本文へ"),
            lead=self._markup.text(self._lead()),
            facts=self._facts(),
            contents=self._contents(),
            sections=sections,
            footer=self._footer(),
            letters=letter_shapes(self._sheets.values()),
        )

    @property
    def _is_own(self) -> bool:
        """Whether the corpus is somebody's own, which has no name of its own."""
        return self._analysis.source.format == "chat"

    def _name(self) -> str:
        """The corpus' name."""
        return self._say("Your corpus", "手元のコーパス") if self._is_own else self._analysis.source.name

    def _lead(self) -> str:
        say, statistics, histogram = self._say, self._analysis.statistics, self._analysis.histogram
        dialogues, utterances = statistics["dialogues"], statistics["utterances"]["total"]
        lead = say(
            f"{counted(dialogues, 'dialogue')} with {counted(utterances, 'utterance')}",
            f"{dialogues:,}対話、{utterances:,}発言。",
        )
        if not histogram.n:
            lead += say(
                ". This corpus carries no client’s score, so what needs one is left out.",
                "相談者の評価がないコーパスのため、評価を要する図は省いています。",
            )
        elif statistics["topics"]:
            lead += say(
                ": what they are about, how their clients rated them, and what goes with a high rating.",
                "何が相談され、相談者がどう評価し、高い評価には何が伴うのかを示します。",
            )
        else:
            lead += say(
                ": how their clients rated them, and what goes with a high rating.",
                "相談者がどう評価し、高い評価には何が伴うのかを示します。",
            )
        if 0 < histogram.n < statistics["dialogues"]:
            lead += say(f" A score was given in {histogram.n:,} of them.", f"評価があるのは{histogram.n:,}対話です。")
        released = self._analysis.source.released
        if released is not None and statistics["dialogues"] < released:
            lead += say(f" The whole release has {released:,}.", f"公開されているのは{released:,}対話です。")
        if self._readings:
            holding, of = sum(reading.holds for reading in self._readings), len(self._readings)
            lead += say(
                f" Of {counted(of, 'thing')} that the KokoroChat paper reads off its tables and figures, "
                f"{f'{holding} hold' if holding > 1 else 'one holds' if holding else 'none holds'} here.",
                f"KokoroChatの論文が表や図から読み取った{of}件のうち、"
                + (f"{holding}件がここでも成り立ちます。" if holding else "ここで成り立つものはありません。"),
            )
        return lead

    def _facts(self) -> list[tuple[str, str]]:
        say, statistics, histogram = self._say, self._analysis.statistics, self._analysis.histogram
        minutes = self._analysis.spreads["minutes"].median
        facts = [
            (number(statistics["dialogues"]), say("dialogues" if statistics["dialogues"] > 1 else "dialogue", "対話")),
            (
                number(statistics["utterances_per_dialogue"]["total"], 1),
                say("utterances (mean)", "発言（平均）"),
            ),
        ]
        if statistics["speakers"]["total"]:
            facts.append((number(statistics["speakers"]["total"]), say("speakers", "話者")))
        if minutes is not None:
            facts.append((number(minutes, 0), say("minutes (median)", "分（中央値）")))
        if histogram.median is not None:
            facts.append((f"{float(histogram.median):g}", say("score (median)", "得点（中央値）")))
        return facts

    def _contents(self) -> list[Entry]:
        entries = [(table3.NAME, self._figure_name("Table 3"), self._say("How large it is", "規模"))]
        entries += [(plate.name, self._figure_name(plate.figure), plate.subject) for plate in self._plates]
        entries.append(("features", "", self._say("What each feature is", "特徴の定義")))
        if self._analysis.histogram.n:
            entries.append(("method", "", self._say("How this was computed", "計算の方法")))
        return entries

    def _figure_name(self, figure: str) -> str:
        """`Figure 3` in the page's language."""
        return self._say(figure, figure.replace("Figure ", "図").replace("Table ", "表"))

    def _table_3(self) -> str:
        say, text = self._say, self._markup.text
        rows = table3.table_3(self._analysis.statistics, self._language)
        heads = say("in all", "全体"), say("counselor", "相談員"), say("client", "相談者")
        body = "".join(
            f'<tr><th scope="row">{text(row.name)}</th>'
            + "".join(
                f'<td class="number">{value}{f"<span>{paper}</span>" if paper else ""}</td>'
                for value, paper in zip(row.texts, row.paper, strict=True)
            )
            + "</tr>"
            for row in rows
        )
        columns = "".join(f'<th scope="col" class="number">{escape(head)}</th>' for head in heads)
        caption = say("Table 3: how large the corpus is", "表3：コーパスの規模")
        agreement = ""
        if self._analysis.is_release:
            agreeing = sum(row.agrees for row in rows)
            agreement = say(
                f" {agreeing} of {len(rows)} rows agree with them to the digit.",
                f"{len(rows)}行のうち{agreeing}行が最後の桁まで一致します。",
            )
        under = say(
            "The small numbers are those that the paper prints of KokoroChat.",
            "小さな数字は、論文に記されたKokoroChatの値です。",
        )
        files = self._files([f"{table3.NAME}.csv"], table3_csv(self._analysis, self._language))
        return (
            f'<section id="{table3.NAME}"><p class="label">{self._figure_name("Table 3")} · '
            f"{escape(say('How large it is', '規模'))}</p><h2>{text(self._size())}</h2>"
            f'<div class="scroll count" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
            f"<thead><tr><td></td>{columns}</tr></thead><tbody>{body}</tbody></table></div>"
            f"{self._markup.paragraph(under + agreement, 'faint')}{self._reading_list('Table 3')}{files}</section>"
        )

    def _size(self) -> str:
        """Table 3 in one line."""
        statistics = self._analysis.statistics
        dialogues, people = statistics["dialogues"], statistics["speakers"]["total"]
        mean = number(statistics["utterances_per_dialogue"]["total"], 1)
        by = (f" of {counted(people, 'speaker')}", f"{people:,}人による") if people else ("", "")
        each = (f", {mean} utterances per dialogue", f"、一対話平均{mean}発言") if dialogues > 1 else ("", "")
        return self._say(f"{counted(dialogues, 'dialogue')}{by[0]}{each[0]}", f"{by[1]}{dialogues:,}対話{each[1]}")

    def _figure(self, plate: Plate | Missing) -> str:
        text = self._markup.text
        named = self._figure_name(plate.figure)
        if isinstance(plate, Missing):
            label = f"{named} · {self._say('not shown', '図なし')}"
            return (
                f'<section id="{plate.name}"><p class="label">{text(label)}</p>'
                f'<h2>{text(plate.subject)}</h2><p class="missing">{text(plate.reason)}</p></section>'
            )
        head = f'<section id="{plate.name}"><p class="label">{text(f"{named} · {plate.subject}")}</p>'
        pictures = "".join(
            inline_svg(self._sheets[plate.name, width], plate.name, kind, plate.title, plate.description)
            for width, kind in ((WIDE, "wide"), (NARROW, "narrow"))
        )
        summary = self._say("The numbers as a table", "数値を表で見る")
        files = [f"{plate.name}.{kind}" for kind in ("csv", "svg", "png")]
        return (
            f"{head}<h2>{text(plate.title)}</h2>"
            f"<figure>{pictures}<figcaption>{text(plate.note)}</figcaption></figure>"
            f"{self._markup.paragraph(plate.sentence)}{self._reading_list(plate.figure)}"
            f"<details><summary>{escape(summary)}</summary>"
            f"{self._markup.table(list(plate.heads.values()), plate.table(), plate.subject)}</details>"
            f"{self._files(files, csv_bytes(plate.columns, plate.rows))}</section>"
        )

    def _reading_list(self, figure: str) -> str:
        text, say = self._markup.text, self._say
        items = []
        for reading in self._readings:
            if reading.figure == figure:
                verdict = say("holds", "成り立つ") if reading.holds else say("does not hold", "成り立たない")
                kind = "verdict" if reading.holds else "verdict no"
                paper, here = text(say("paper: ", "論文：") + reading.paper), say("here: ", "ここでは：")
                items.append(
                    f'<li><span class="{kind}">{escape(verdict)}</span><div>{self._markup.paragraph(reading.claim)}'
                    f'<p class="pair"><span>{paper}</span> <span>{escape(here)}<b>{text(reading.ours)}</b></span></p>'
                    "</div></li>"
                )
        if not items:
            return ""
        head = say("What the paper reads off it", "論文が読み取ったこと")
        return f'<h3>{escape(head)}</h3><ul class="readings">{"".join(items)}</ul>'

    def _files(self, names: Sequence[str], data: bytes) -> str:
        """Links to what lies beside the page; the CSV, which comes first, is in the page itself."""
        links = [csv_link(names[0], data), *(f'<a href="{escape(name)}">{escape(name)}</a>' for name in names[1:])]
        return f'<p class="files">{" · ".join(links)}</p>'

    def _features(self) -> str:
        say, text = self._say, self._markup.text
        entries = []
        for feature in FEATURES:
            spread = self._analysis.spreads[feature.key]
            low, median, high = (compact(value) for value in (spread.low_quartile, spread.median, spread.high_quartile))
            unit = say(f" {feature.unit}", _UNITS[feature.unit]) if feature.unit != "share" else ""
            half = say(f", the middle half {low} to {high}", f"、中央の半数は{low}〜{high}") if low != high else ""
            values = say(
                f"Median {median}{unit}{half}; n = {spread.n:,}.", f"中央値{median}{unit}{half}、n = {spread.n:,}。"
            )
            if not spread.n:
                values = say("No dialogue of this corpus has it.", "このコーパスの対話にはありません。")
            entries.append(
                f"<dt>{text(say(feature.english, feature.japanese))} <code>{feature.key}</code></dt>"
                f"<dd>{text(say(feature.meaning, feature.meaning_japanese))} "
                f'<span class="faint">{text(values)}</span></dd>'
            )
        head = say("What each feature is", "特徴の定義")
        before = say(
            "Lengths are code points; an utterance is what was sent at one press of the button; a run is a row of "
            "neighbouring utterances of one person.",
            "文字数はコードポイントで数えます。「発言」は送信ボタンの一押しで送られたもの、「ひと続きの発言」は同じ話者が続けて送った発言です。",
        )
        return (
            f'<section id="features"><h2>{escape(head)}</h2>{self._markup.paragraph(before)}'
            f'<dl class="features">{"".join(entries)}</dl></section>'
        )

    def _method(self) -> str:
        head = self._say("How this was computed", "計算の方法")
        paragraphs = "".join(map(self._markup.paragraph, method(self._analysis, self._language)))
        return f'<section id="method"><h2>{escape(head)}</h2>{paragraphs}</section>'

    def _footer(self) -> str:
        source = self._analysis.source
        if self._is_own:
            origin = self._say(
                "Corpus: files of your own; what may be done with them, their owner says.",
                "コーパス：手元のファイル。利用条件はその所有者の定めによります。",
            )
            return self._footed(origin)
        origin = self._say(
            f"Corpus: {source.name}, {source.publisher}; licence as stated by its publisher: {source.licence}.",
            f"コーパス：{source.name}、{source.publisher}。公開元の示す利用条件：{source.licence}。",
        )
        return self._footed(origin)

    def _footed(self, origin: str) -> str:
        made = self._say(f"Made by kokorochat {__version__}.", f"kokorochat {__version__}で作成しました。")
        return f"<p>{self._markup.text(self._say(f'{origin} {made}', f'{origin}{made}'))}</p>"


_UNITS = {
    "characters": "文字",
    "utterances": "発言",
    "seconds": "秒",
    "runs": "回",
    "minutes": "分",
    "hours": "時",
}


def table3_csv(analysis: Analysis, language: Language) -> bytes:
    """Table 3 as CSV, the paper's values beside the corpus'."""
    columns = ("measure", "name", "total", "counselor", "client", "paper_total", "paper_counselor", "paper_client")
    rows = table3.table_3(analysis.statistics, language)
    return csv_bytes(columns, [(row.key, row.name, *row.values, *row.paper) for row in rows])
