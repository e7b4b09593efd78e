"""Characters that a reader doesn't see or doesn't expect, and messages that begin or consist of the wrong thing."""

import operator
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from kokorochat.corpus.checks.finding import Note
from kokorochat.corpus.checks.talk import Talk
from kokorochat.corpus.out_of_role import KINDS, SIGNS, set_off

_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = (
    r"\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u2028\u2029\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0"
)
_TAGS = r"\ufff9-\ufffb\U000e0000-\U000e001f"
_BROKEN = r"\ufdd0-\ufdef\ufffc-\uffff\ue000-\uf8ff\U000f0000-\U0010ffff"
_KINDS = (
    ("control-character", re.compile(rf"[{_CONTROL}\t]"), "a control character"),
    ("bidi-control", re.compile(f"[{_BIDI}]"), "which turns the direction of the text"),
    (
        "invisible-character",
        re.compile(rf"[{_UNSEEN}{_TAGS}]|\u200d(?![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])"),
        "unseen",
    ),
    ("broken-character", re.compile(f"[{_BROKEN}]"), "no character of any script: perhaps decoded wrongly"),
)

_KANA, _HAN = r"\u3041-\u3096\u30a1-\u30fa", r"\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_OTHERS = (
    r"\u0400-\u115e\u1161-\u17b3\u17b6-\u180d\u180f-\u1cff\u3131-\u3163\u3165-\u318e"
    r"\ua000-\ua4cf\ua500-\uabff\uac00-\ud7ff"
)
"""Letters from Cyrillic to Georgian, Hangul, Ethiopic, Khmer, Mongolian, Yi and others. Greek is left out: it is met in
faces and formulas."""

_FOREIGN = {"Japanese": (_OTHERS, 2), "Chinese": (_OTHERS + _KANA, 1), "English": (_OTHERS + _KANA + _HAN, 1)}
"""The letters that a text in a language doesn't hold, and how many in a row count: Japanese faces are made of single
ones, while in a translation a single kana is a piece of the original."""

_LABELS = (
    "カウンセラー",
    "相談員",
    "相談者",
    "クライアント",
    "クライエント",
    "支援者",
    "心理咨询师",
    "咨询师",
    "来访者",
    "支持者",
    "求助者",
    "Counselor",
    "Counsellor",
    "Therapist",
    "Supporter",
    "Seeker",
    "Client",
    "Patient",
    "Assistant",
    "User",
)
_LABEL = re.compile(f"(?:{'|'.join(_LABELS)})(?:役|[ ]?[(（][^)）]{{0,20}}[)）])?[ \u3000]?[:：]", re.IGNORECASE)
_LABEL_FIRST = re.compile(f"[{''.join(sorted({label[0] + label[0].lower() for label in _LABELS}))}]")
_SIGN_FIRST = re.compile(rf"[{re.escape(SIGNS)}\s]")


class CharacterCheck:
    """Looks for unseen, broken and foreign characters in texts of one language.

    Args:
        language: as its source names it; of one that isn't known here no letter is foreign.
    """

    def __init__(self, language: str) -> None:
        letters, fewest = _FOREIGN.get(language, ("", 1))
        self._foreign = re.compile(f"[{letters}]{{{fewest},}}") if letters else None
        # One class for all, so that a dialogue without any of it, as nearly all are, is read once.
        self._suspect = re.compile(rf"[{_CONTROL}\t{_BIDI}{_UNSEEN}{_TAGS}{_BROKEN}{letters}\u200d]")

    def __call__(self, talk: Talk) -> Iterator[Note]:
        """A note for each message and kind."""
        if not self._suspect.search(talk.joined):
            return
        for index, text in enumerate(talk.texts):
            for code, pattern, what in _KINDS:
                if found := pattern.search(text):
                    yield "warning", code, talk.place(index), f"holds U+{ord(found[0]):04X}, {what}"
            if self._foreign and (found := self._foreign.search(text)):
                script = unicodedata.name(found[0][0], "letters of an unknown script").partition(" ")[0].capitalize()
                yield "warning", "foreign-script", talk.place(index), f"{script} from U+{ord(found[0][0]):04X} on"


def check_edges(talk: Talk) -> Iterator[Note]:
    """Empty messages, and white space at an end: the release has neither."""
    if any(map(operator.ne, map(str.strip, talk.texts), talk.texts)) or "" in talk.texts:
        for index, text in enumerate(talk.texts):
            if not text.strip():
                yield "error", "empty", talk.place(index), "the message is empty"
            elif text != text.strip():
                yield "warning", "edge-space", talk.place(index), "the message begins or ends with white space"


def check_line_breaks(talk: Talk) -> Iterator[Note]:
    """Messages of several lines: the release has none."""
    if talk.joined.count("\n") >= len(talk.texts) or "\r" in talk.joined:
        for index, text in enumerate(talk.texts):
            if "\n" in text or "\r" in text:
                yield "info", "line-break", talk.place(index), "the message has several lines"


def check_labels(talk: Talk) -> Iterator[Note]:
    """Messages that begin with a speaker's label, as a transcript's lines do: perhaps two messages in one."""
    for first in _LABEL_FIRST.finditer(talk.firsts):
        index = first.start()
        if found := _LABEL.match(talk.texts[index]):
            yield "warning", "leaked-label", talk.place(index), f"begins with a label of {len(found[0])} characters"


def check_out_of_role(talk: Talk) -> Iterator[Note]:
    """How much of the talk its brackets and marks set off from the role-play, and brackets that stand alone."""
    kinds: Counter[str] = Counter()
    for first in _SIGN_FIRST.finditer(talk.firsts):
        index = first.start()
        if kind := set_off(talk.texts[index]):
            kinds[kind] += 1
            if kind == "unclosed" and len(talk.texts[index].strip()) == 1:
                yield "info", "lone-bracket", talk.place(index), "the message is one opening bracket"
    if kinds:
        words = ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS if kinds[kind])
        yield "info", "out-of-role", "dialogue", f"messages outside the role-play: {words}"
