"""What a decoder found wrong, in words that name the field."""

import msgspec


def field_fault(fault: msgspec.ValidationError) -> tuple[str, str]:
    """(the field's path, what is wrong with it) from msgspec's message; the path is empty for the whole record."""
    what, _, path = str(fault).partition(" - at `")
    if what.startswith("Object contains unknown field `"):
        name = what.partition("`")[2].rstrip("`")
        path, what = f"{path.rstrip('`')}.{name}", "is not a field that is known here"
    return path.rstrip("`").removeprefix("$").lstrip("."), what
