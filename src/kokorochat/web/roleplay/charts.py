"""Where the marks of a small figure stand: on a square of 100 by 100 that the page stretches to its width.

The pages draw lines whose width doesn't stretch with the figure, and dots as lines without length; so the same few
numbers are sharp on a phone and on a desk, and no script and no style in the page is needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

WINDOW = 5
"""The line at a session is the mean of this and up to so many before it, altogether; one session swings too much."""
FEWEST_FOR_A_LINE = 3
_EDGE = 2.0


@dataclass(frozen=True)
class Dot:
    """A value in the figure; y grows downwards, as on a screen."""

    x: float
    y: float


@dataclass(frozen=True)
class Chart:
    """Values over sessions, the oldest left.

    Attributes:
        dots: one for each session, None where it has no value.
        line: the path of the running mean; empty if there are too few values for one.
        band_top, band_height: where the shaded middle half stands; None without one.
        grid: the heights of the ruled lines.
    """

    dots: tuple[Dot | None, ...]
    line: str
    band_top: float | None
    band_height: float | None
    grid: tuple[float, ...]


def chart(values: Sequence[float | None], highest: float, steps: int, band: tuple[float, float] | None = None) -> Chart:
    """A chart of values from 0 to `highest`.

    Args:
        steps: the spaces between the ruled lines.
        band: the lowest and the highest value of the shaded middle half.
    """

    def height(value: float) -> float:
        return round(100 * (1 - value / highest), 2)

    across = (
        [50.0] if len(values) == 1 else [_EDGE + (100 - 2 * _EDGE) * n / (len(values) - 1) for n in range(len(values))]
    )
    means = running_means([value for value in values if value is not None])
    there = [x for x, value in zip(across, values, strict=True) if value is not None]
    corners = list(zip(there, means, strict=True))[FEWEST_FOR_A_LINE - 1 :]
    return Chart(
        dots=tuple(
            None if value is None else Dot(round(x, 2), height(value)) for x, value in zip(across, values, strict=True)
        ),
        line="M" + " L".join(f"{x:.2f} {height(mean):.2f}" for x, mean in corners) if len(corners) > 1 else "",
        band_top=height(band[1]) if band else None,
        band_height=round(height(band[0]) - height(band[1]), 2) if band else None,
        grid=tuple(round(100 * n / steps, 2) for n in range(steps + 1)),
    )


def running_means(values: Sequence[float]) -> list[float]:
    """At each value the mean of it and of those before it, `WINDOW` in all."""
    return [fmean(values[max(0, n - WINDOW + 1) : n + 1]) for n in range(len(values))]
