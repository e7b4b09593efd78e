"""LINE's events, read leniently: its JSON may grow, and a field that we don't need must not cost a message.

Shapes are those of the Messaging API's reference; what is absent or odd becomes an empty default.
"""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

_Shape = TypeVar("_Shape", bound=msgspec.Struct)

_END_OF_TIME = 253_402_300_800_000
"""The year 10,000 in ms, from which on Python knows no time."""


class _Lenient(msgspec.Struct, rename="camel", kw_only=True):
    """Unknown fields are passed over."""


class Source(_Lenient):
    """Where an event comes from; a group's event may lack the person."""

    type: str = ""
    user_id: str = ""
    group_id: str = ""
    room_id: str = ""


class Message(_Lenient):
    """What a person has sent. `emojis` is left as it came: a broken one must not cost the text."""

    id: str
    type: str
    text: str = ""
    emojis: Any = None
    keywords: Any = None


class Unsend(_Lenient):
    """Which message was taken back."""

    message_id: str


class Delivery(_Lenient):
    """Whether LINE has tried to bring this event before."""

    is_redelivery: bool = False


class Incoming(_Lenient):
    """One event; `timestamp` and `mode` are left as they came."""

    type: str
    webhook_event_id: str = ""
    timestamp: Any = None
    mode: Any = "active"
    source: Source = msgspec.field(default_factory=Source)
    delivery_context: Delivery = msgspec.field(default_factory=Delivery)
    reply_token: str = ""
    message: Message | None = None
    unsend: Unsend | None = None

    @property
    def milliseconds(self) -> int | None:
        """LINE's time of the event, None if there is no usable one."""
        usable = type(self.timestamp) is int and 0 <= self.timestamp < _END_OF_TIME
        return self.timestamp if usable else None

    @property
    def message_id(self) -> str:
        """The message that the event brings or takes back."""
        if self.type == "message" and self.message:
            return self.message.id
        return self.unsend.message_id if self.type == "unsend" and self.unsend else ""


class _Body(_Lenient):
    events: list[msgspec.Raw]


def events_of(body: bytes) -> list[bytes] | None:
    """The events of one request, each as its own JSON; None if the body can't be read."""
    read = _read(body, _Body)
    return None if read is None else [bytes(event) for event in read.events]


def incoming_of(event: bytes) -> Incoming | None:
    """One event, None if it has not the shape of its kind."""
    return _read(event, Incoming)


def _read(sent: bytes, shape: type[_Shape]) -> _Shape | None:
    try:
        return msgspec.json.decode(sent, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return msgspec.json.decode(_without_halves(sent), type=shape)
    except (msgspec.DecodeError, RecursionError):
        return None


_ESCAPED = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def _without_halves(sent: bytes) -> bytes:
    """The same with the mark of an unknown letter for half an emoji, as a phone leaves one that cuts a text short."""
    text = sent.decode("utf-8", "replace").encode()
    return _ESCAPED.sub(lambda escaped: b"\\ufffd" if escaped["half"] else escaped[0], text)


STICKER_WORDS = 3
"""How many of a sticker's keywords are kept: LINE gives fifteen at random, the first are enough to read it by."""


def words_of(message: Message) -> str:
    """What stands in the talk for a text or a sticker.

    LINE's own emoji and stickers are pictures with rights of their own, so their names stand there, in square brackets:
    round ones would make talk outside the role of them.
    """
    if message.type == "sticker":
        keywords = [word for word in message.keywords or () if isinstance(word, str)] if _is_list(message) else []
        name = message.text.strip() or "、".join(keywords[:STICKER_WORDS])
        return f"［スタンプ：{name}］" if name else "［スタンプ］"
    return _with_named_emoji(message.text, message.emojis if isinstance(message.emojis, list) else ())


def _is_list(message: Message) -> bool:
    return isinstance(message.keywords, list)


def _with_named_emoji(text: str, emojis: Sequence[Any]) -> str:
    """`(name)` becomes `［name］` where LINE says that it is an emoji; places are counted in UTF-16 units."""
    units = text.encode("utf-16-le")
    for emoji in emojis:
        if not isinstance(emoji, dict):
            continue
        index, length = emoji.get("index"), emoji.get("length")
        if type(index) is not int or type(length) is not int or index < 0 or length < 3:
            continue
        start, stop = 2 * index, 2 * (index + length)
        named = units[start:stop].decode("utf-16-le", "replace")
        if len(named) == length and named[0] == "(" and named[-1] == ")":
            units = units[:start] + f"［{named[1:-1]}］".encode("utf-16-le") + units[stop:]
    return units.decode("utf-16-le", "replace")
