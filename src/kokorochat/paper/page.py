"""The page `index.html` of the tables: set as the analysis' page is, one file that needs nothing from outside."""

from collections.abc import Iterator, Sequence
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

Group = tuple[str, Sequence[TableRow], Sequence[TableRow]]
"""A heading, the rows under it, and the rows among which the best of each column is marked."""


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
            self._section("table-4", "4", self._words.table_4(self._tables["4"]), self._by_origin(self._tables["4"])),
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

    def _by_origin(self, table: Table) -> list[Group]:
        heads = {
            "paper": self._say("The paper", "論文"),
            "ours": self._say("Ours", "本システム"),
            "asked": self._say("Asked without any training", "学習なしで尋ねたモデル"),
            "trivial": self._say("Trivial answers, the floor", "何も読まない答え（下限）"),
        }
        rivals = [row for row in table.rows if row.origin != "trivial"]
        return [(head, [row for row in table.rows if row.origin == one], rivals) for one, head in heads.items()]

    def _score_groups(self) -> list[Group]:
        rows = self._tables["5"].rows
        paper = [row for row in rows if row.origin == "paper"]
        groups: list[Group] = []
        for split in self._report.splits:
            there = sorted(
                (row for row in rows if row.split == split.name),
                key=lambda row: ("ours", "told", "asked", "trivial").index(row.origin),
            )
            alike = [row for row in there if row.origin not in ("told", "trivial")]
            alike += paper if split.group == "none" else []
            if split.group == "none" and not groups:
                groups.append((self._say("The paper, random split", "論文（無作為分割）"), paper, alike))
            groups.append((self._words.split(split), there, alike))
        return groups

    def _table(self, table: Table, groups: Sequence[Group], name: str) -> str:
        heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in table.columns.values())
        body = "".join(self._group(table, group) for group in groups if group[1])
        first = escape(self._say("system", "システム"))
        return _framed(f'<thead><tr><th scope="col">{first}</th>{heads}</tr></thead>{body}', name)

    def _group(self, table: Table, group: Group) -> str:
        head, rows, rivals = group
        best = best_of(table, rivals) if len(rivals) > 1 else {}
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
                cells = "".join(self._cell(row.figures.get(key), _digits(key), best.get(key)) for key in table.columns)
            notes = "".join(f'<span class="note">{self._markup.text(note)}</span>' for note in self._words.beside(row))
            lines.append(f'<tr{kind}><th scope="row">{self._markup.text(self._name(row))}{notes}</th>{cells}</tr>')
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
            # A digit less: nine of these stand side by side, and the last one would say nothing.
            more += f"<span>[{number(figure.low, digits - 1)}, {number(figure.high, digits - 1)}]</span>"
        return f'<td class="number">{shown}{more}</td>'

    def _items(self) -> str:
        """Table 8: an item a row, a model a column; ACC, ACC_soft and MAE one after the other."""
        tables = {name: self._tables[f"8 {name}"] for name in SCORE_COLUMNS}
        subject, title, under = self._words.table_8(list(tables.values()))
        label = f"{self._number('8')} · {subject}"
        parts: list[str] = []
        for key, table in tables.items():
            head = SCORE_COLUMNS[key]
            inner = self._turned(table, f"{label}, {head}", _digits(key)) + self._csv(table, f"table-8-{key}")
            if not parts:
                parts.append(f"<h3>{escape(head)}</h3>{inner}")
            else:
                parts.append(f"<details><summary>{escape(head)}</summary>{inner}</details>")
        return (
            f'<section id="table-8"><p class="label">{escape(label)}</p><h2>{self._markup.text(title)}</h2>'
            f"{''.join(map(self._markup.paragraph, under))}{''.join(parts)}</section>"
        )

    def _turned(self, table: Table, name: str, digits: int) -> str:
        """A table with its rows as columns, in which the best of each line is marked."""
        order = ("paper", "ours", "asked", "trivial")
        models = sorted(table.rows, key=lambda row: order.index(row.origin))
        heads = "".join(f'<th scope="col">{self._markup.text(self._name(model))}</th>' for model in models)
        best, lines = best_of(table, [model for model in models if model.origin != "trivial"]), []
        for item in ITEMS:
            cells = "".join(self._cell(model.figures.get(item.code), digits, best.get(item.code)) for model in models)
            called = f"{item.code} {self._say(item.english, item.japanese)}"
            lines.append(f'<tr><th scope="row">{self._markup.text(called)}</th>{cells}</tr>')
        head = f'<thead><tr><th scope="col">{escape(self._say("item", "項目"))}</th>{heads}</tr></thead>'
        return _framed(f"{head}<tbody>{''.join(lines)}</tbody>", name, " items")

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
            name = self._say(f"{self._name(row)} compared with {other}", f"「{self._name(row)}」と「{other}」の比較")
            lines = []
            for key, difference in row.differences.items():
                span = f"[{number(difference.low, 2)}, {number(difference.high, 2)}]"
                lines.append((table.columns[key], number(difference.value, 2), span, p_value(row.p.get(key))))
            inner = self._markup.table(columns, lines, name)
            parts.append(f"<details><summary>{self._markup.text(name)}</summary>{inner}</details>")
        return "".join(parts)

    def _how(self, table: Table) -> str:
        """The commands and signatures of our rows."""
        entries = []
        for row in table.rows:
            if not row.how:
                continue
            split = next((f", {one.name}" for one in self._report.splits if one.name == row.split), "")
            commands = "".join(f"<code>{escape(command)}</code>" for command in row.how)
            signatures = "".join(f'<code class="signature">{escape(one)}</code>' for one in row.signatures)
            entries.append(f"<dt>{self._markup.text(self._name(row) + split)}</dt><dd>{commands}{signatures}</dd>")
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


def _framed(table: str, name: str, kind: str = "") -> str:
    """A table that can be scrolled to its sides, with its name for those who don't see what stands around it."""
    opening = f'<div class="scroll tables{kind}" tabindex="0" role="region" aria-label="{escape(name)}">'
    return f"{opening}<table>{table}</table></div>"


def _digits(key: str) -> int:
    return {"mae": 4, "qwk": 3, "rho": 3, "kappa": 3}.get(key, 2)


def _csv_row(table: Table, row: TableRow) -> Iterator[str | float | None]:
    yield from (row.english, row.origin, row.split or "")
    for key in table.columns:
        figure = row.figures.get(key) or Figure(None)
        yield from (figure.value, figure.low, figure.high, figure.deviation)
