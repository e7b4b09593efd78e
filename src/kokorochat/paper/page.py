"""The page `index.html` of the tables: set as the analysis' page is, one file that needs nothing from outside."""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path

from kokorochat import __version__
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.numbers import number, p_value
from kokorochat.corpus.analysis.page.markup import Markup, csv_bytes, csv_link
from kokorochat.corpus.analysis.page.skeleton import whole_page
from kokorochat.domain.feedback import ITEMS
from kokorochat.paper.report import Report
from kokorochat.paper.tables import SCORE_COLUMNS, Figure, Table, TableRow, best_of
from kokorochat.paper.words import Words

Group = tuple[str, Sequence[TableRow]]
"""Rows under one heading, among which the best are marked."""


def paper_page(report: Report, language: Language) -> bytes:
    """The page's bytes."""
    return _Page(report, language).html().encode()


class _Page:
    def __init__(self, report: Report, language: Language) -> None:
        self._report, self._language, self._say = report, language, language.say
        self._markup, self._words = Markup(language), Words(report, language)
        self._tables = {table.number: table for table in report.tables}

    def html(self) -> str:
        say, text = self._say, self._markup.text
        sections = [
            self._section("table-4", "4", self._words.table_4(self._tables["4"]), self._response_groups()),
            self._section("table-5", "5", self._words.table_5(self._tables["5"]), self._score_groups()),
            self._section("table-6", "6", self._words.table_6(self._tables["6"]), self._by_origin(self._tables["6"])),
            self._items(),
            self._section("topics", "B", self._words.topics(self._tables["B"]), self._by_origin(self._tables["B"])),
            self._data(),
            self._method(),
        ]
        return whole_page(
            self._language,
            title=say("The paper’s tables, and ours", "論文の表と再現結果"),
            brand=say("Reproduction of the KokoroChat paper", "KokoroChat論文の再現"),
            skip=say("To the tables", "本文へ"),
            lead=text(self._words.lead()),
            facts=self._words.facts(),
            contents=[
                ("table-4", self._number("4"), say("Response generation", "応答生成")),
                ("table-5", self._number("5"), say("Score prediction", "評価予測")),
                ("table-6", self._number("6"), say("Score prediction, seed by seed", "評価予測（シード別）")),
                ("table-8", self._number("8"), say("Score prediction, item by item", "評価予測（項目別）")),
                ("topics", self._number("B"), say("Topics", "話題")),
                ("data", "", say("The data section", "データの節")),
                ("method", "", say("How this was measured", "測定の方法")),
            ],
            sections=sections,
            footer=f"<p>{text(self._words.footer(__version__))}</p>",
            more_style=(Path(__file__).parent / "page.css").read_text(encoding="utf-8"),
        )

    def _number(self, number: str) -> str:
        if number == "B":
            return self._say("Appendix B", "付録B")
        return self._say(f"Table {number}", f"表{number}")

    def _name(self, row: TableRow) -> str:
        return self._say(row.english, row.japanese)

    def _section(self, anchor: str, number: str, words: tuple[str, str, Sequence[str]], groups: Sequence[Group]) -> str:
        """A section of one table.

        Args:
            words: what it shows, what it says, and the paragraphs under it.
        """
        subject, title, under = words
        table = self._tables[number]
        label = f"{self._number(number)} · {subject}"
        return (
            f'<section id="{anchor}"><p class="label">{escape(label)}</p><h2>{self._markup.text(title)}</h2>'
            f"{self._table(table, groups, label)}{''.join(map(self._markup.paragraph, under))}"
            f"{self._differences(table)}{self._how(table)}{self._csv(table, anchor)}</section>"
        )

    def _response_groups(self) -> list[Group]:
        return self._by_origin(self._tables["4"])

    def _by_origin(self, table: Table) -> list[Group]:
        heads = {
            "paper": self._say("The paper", "論文"),
            "ours": self._say("Ours", "本システム"),
            "trivial": self._say("Trivial answers, the floor", "何も読まない答え（下限）"),
        }
        return [(head, [row for row in table.rows if row.origin == origin]) for origin, head in heads.items()]

    def _score_groups(self) -> list[Group]:
        rows = self._tables["5"].rows
        groups: list[Group] = [(self._say("The paper, random split", "論文（無作為分割）"), rows[:3])]
        for split in self._report.splits:
            order = [row for row in rows if row.split == split.name]
            groups.append((self._words.split(split), sorted(order, key=lambda row: row.origin != "ours")))
        return groups

    def _table(
        self, table: Table, groups: Sequence[Group], name: str, digits: Callable[[str], int] | None = None
    ) -> str:
        digits = digits or _digits
        heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in table.columns.values())
        body = "".join(self._group(table, head, rows, digits) for head, rows in groups if rows)
        return (
            f'<div class="scroll tables" tabindex="0" role="region" aria-label="{escape(name)}"><table>'
            f'<thead><tr><th scope="col">{escape(self._say("system", "システム"))}</th>{heads}</tr></thead>{body}</table></div>'
        )

    def _group(self, table: Table, head: str, rows: Sequence[TableRow], digits: Callable[[str], int]) -> str:
        best = best_of(table, [row for row in rows if row.origin != "trivial"]) if len(rows) > 1 else {}
        width = len(table.columns) + 1
        lines = [
            f'<tr class="group"><th colspan="{width}" scope="rowgroup"><span>{self._markup.text(head)}</span></th></tr>'
        ]
        for row in rows:
            kind = ' class="ours"' if row.origin == "ours" else ""
            if row.reason is not None:
                cells = (
                    f'<td class="why" colspan="{width - 1}">{self._markup.text(self._words.missing(row.reason))}</td>'
                )
            else:
                cells = "".join(self._cell(row.figures.get(key), digits(key), best.get(key)) for key in table.columns)
            lines.append(f'<tr{kind}><th scope="row">{self._markup.text(self._name(row))}</th>{cells}</tr>')
        return f"<tbody>{''.join(lines)}</tbody>"

    def _cell(self, figure: Figure | None, digits: int, best: float | None) -> str:
        if figure is None or figure.value is None:
            return '<td class="number">–</td>'
        value = number(float(figure.value), digits)
        shown = f"<b>{value}</b>" if figure.value == best else value
        more = ""
        if figure.deviation is not None:
            more += f"<span>± {number(figure.deviation, digits)}</span>"
        if figure.low is not None and figure.high is not None:
            more += f"<span>[{number(figure.low, digits)}, {number(figure.high, digits)}]</span>"
        return f'<td class="number">{shown}{more}</td>'

    def _items(self) -> str:
        """Table 8: an item a row, a model a column; ACC, ACC_soft and MAE one after the other."""
        say, text = self._say, self._markup.text
        tables = [self._tables[f"8 {name}"] for name in SCORE_COLUMNS]
        label = f"{self._number('8')} · {say('Score prediction, item by item', '評価予測（項目別）')}"
        parts = []
        for (key, head), table in zip(SCORE_COLUMNS.items(), tables, strict=True):
            names = {str(place): self._name(row) for place, row in enumerate(table.rows)}
            rows = [
                TableRow(
                    f"{item.code} {item.english}",
                    f"{item.code} {item.japanese}",
                    "paper",
                    {str(place): row.figures[item.code] for place, row in enumerate(table.rows)},
                )
                for item in ITEMS
            ]
            turned = Table(table.number, names, list(names) if key != "mae" else [], rows)
            groups = [(head, [row]) for row in rows]
            inner = self._turned(turned, groups, f"{label}, {head}", 4 if key == "mae" else 2)
            if key == "acc":
                parts.append(f"<h3>{escape(head)}</h3>{inner}")
            else:
                parts.append(f"<details><summary>{escape(head)}</summary>{inner}</details>")
            parts.append(self._csv(table, f"table-8-{key}"))
        _, title, under = self._words.table_8(tables)
        return (
            f'<section id="table-8"><p class="label">{escape(label)}</p><h2>{text(title)}</h2>'
            f"{''.join(map(self._markup.paragraph, under))}{''.join(parts)}</section>"
        )

    def _turned(self, table: Table, groups: Sequence[Group], name: str, digits: int) -> str:
        """A table in which the best of each row is marked."""
        heads = "".join(f'<th scope="col">{self._markup.text(head)}</th>' for head in table.columns.values())
        lines = []
        for _, (row,) in groups:
            values = [one.value for one in row.figures.values() if one.value is not None]
            best = max(values) if table.rising else min(values)
            cells = "".join(self._cell(row.figures[key], digits, best) for key in table.columns)
            lines.append(f'<tr><th scope="row">{self._markup.text(self._name(row))}</th>{cells}</tr>')
        return (
            f'<div class="scroll tables items" tabindex="0" role="region" aria-label="{escape(name)}"><table>'
            f'<thead><tr><th scope="col">{escape(self._say("item", "項目"))}</th>{heads}</tr></thead>'
            f"<tbody>{''.join(lines)}</tbody></table></div>"
        )

    def _differences(self, table: Table) -> str:
        """Differences between systems of ours over the same dialogues."""
        rows = [row for row in table.rows if row.differences and row.against]
        if not rows:
            return ""
        columns = (
            self._say("figure", "指標"),
            self._say("difference", "差"),
            self._say("95 % interval", "95 %区間"),
            "p",
        )
        parts = []
        for row in rows:
            other = (row.against or {}).get(self._say("english", "japanese"), "")
            name = self._say(f"{self._name(row)} less {other}", f"「{self._name(row)}」と「{other}」の差")
            lines = []
            for key, difference in row.differences.items():
                span = f"[{number(difference.low, 2)}, {number(difference.high, 2)}]"
                lines.append((table.columns[key], number(difference.value, 2), span, p_value(row.p.get(key))))
            parts.append(
                f"<details><summary>{self._markup.text(name)}</summary>{self._markup.table(columns, lines, name)}</details>"
            )
        return "".join(parts)

    def _how(self, table: Table) -> str:
        """The commands and signatures of our rows."""
        entries = []
        for row in table.rows:
            if not row.how:
                continue
            split = next((f", {one.name}" for one in self._report.splits if one.name == row.split), "")
            commands = "".join(f"<code>{escape(command)}</code>" for command in row.how)
            signature = f'<code class="signature">{escape(row.signatures[0])}</code>' if row.signatures else ""
            entries.append(f"<dt>{self._markup.text(self._name(row) + split)}</dt><dd>{commands}{signature}</dd>")
        if not entries:
            return ""
        head = self._say("Commands and signatures of these rows", "各行のコマンドとシグネチャ")
        return f'<details><summary>{escape(head)}</summary><dl class="how">{"".join(entries)}</dl></details>'

    def _csv(self, table: Table, name: str) -> str:
        columns = ["system", "origin", "split"]
        for key in table.columns:
            columns += [key, f"{key}_low", f"{key}_high", f"{key}_deviation"]
        link = csv_link(f"{name}.csv", csv_bytes(columns, (list(_csv_row(table, row)) for row in table.rows)))
        return f'<p class="files">{link}</p>'

    def _data(self) -> str:
        say = self._say
        head = say("The data section", "データの節")
        if self._report.analysis is None:
            body = self._markup.paragraph(
                say("It could not be drawn of this corpus.", "このコーパスでは作成できませんでした。")
            )
        else:
            words = say(
                "Tables 1 and 3 and Figures 2, 3, 4, 9 and 11 of this corpus", "このコーパスの表3と図2・3・4・9・11"
            )
            body = f'<p><a href="{escape(self._report.analysis)}">{escape(words)}</a></p>'
        return f'<section id="data"><h2>{escape(head)}</h2>{body}</section>'

    def _method(self) -> str:
        head = self._say("How this was measured", "測定の方法")
        paragraphs = "".join(map(self._markup.paragraph, self._words.method()))
        return f'<section id="method"><h2>{escape(head)}</h2>{paragraphs}</section>'


def _digits(key: str) -> int:
    return {"mae": 4, "qwk": 3, "rho": 3, "kappa": 3}.get(key, 2)


def _csv_row(table: Table, row: TableRow) -> Iterator[str | float | None]:
    yield from (row.english, row.origin, row.split or "")
    for key in table.columns:
        figure = row.figures.get(key) or Figure(None)
        yield from (figure.value, figure.low, figure.high, figure.deviation)
