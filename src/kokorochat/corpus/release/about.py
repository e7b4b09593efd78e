"""What a release must say and no program can know: the file that a person fills in."""

import os
import tomllib
import unicodedata
from pathlib import Path
from typing import Annotated

import msgspec

from kokorochat.corpus.faults import field_fault
from kokorochat.corpus.sources.containers import file_content
from kokorochat.domain.errors import InputError

TEMPLATE = Path(__file__).with_name("about.toml")
"""The empty form, with a remark on each key."""

_COMPARE = "Compare it with what `kokorochat corpus release --template` prints"
_LINE_ENDS = ("Zl", "Zp")
_UNPRINTABLE = ("Cc", "Cn", "Cs", "Co")

_VERSIONS = {
    "cc-by": "2.0 2.5 3.0 4.0",
    "cc-by-sa": "3.0 4.0",
    "cc-by-nc": "2.0 3.0 4.0",
    "cc-by-nd": "4.0",
    "cc-by-nc-nd": "3.0 4.0",
    "cc-by-nc-sa": "2.0 3.0 4.0",
    "cc0": "1.0",
    "cdla-permissive": "1.0 2.0",
    "cdla-sharing": "1.0",
    "apache": "2.0",
}
_HUB_LICENCES = {"mit", *(f"{name}-{version}" for name, versions in _VERSIONS.items() for version in versions.split())}
"""SPDX identifiers, in small letters, that hubs of data know under the same name."""

Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$")]


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys of the file; about.toml says what belongs in each."""

    name: str
    version: str
    licence: str
    languages: Annotated[tuple[Language, ...], msgspec.Meta(min_length=1)]
    consent: str
    collection: str
    limits: str
    contact: str
    citation: str
    licence_file: str | None = None
    funding: str | None = None
    ethics: str | None = None


_ONE_LINE = ("name", "version", "licence", "licence_file")


def load_about(path: Path) -> About:
    """Read the file.

    Raises:
        InputError: it can't be read as TOML, or a key, which is named, is unknown, missing, empty or of the wrong type.
    """
    data = file_content(path)
    if isinstance(data, InputError):
        raise data
    try:
        values = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(str(path), f"not readable as TOML in UTF-8 ({fault})", _COMPARE) from None
    try:
        about = msgspec.convert(values, About)
    except msgspec.ValidationError as fault:
        key, problem = field_fault(fault)
        raise InputError(f"{path}, {key}" if key else str(path), problem, _COMPARE) from None
    for key, value in msgspec.structs.asdict(about).items():
        if isinstance(value, str) and (problem := _text_fault(key, value)):
            raise InputError(f"{path}, {key}", problem, _COMPARE)
    return about


def licence_text(about: About, path: Path) -> str:
    """The text of the release's LICENSE: the file that the form names, else where the licence can be read.

    Args:
        path: the form; the file is looked for in its folder.

    Raises:
        InputError: the file can't be read, or lies outside that folder.
    """
    if about.licence_file is not None:
        file = path.parent / about.licence_file
        place, remedy = f"{path}, licence_file", "Name a file from the form's own folder"
        # What is named here is published: no slip may publish a file from elsewhere.
        if not Path(os.path.realpath(file)).is_relative_to(os.path.realpath(path.parent)):
            raise InputError(place, f"{file} lies outside the form's folder", remedy)
        data = file_content(file)
        if isinstance(data, InputError):
            raise InputError(place, f"{file} {data.problem}", remedy)
        try:
            return data.decode()
        except UnicodeDecodeError as fault:
            raise InputError(place, f"{file} can't be read as text in UTF-8 ({fault})", remedy) from None
    lines = [f"{about.name}, version {about.version}, is released under this licence:", "", about.licence]
    if hub_licence(about.licence):
        lines += ["", f"Its text stands at https://spdx.org/licenses/{about.licence}.html"]
    return "\n".join(lines) + "\n"


def hub_licence(licence: str) -> str | None:
    """The licence's name on a hub; None if it has none and goes as "other"."""
    name = licence.lower()
    return name if name in _HUB_LICENCES else None


def _text_fault(key: str, text: str) -> str:
    if not text.strip():
        return "is empty"
    for character in text:
        kind = unicodedata.category(character)
        if (kind in _UNPRINTABLE and character not in "\n\t") or (kind in _LINE_ENDS):
            return f"holds U+{ord(character):04X}, which can't be printed"
        if key in _ONE_LINE and character in "\n\t":
            return "must be one line"
    return ""
