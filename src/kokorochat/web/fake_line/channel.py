"""The official account of the fake: its people, its messages both ways, its quota, its clock."""

import asyncio
import hashlib
import itertools
import secrets
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kokorochat.web.fake_line import events
from kokorochat.web.fake_line.http import Refusal
from kokorochat.web.fake_line.ledger import Acceptance, Ledger
from kokorochat.web.fake_line.messages import LONGEST_TEXT, actions_of, text_of, units
from kokorochat.web.fake_line.people import STICKERS, Bubble, Person
from kokorochat.web.fake_line.webhook import Courier

KEY_SECONDS = 24 * 3600.0
"""For how long a retry key is known."""

REPLY_SECONDS = 60.0
LINK_SECONDS = 600.0
_LONGEST_NAME = 40
_FIRST_MESSAGE = 500_000_000_000_000_001


@dataclass(frozen=True)
class Settings:
    """What a fake begins with.

    Attributes:
        secret: of the channel, by which events are signed.
        token: the access token that the bot must show.
        webhook: where events go; empty until the bot sets it.
        redelivery: whether an event that is not accepted comes again.
        quota: how many messages may be pushed in a month; None for no limit.
        people: names of those who have a phone and have added the bot before the start; no event tells of it.
    """

    secret: str
    token: str
    webhook: str = ""
    redelivery: bool = True
    quota: int | None = None
    people: tuple[str, ...] = ()


@dataclass
class _Grant:
    """A token for one reply, or for linking one account."""

    person: Person
    until: float


class Channel:
    """All state of the fake, in memory; it lives in one event loop.

    Attributes:
        user_id: the bot's own.
        webhook: where events go.
        used: how many pushed messages have been counted.
        tries: {(endpoint, person): calls so far}; faults are drawn by it.
        contents: {message id: (type, bytes)} of images.
        left: groups that the bot has left.
        version: grows with every change that a page may show.
        ahead: seconds by which the clock has been put ahead.
        stopped: the server is ending.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.user_id = _id_of("bot")
        self.webhook = settings.webhook
        self.quota, self.used = settings.quota, 0
        self.people: dict[str, Person] = {}
        self.ledger = Ledger()
        self.courier = Courier(settings.secret, self.user_id, self.ledger, settings.redelivery, self.change)
        self.tries: Counter[tuple[str, str]] = Counter()
        self.contents: dict[str, tuple[str, bytes]] = {}
        self.left: list[str] = []
        self.version = 0
        self.ahead = 0.0
        self.stopped = False
        self._ids = itertools.count(_FIRST_MESSAGE)
        self._last_at = 0
        self._keys: dict[str, tuple[float, Acceptance]] = {}
        self._reply_tokens: dict[str, _Grant] = {}
        self._link_tokens: dict[str, _Grant] = {}
        self._changed = asyncio.Event()
        for name in settings.people:
            self._new_person(name).friend = True

    # --- the clock and its watchers ---

    def now(self) -> float:
        """Seconds since 1970; the clock may have been put ahead."""
        return time.time() + self.ahead

    def stamp(self) -> int:
        """Milliseconds since 1970, no two alike."""
        self._last_at = max(int(self.now() * 1000), self._last_at + 1)
        return self._last_at

    def change(self) -> None:
        """Tell all who watch."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self, seen: int) -> int:
        """Wait until the version is another than `seen`, or the fake stops."""
        while self.version == seen and not self.stopped:
            await self._changed.wait()
        return self.version

    async def rest(self, seconds: float) -> None:
        """Do nothing for so long, or until the fake stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.stopped:
                    await self._changed.wait()

    def stop(self) -> None:
        """End what waits: a server can't stop before."""
        self.stopped = True
        self.change()

    # --- from a phone to the bot ---

    def person(self, person_id: str) -> Person:
        """The person of an id.

        Raises:
            Refusal: there is none.
        """
        if person_id not in self.people:
            raise Refusal(404, "There is no such person")
        return self.people[person_id]

    def add_person(self, name: str) -> Person:
        """Somebody new, who adds the bot. The same names, in the same order, give the same ids.

        Raises:
            Refusal: the name can't be used.
        """
        name = name.strip()
        if not 1 <= len(name) <= _LONGEST_NAME:
            raise Refusal(400, f"A name has 1 to {_LONGEST_NAME} characters")
        person = self._new_person(name)
        self.follow(person)
        return person

    def follow(self, person: Person) -> None:
        """Add the bot, or stop blocking it."""
        follow = {"isUnblocked": person.blocked}
        person.friend, person.blocked = True, False
        self._send("follow", person, reply=True, follow=follow)

    def block(self, person: Person) -> None:
        """Block the bot."""
        if not person.blocked:
            person.blocked = True
            self._send("unfollow", person)

    def say(self, person: Person, text: str, quoted: str = "") -> Bubble:
        """Send a text.

        Raises:
            Refusal: it is empty or too long, or the bot is blocked.
        """
        if not text.strip() or units(text) > LONGEST_TEXT:
            raise Refusal(400, f"A text has 1 to {LONGEST_TEXT} UTF-16 units")
        bubble = self._own_bubble(person, "text", text)
        bubble.quoted = quoted
        self._send("message", person, reply=True, message=events.text_message(bubble))
        return bubble

    def send_sticker(self, person: Person, number: int) -> Bubble:
        """Send one of the stickers.

        Raises:
            Refusal: there is none of that number, or the bot is blocked.
        """
        if number not in range(len(STICKERS)):
            raise Refusal(400, f"Stickers have the numbers 0 to {len(STICKERS) - 1}")
        bubble = self._own_bubble(person, "sticker", STICKERS[number].glyph)
        self._send("message", person, reply=True, message=events.sticker_message(bubble, STICKERS[number]))
        return bubble

    def send_image(self, person: Person, kind: str, content: bytes) -> Bubble:
        """Send an image.

        Raises:
            Refusal: it is none, or the bot is blocked.
        """
        if kind not in ("image/jpeg", "image/png") or not content:
            raise Refusal(400, "An image is a JPEG or PNG")
        bubble = self._own_bubble(person, "image", "")
        self.contents[bubble.id] = kind, content
        self._send("message", person, reply=True, message=events.image_message(bubble))
        return bubble

    def unsend(self, person: Person, message_id: str) -> None:
        """Take an own message back.

        Raises:
            Refusal: it is not this person's, or was taken back before.
        """
        bubble = person.bubble(message_id)
        if bubble is None or not bubble.own or bubble.unsent:
            raise Refusal(400, "There is no such message to take back")
        bubble.unsent, bubble.text = True, ""
        self.contents.pop(message_id, None)
        self._send("unsend", person, unsend={"messageId": message_id})

    def tap(self, person: Person, data: str, said: str) -> None:
        """Tap a button that sends data, and perhaps shows a text as if it had been said."""
        if said:
            person.show(Bubble(self._message_id(), True, "text", said, self.stamp()))
        self._send("postback", person, reply=True, postback={"data": data})

    def invite(self, person: Person) -> str:
        """Take the bot into a group; the group's id."""
        group = f"C{secrets.token_hex(16)}"
        source = {"type": "group", "groupId": group, "userId": person.id}
        self._send("join", person, reply=True, source=source)
        return group

    def link(self, link_token: str, nonce: str) -> Person:
        """The person agrees to link their account with one of the platform.

        Raises:
            Refusal: the token is unknown, used or expired, or the nonce is none.
        """
        grant = self._link_tokens.pop(link_token, None)
        if grant is None or grant.until < self.now() or not 10 <= len(nonce) <= 255:
            raise Refusal(400, "The link token or the nonce is invalid")
        self._send("accountLink", grant.person, reply=True, link={"result": "ok", "nonce": nonce})
        return grant.person

    # --- from the bot to a phone ---

    def accepted_before(self, key: str) -> Acceptance | None:
        """What was accepted under a retry key, None if it is new or was forgotten."""
        at, acceptance = self._keys.get(key, (0.0, None))
        return acceptance if at + KEY_SECONDS > self.now() else None

    def push(self, person: Person, messages: list[dict[str, Any]], key: str, request_id: str) -> Acceptance:
        """Take messages for a person; who blocks the bot is not shown them, and they are not counted.

        Raises:
            Refusal: the month's quota is spent.
        """
        if self.quota is not None and self.used >= self.quota:
            raise Refusal(429, "You have reached your monthly limit.")
        acceptance = self._accept("push", person, messages, key, request_id)
        self.used += acceptance.shown
        if key:
            self._keys[key] = self.now(), acceptance
        return acceptance

    def reply(self, token: str, messages: list[dict[str, Any]], request_id: str) -> Acceptance:
        """Take messages in answer to an event.

        Raises:
            Refusal: the token is unknown, used or expired.
        """
        grant = self._reply_tokens.pop(token, None)
        if grant is None or grant.until < self.now():
            raise Refusal(400, "Invalid reply token")
        return self._accept("reply", grant.person, messages, "", request_id)

    def replies_to(self, token: str) -> str:
        """The id of the person whom a reply token answers; empty if it is not known."""
        grant = self._reply_tokens.get(token)
        return grant.person.id if grant else ""

    def mark_as_read(self, token: str) -> None:
        """Show that the bot has read a message, and all before it.

        Raises:
            Refusal: the token is unknown.
        """
        for person in self.people.values():
            for place, bubble in enumerate(person.bubbles):
                if bubble.own and bubble.read_token == token:
                    for earlier in person.bubbles[: place + 1]:
                        earlier.read = earlier.read or earlier.own
                    return
        raise Refusal(400, "The token is invalid")

    def new_link_token(self, person: Person) -> str:
        """A token by which a person's account can be linked once."""
        token = secrets.token_urlsafe(24)
        self._link_tokens[token] = _Grant(person, self.now() + LINK_SECONDS)
        return token

    def _accept(
        self, via: str, person: Person, messages: list[dict[str, Any]], key: str, request_id: str
    ) -> Acceptance:
        shown, taken = person.friend and not person.blocked, []
        for message in messages:
            text, sender = text_of(message), message.get("sender", {}).get("name", "")
            bubble = Bubble(self._message_id(), False, message["type"], text, self.stamp(), sender, actions_of(message))
            taken.append({"id": bubble.id, "type": message["type"], "text": text, "sender": sender})
            if shown:
                person.show(bubble)
        number = len(self.ledger.accepted) + 1
        acceptance = Acceptance(number, self.stamp(), via, person.id, key, request_id, taken, shown)
        self.ledger.accepted.append(acceptance)
        self.change()
        return acceptance

    # --- parts ---

    def _new_person(self, name: str) -> Person:
        alike = sum(1 for person in self.people.values() if person.name == name)
        person = Person(person_id(name, alike), name)
        self.people[person.id] = person
        return person

    def _own_bubble(self, person: Person, form: str, text: str) -> Bubble:
        if not person.friend or person.blocked:
            raise Refusal(409, "This person has not added the bot, or blocks it")
        bubble = Bubble(self._message_id(), True, form, text, self.stamp())
        person.show(bubble)
        return bubble

    def _message_id(self) -> str:
        return str(next(self._ids))

    def _send(self, kind: str, person: Person, *, reply: bool = False, **parts: Any) -> None:
        token = secrets.token_hex(16) if reply else ""
        if token:
            self._reply_tokens[token] = _Grant(person, self.now() + REPLY_SECONDS)
        person.events += 1
        event = events.event_of(kind, person, self.stamp(), token, **parts)
        if self.webhook:
            self.courier.carry(self.webhook, event, person.id, person.events)
        self.change()


def person_id(name: str, alike: int = 0) -> str:
    """The id of a person, the same in every fake.

    Args:
        alike: how many of the same name were there before.
    """
    return _id_of(f"{name} {alike}")


def _id_of(what: str) -> str:
    return f"U{hashlib.sha256(f'kokorochat fake-line {what}'.encode()).hexdigest()[:32]}"
