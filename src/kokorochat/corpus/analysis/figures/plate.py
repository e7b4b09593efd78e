"""A figure before it is drawn: its words, its numbers and how to draw them; or why there is none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kokorochat.corpus.analysis.figures.canvas import Canvas

Cell = str | int | float | None

WIDE, NARROW = 860, 360
"""The widths at which figures are drawn, in pixels: a page or slide, and a phone."""


@dataclass(frozen=True)
class Plate:
    """One figure of the paper, with the data of a corpus.

    Attributes:
        name: of its files and its place in the page, such as `figure-3-scores`.
        figure: as the paper numbers it, such as `Figure 3`; `subject` what it shows.
        title: what the data show, in one line.
        sentence: what else they show, in words.
        description: the picture's numbers in words, for those who don't see it.
        note: what the marks mean: unit, n, interval.
        columns: the heads of its CSV; `rows` the numbers, None where there is none.
        heads: the columns that the page's table shows, by position, with their heads in words.
        draw: draws it below what is on the canvas, without the title.
    """

    name: str
    figure: str
    subject: str
    title: str
    sentence: str
    description: str
    note: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    heads: Mapping[int, str]
    draw: Callable[[Canvas], None]

    def table(self) -> list[list[Cell]]:
        """The rows of the page's table."""
        return [[row[index] for index in self.heads] for row in self.rows]

    def sheet(self, width: float, titled: bool) -> Canvas:
        """The drawing at a width; with the title above and the note below it if it stands alone."""
        canvas = Canvas(width)
        if titled:
            canvas.paragraph(self.title, 19)
            canvas.down(14)
        self.draw(canvas)
        if titled:
            canvas.down(10)
            canvas.paragraph(self.note, 11, "faint")
        return canvas


@dataclass(frozen=True, slots=True)
class Missing:
    """A figure that a corpus has no data for.

    Attributes:
        reason: which data are lacking, in one sentence.
    """

    name: str
    figure: str
    subject: str
    reason: str
