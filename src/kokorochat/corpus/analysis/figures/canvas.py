"""What a figure is drawn on: a list of marks in pixels, from the top left, which svg.py and png.py then write.

Layout is ours rather than a plotting library's, because each figure comes wide and narrow, in two languages and two
themes, and labels are placed by their measured width so that none collides.
"""

from dataclasses import dataclass, field

from kokorochat.corpus.analysis.figures import letters


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str
    weight: float
    dashed: bool


@dataclass(frozen=True, slots=True)
class Dot:
    """A disc, or a ring with the ground inside it."""

    x: float
    y: float
    radius: float
    colour: str
    hollow: bool


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; x is its left end and y its baseline."""

    x: float
    y: float
    text: str
    size: float
    colour: str


Mark = Box | Line | Dot | Words


@dataclass
class Canvas:
    """A sheet of fixed width, on which a figure is drawn from top to bottom.

    Attributes:
        width: in pixels.
        height: grows by `down`; what is drawn lies within it.
        narrow: whether the sheet is a phone's.
    """

    width: float
    height: float = 0
    marks: list[Mark] = field(default_factory=list)

    @property
    def narrow(self) -> bool:
        """Whether this is a sheet for a phone."""
        return self.width < 500

    def down(self, pixels: float) -> float:
        """Make the sheet longer; the y from which there is room now."""
        top = self.height
        self.height += pixels
        return top

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle."""
        self.marks.append(Box(x, y, width, height, colour))

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str, weight: float = 1, dashed: bool = False
    ) -> None:
        """A straight line."""
        self.marks.append(Line(x1, y1, x2, y2, colour, weight, dashed))

    def dot(self, x: float, y: float, radius: float, colour: str, hollow: bool = False) -> None:
        """A disc or a ring."""
        self.marks.append(Dot(x, y, radius, colour, hollow))

    def words(self, x: float, y: float, text: str, size: float, colour: str = "ink", align: str = "start") -> None:
        """A line of text with its baseline at y; `align` says what of it stands at x: start, middle or end."""
        shift = {"start": 0.0, "middle": 0.5, "end": 1.0}[align]
        self.marks.append(Words(x - shift * letters.width(text, size), y, text, size, colour))

    def paragraph(self, text: str, size: float, colour: str = "ink", leading: float = 1.45) -> None:
        """Text over the whole width in as many lines as it needs, below what is there."""
        for line in letters.wrap(text, size, self.width):
            self.words(0, self.down(size * leading) + size, line, size, colour)
