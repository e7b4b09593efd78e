"""How numbers are written in figures, tables and sentences."""

MINUS = "\N{MINUS SIGN}"
NONE = "–"
"""What stands where there is no number."""


def rho(value: float | None, digits: int = 2) -> str:
    """A correlation: `.42`, `−.21`, `1.00`, without the nought that it can't exceed."""
    if value is None:
        return NONE
    text = f"{abs(value):.{digits}f}"
    sign = MINUS if value < 0 and float(text) else ""
    return sign + (text.removeprefix("0") if text.startswith("0") else text)


def p_value(value: float | None) -> str:
    """A p-value: `.034`, `< .001`."""
    if value is None:
        return NONE
    return "< .001" if value < 0.001 else rho(value, 3)


def interval(low: float | None, high: float | None) -> str:
    """An interval of correlations: `[.38, .46]`."""
    return f"[{rho(low)}, {rho(high)}]" if low is not None and high is not None else NONE


def number(value: float | None, digits: int = 2) -> str:
    """A figure: whole numbers with thousands apart, others to the digits given."""
    if value is None:
        return NONE
    text = f"{abs(value):,}" if isinstance(value, int) else f"{abs(value):,.{digits}f}"
    return f"{MINUS}{text}" if value < 0 else text


def counted(count: int, thing: str) -> str:
    """A count with its English noun: `1 dialogue`, `6,589 dialogues`."""
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"


def compact(value: float | None) -> str:
    """A figure to about three digits: `3,120`, `35.8`, `41`, `0.57`."""
    if value is None:
        return NONE
    if abs(value) >= 100 or float(value).is_integer():
        return number(round(value))
    return number(float(value), 1 if abs(value) >= 10 else 2)
