"""Small pieces of HTML; everything that comes from data is escaped here."""

import base64
import csv
import io
import re
from collections.abc import Iterable, Sequence
from html import escape

from kokorochat.corpus.analysis.figures.plate import Cell
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.numbers import MINUS, number
from kokorochat.domain.printable import cell, printable

_TOGETHER = re.compile(r"(?<=\bn|[ρp])( )([=<>])( )|(?<=\d)( )(?=%)")
"""Spaces at which no line may end: those of `n = 12`, `ρ = .4`, `12 %`."""

_ONE = re.compile(r"\d[\d.,]*[〜–]\d[\d.,]*\d|D\d+–D\d+( \N{MINUS SIGN}?[\d.]+\d)?|\d[\d.,]* to \d[\d.,]*\d")
"""What no line may break in: ranges and pairs, `630〜1,145`, `D1–D2 .82`."""

_JAPANESE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+")


class Markup:
    """HTML in one of the two languages: in an English page, runs of Japanese are marked as such."""

    def __init__(self, language: Language) -> None:
        self._english = language is Language.ENGLISH

    def text(self, text: str) -> str:
        """The text for an element's content."""
        safe = escape(_TOGETHER.sub(lambda spaces: spaces[0].replace(" ", "\N{NO-BREAK SPACE}"), printable(text)))
        safe = _ONE.sub(lambda run: f'<span class="one">{run[0]}</span>', safe)
        return _JAPANESE.sub(lambda run: f'<span lang="ja">{run[0]}</span>', safe) if self._english else safe

    def paragraph(self, text: str, name: str = "") -> str:
        """A paragraph, of a class if one is named."""
        return f'<p class="{name}">{self.text(text)}</p>' if name else f"<p>{self.text(text)}</p>"

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]], caption: str) -> str:
        """A table of which the first column heads the rows; numbers stand to the right.

        Args:
            caption: its name for those who don't see what stands around it.
        """
        heads = "".join(f'<th scope="col">{self.text(column)}</th>' for column in columns)
        body = "".join(
            f'<tr><th scope="row">{self.text(_shown(row[0]))}</th>{"".join(self._cell(cell) for cell in row[1:])}</tr>'
            for row in rows
        )
        return (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    def _cell(self, cell: Cell) -> str:
        name = "" if isinstance(cell, str) else ' class="number"'
        return f"<td{name}>{self.text(_shown(cell))}</td>"


def _shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and 0 < abs(cell) < 0.0005:
        return f"{cell:.1e}".replace("-", MINUS)
    return number(cell, 3)


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as CSV in UTF-8; None is an empty cell, numbers have all their digits, text is never a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in (columns, *rows):
        writer.writerow([cell(value) if isinstance(value, str) else value for value in row])
    return text.getvalue().encode()


def csv_link(name: str, data: bytes) -> str:
    """A link that holds the CSV itself, so that the page gives it wherever it lies."""
    held = base64.b64encode(data).decode()
    return f'<a download="{escape(name)}" href="data:text/csv;charset=utf-8;base64,{held}">{escape(name)}</a>'
