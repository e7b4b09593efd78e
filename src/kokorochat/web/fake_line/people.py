"""The people behind the phones, and what stands on their screens."""

import secrets
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sticker:
    """A sticker that can be picked; its picture is a character of the reader's own font."""

    package_id: str
    sticker_id: str
    glyph: str
    keywords: tuple[str, ...]


STICKERS = (
    Sticker("1", "1", "🙂", ("smile", "fine")),
    Sticker("1", "2", "🙏", ("thanks", "please")),
    Sticker("1", "3", "😢", ("sad", "tears")),
    Sticker("1", "4", "😮‍💨", ("sigh", "relief")),
    Sticker("1", "5", "👍", ("ok", "agreed")),
    Sticker("1", "6", "🌱", ("growth", "slowly")),
)


@dataclass
class Bubble:
    """One message on a phone.

    Attributes:
        id: the message's id on the platform.
        own: whether the phone's owner sent it, else the bot.
        form: "text", "sticker", "image", or another type of message object.
        at: milliseconds since 1970.
        sender: the name that the bot gave itself for this message.
        actions: what can be tapped: message, postback and uri actions.
        read: whether the bot has marked it as read.
        read_token: by which the bot does so.
        unsent: whether its sender took it back; no text is left then.
    """

    id: str
    own: bool
    form: str
    text: str
    at: int
    sender: str = ""
    actions: list[dict[str, Any]] = field(default_factory=list)
    quoted: str = ""
    read: bool = False
    read_token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    unsent: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The bubble as JSON."""
        return {
            "id": self.id,
            "own": self.own,
            "form": self.form,
            "text": self.text,
            "at": self.at,
            "sender": self.sender,
            "actions": self.actions,
            "quoted": self.quoted,
            "read": self.read,
            "unsent": self.unsent,
        }


@dataclass
class Person:
    """Somebody with a phone.

    Attributes:
        id: "U" and 32 hexadecimal digits.
        friend: has added the bot.
        blocked: has blocked it: nothing that it sends is shown.
        loading_until: until when the dots of a coming answer move, in seconds since 1970.
        events: how many events this person has caused; faults are drawn by it.
    """

    id: str
    name: str
    friend: bool = False
    blocked: bool = False
    bubbles: list[Bubble] = field(default_factory=list)
    loading_until: float = 0.0
    events: int = 0

    def bubble(self, message_id: str) -> Bubble | None:
        """The message of an id, or None."""
        return next((bubble for bubble in self.bubbles if bubble.id == message_id), None)

    def show(self, bubble: Bubble) -> None:
        """Put a message at the end of the screen."""
        self.bubbles.append(bubble)
        if not bubble.own:
            self.loading_until = 0.0

    def summary(self) -> dict[str, Any]:
        """The person as JSON, for a list."""
        newest = self.bubbles[-1] if self.bubbles else None
        return {
            "id": self.id,
            "name": self.name,
            "friend": self.friend,
            "blocked": self.blocked,
            "bubbles": len(self.bubbles),
            "newest": "" if newest is None else newest.text,
        }

    def screen(self, now: float) -> dict[str, Any]:
        """The phone as JSON."""
        shown = [bubble.as_dict() for bubble in self.bubbles]
        return self.summary() | {"loading": now < self.loading_until, "thread": shown}
