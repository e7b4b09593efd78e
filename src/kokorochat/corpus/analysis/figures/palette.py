"""The colours of all figures, each for a light and a dark ground, and the style sheets made of them.

One accent carries the data. What runs from low to high has one hue from quiet to strong, in eight steps; what has kinds
has the colours of Okabe and Ito, which people with any colour vision tell apart. Colour never says anything alone.
"""

from collections.abc import Callable

LIGHT, DARK = 0, 1

SEQUENCE = 8
"""The number of steps from low to high."""

KINDS = 4
"""The number of colours for kinds."""

_LOW_TO_HIGH = (
    ("#e6f0ec", "#22312f"),
    ("#cbe2db", "#2a4643"),
    ("#abd1c8", "#315b57"),
    ("#87bdb2", "#3b736d"),
    ("#61a89d", "#4a8d85"),
    ("#3f8f85", "#63a79d"),
    ("#24756d", "#83c2b7"),
    ("#0f5953", "#abdfd5"),
)

_INK = ("#22302f", "#e8ebe6")
_WHITE, _BLACK = "#ffffff", "#101817"


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, 0 to 1 (WCAG 2)."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2)."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _on(ground: str) -> str:
    return max((_WHITE, _BLACK), key=lambda ink: contrast(ink, ground))


COLOURS: dict[str, tuple[str, str]] = {
    "ground": ("#ffffff", "#1f2626"),
    "ink": _INK,
    "faint": ("#5b6663", "#a9b4b0"),
    "rule": ("#8b8677", "#7d8a87"),
    "soft": ("#dcd6c9", "#364040"),
    "quiet": ("#ece8df", "#2a3232"),
    "accent": ("#1a6660", "#7fc8bd"),
    "warm": ("#9a5b00", "#f0b95a"),
    "kind0": ("#0072b2", "#56b4e9"),
    "kind1": ("#b35900", "#e69f00"),
    "kind2": ("#00795a", "#3fc79f"),
    "kind3": ("#a5497c", "#dd9bbf"),
    **{f"step{step}": pair for step, pair in enumerate(_LOW_TO_HIGH)},
    **{f"on-step{step}": (_on(light), _on(dark)) for step, (light, dark) in enumerate(_LOW_TO_HIGH)},
}
"""Every colour by name, as (light, dark)."""


def rules(prefix: str, value: Callable[[str], str]) -> str:
    """The CSS rules of all colours: the class `f-NAME` fills, `s-NAME` strokes.

    Args:
        prefix: a selector before each class, with the space after it; empty for none.
        value: gives the CSS value for a colour's name.
    """
    return "".join(
        f"{prefix}.f-{name}{{fill:{value(name)}}}{prefix}.s-{name}{{stroke:{value(name)}}}" for name in COLOURS
    )


def properties(theme: int) -> str:
    """All colours of a theme as custom properties, `--k-NAME`."""
    return "".join(f"--k-{name}:{pair[theme]};" for name, pair in COLOURS.items())
