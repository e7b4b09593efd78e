"""Contact details: what may lead to a person. Patterns can't prove that none is left."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kokorochat.corpus.checks.finding import Note
from kokorochat.corpus.checks.talk import Talk

_WIDE = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_DASHES = dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0x30FC, 0xFF0D, 0xFF70), 0x2D)
_NARROW = {**_WIDE, **_DASHES, 0x3000: 0x20}
"""Full-width letters, digits and marks as ASCII, and every dash that stands between digits: one for one, so that places
in the text stay."""

_ENDINGS = "com|net|org|edu|gov|info|biz|io|jp|cn|tw|kr|uk|de|fr"
_ADDRESS = re.compile(
    r"(?:https?://|(?<![a-z0-9.])www\.(?=[a-z0-9-]+\.[a-z]))[!-~]+"
    rf"|(?<![a-z0-9@._%+-])(?:[a-z0-9-]{{2,}}\.)+(?:{_ENDINGS})(?:\.[a-z]{{2}})?(?![a-z0-9@-])(?:/[!-~]*)?",
    re.IGNORECASE,
)
_AFTER_ADDRESS = ".,;:!?'\"<>)]}"
_INVITATION = re.compile(r"line\.me/|lin\.ee/", re.IGNORECASE)
_BEFORE_AT = re.compile(r"[^a-z0-9._%+-]", re.IGNORECASE)
_BEHIND_AT = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
_LINE_ID = re.compile(
    r"(?:(?<![a-z])LINE|ライン) ?の? ?ID(?![a-z0-9])"
    r" ?(?:は|が|:|=|→)?[「『 ]*@?[a-z0-9][a-z0-9._-]{3,19}",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![0-9=&%/.#+-])\+?\(?[0-9][0-9() .-]{7,18}[0-9](?![0-9=&%/])")
_POSTAL = re.compile(
    r"〒 ?[0-9]{3}-?[0-9]{4}(?![0-9])|(?<![0-9a-z./=-])[0-9]{3}-[0-9]{4}(?![0-9a-z./=-])", re.IGNORECASE
)

_SUSPECT = re.compile(
    rb"://|@|www\.|\.(?:" + _ENDINGS.encode() + rb")|line ?id|[0-9][0-9() .-]{7}|[0-9]{3}-[0-9]{4}", re.IGNORECASE
)
_SUSPECT_LINE = re.compile("ライン ?の? ?(?:ID|id|Id|ＩＤ|ｉｄ)")
_SUSPECT_WIDE_NUMBER = re.compile("[０-９][０-９‐-―−ー－-]{6}")
_JAPANESE = range(9, 12)
_CHINESE_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_AMERICAN = re.compile(r"(?:\+?1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-][0-9]{3}[ .-][0-9]{4}")
_PUBLIC = re.compile(r"\(?(?:0120|0570|0800)|(?:\+?1[ .-])?\(?8(?:00|88|77|66|55|44|33)[) .-]")
"""Numbers whose calls the called one pays or shares, as help lines have: 0120, 0570, 0800; +1 800 and the like."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact detail in a text.

    Attributes:
        kind: "web-address", "line-id", "e-mail", "telephone" or "postal-code".
        start: where it begins, in code points; `end` where it has ended.
        public: it leads to no person: a help line's number, or a placeholder of zeros.
    """

    kind: str
    start: int
    end: int
    public: bool = False


def contact_details(text: str) -> list[Contact]:
    """The contact details in a text, in order; full-width ones too. A number within an address is no number.

    An address ends where the characters of its width end: in Japanese, words often follow without a space.
    """
    narrow = text.translate(_NARROW)
    found = []
    for match in _ADDRESS.finditer(narrow):
        written = text[match.start() : match.end()]
        narrow_width = written[0].isascii()
        length = next((i for i, sign in enumerate(written) if sign.isascii() != narrow_width), len(written))
        address = narrow[match.start() : match.start() + length].rstrip(_AFTER_ADDRESS)
        found.append(Contact("web-address", match.start(), match.start() + len(address)))
        if _INVITATION.search(address):
            found.append(Contact("line-id", match.start(), match.start() + len(address)))
    found += [Contact("e-mail", start, end) for start, end in _mail_addresses(narrow)]
    found += [Contact("line-id", match.start(), match.end()) for match in _LINE_ID.finditer(narrow)]
    taken = bytearray(len(text))
    for contact in found:
        taken[contact.start : contact.end] = b"\1" * (contact.end - contact.start)
    for kind, pattern in (("telephone", _NUMBER), ("postal-code", _POSTAL)):
        for match in pattern.finditer(narrow):
            free = taken.find(1, match.start(), match.end()) < 0
            if free and (kind == "postal-code" or _is_telephone(match[0])):
                taken[match.start() : match.end()] = b"\1" * len(match[0])
                public = not _digits(match[0]).strip("0") or (kind == "telephone" and bool(_PUBLIC.match(match[0])))
                found.append(Contact(kind, match.start(), match.end(), public))
    return sorted(found, key=lambda contact: contact.start)


def _mail_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where e-mail addresses begin and end.

    They are looked for around each `@`: a pattern for the whole would try anew from each letter of a long word.
    """
    end = 0
    for piece in re.finditer("@", text):
        at = piece.start()
        if at < end or (behind := _BEHIND_AT.match(text, at + 1)) is None:
            continue
        start = at
        while start > end and _BEFORE_AT.match(text[start - 1]) is None:
            start -= 1
        while start < at and not (text[start].isascii() and text[start].isalnum()):
            start += 1
        if start < at:
            end = behind.end()
            yield start, end


def _digits(number: str) -> str:
    return re.sub("[^0-9]", "", number)


def _is_telephone(number: str) -> bool:
    """Whether a number reads as one: Japanese (from 0, 9 to 11 digits), international, Chinese mobile or American."""
    digits = _digits(number)
    if number.startswith("+"):
        return 9 <= len(digits) <= 15
    if digits.startswith("0"):
        return len(digits) in _JAPANESE and "." not in number
    return bool(_CHINESE_MOBILE.fullmatch(number) or _AMERICAN.fullmatch(number))


_WORDS = {
    "web-address": "a web address",
    "line-id": "an id or invitation of LINE",
    "e-mail": "an e-mail address",
    "telephone": "a telephone number",
    "postal-code": "a postal code",
}


def _is_suspect(text: str) -> bool:
    # Japanese talk holds little ASCII: what is left of it is searched in no time. Numbers there begin with a zero.
    return (
        _SUSPECT.search(text.encode("ascii", "ignore")) is not None
        or "＠" in text
        or "〒" in text
        or "：／／" in text
        or "ＥのＩ" in text
        or _SUSPECT_LINE.search(text) is not None
        or ("０" in text and _SUSPECT_WIDE_NUMBER.search(text) is not None)
    )


def check_contacts(talk: Talk) -> Iterator[Note]:
    """Contact details: a warning each, but info for help lines and placeholders."""
    if not _is_suspect(talk.joined):
        return
    for index, text in enumerate(talk.texts):
        for contact in contact_details(text) if _is_suspect(text) else ():
            level, code = ("info", f"public-{contact.kind}") if contact.public else ("warning", contact.kind)
            words = f"holds {_WORDS[contact.kind]} at characters {contact.start} to {contact.end - 1}"
            yield level, code, talk.place(index), words + (", a help line's or of zeros" if contact.public else "")
