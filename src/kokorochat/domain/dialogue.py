"""A counseling dialogue: who said what, when, and how the client rated it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import repeat
from typing import Any

from kokorochat.domain.feedback import Feedback
from kokorochat.domain.topic import Topic


class Role(Enum):
    """The part that a person plays in a dialogue."""

    COUNSELOR = "counselor"
    CLIENT = "client"

    @property
    def partner(self) -> "Role":
        """The other role."""
        return Role.CLIENT if self is Role.COUNSELOR else Role.COUNSELOR


@dataclass(frozen=True, slots=True)
class Utterance:
    """One discrete message, as sent by one press of "send" (paper, Table 3).

    Attributes:
        time: when it was sent, without a zone (Japan time in the release); None where a corpus has no times.
        text: the words, never changed; lengths are counted in code points.
    """

    role: Role
    time: datetime | None
    text: str


_SLOTS: tuple[Any, ...] = tuple(vars(Utterance)[name].__set__ for name in Utterance.__slots__)


def utterances_of(roles: Sequence[Role], times: Sequence[datetime | None], texts: Sequence[str]) -> list[Utterance]:
    """One utterance for each place in three columns of one length.

    The slots are filled column by column, without a call of `Utterance` for each: a corpus has hundreds of thousands
    of them, and this takes less than half the time.

    Raises:
        ValueError: the columns differ in length.
    """
    if not len(roles) == len(times) == len(texts):
        raise ValueError(f"columns of {len(roles)}, {len(times)} and {len(texts)} values make no utterances")
    made: list[Utterance] = list(map(object.__new__, repeat(Utterance, len(texts))))
    for fill, column in zip(_SLOTS, (roles, times, texts), strict=True):
        deque(map(fill, made, column), maxlen=0)
    return made


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The record of one session. The order of `utterances` is the order of the talk; times may tie.

    Attributes:
        id: unique in its corpus; an utterance is named `id:index`, from 0.
        counselor: the id of the person in that role, None where a corpus has none; so for `client`.
        topic: None where a corpus has none.
        feedback: the client's rating of the counselor, None if it was not given.
    """

    id: str
    utterances: tuple[Utterance, ...]
    counselor: str | None = None
    client: str | None = None
    topic: Topic | None = None
    feedback: Feedback | None = None

    @property
    def minutes(self) -> float | None:
        """Minutes from the first to the last message; None without times."""
        if not self.utterances:
            return None
        first, last = self.utterances[0].time, self.utterances[-1].time
        if first is None or last is None:
            return None
        return (last - first).total_seconds() / 60


_OPENING, _CLOSING = "（(", "）)"
_LAUGHTER = {"笑", "爆笑", "苦笑", "涙", "泣", "汗", "w"}


def is_out_of_role(text: str) -> bool:
    """Whether a message is talk outside the role-play: wholly in one pair of round brackets of either width.

    A bracketed laugh or tear is played, not said outside the role. About 3.7 % of the released messages are out of
    role; what is said so without brackets is not recognised.
    """
    stripped = text.strip()
    if len(stripped) < 3 or stripped[0] not in _OPENING or stripped[-1] not in _CLOSING:
        return False
    inner = stripped[1:-1]
    if any(bracket in inner for bracket in _OPENING + _CLOSING) and not _one_pair(stripped):
        return False
    return inner.strip() not in _LAUGHTER


def _one_pair(text: str) -> bool:
    """Whether the bracket that opens a text is closed at its end and not before."""
    depth = 0
    for position, character in enumerate(text):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
            if depth == 0 and position < len(text) - 1:
                return False
    return True
