"""Webhook events in the shape of the Messaging API."""

import secrets
from typing import Any

from kokorochat.web.fake_line.people import Bubble, Person, Sticker

Event = dict[str, Any]

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_EXTRA_KEYWORDS = ("talk", "daily", "gentle")


def event_id(at: int) -> str:
    """A new ULID.

    Args:
        at: milliseconds since 1970.
    """
    number = at << 80 | secrets.randbits(80)
    return "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def event_of(kind: str, person: Person, at: int, reply_token: str = "", **parts: Any) -> Event:
    """An event that a person caused in the one-on-one chat with the bot.

    Args:
        parts: what this kind holds beyond what all hold.
    """
    event: Event = {
        "type": kind,
        "mode": "active",
        "timestamp": at,
        "source": {"type": "user", "userId": person.id},
        "webhookEventId": event_id(at),
        "deliveryContext": {"isRedelivery": False},
    }
    return event | ({"replyToken": reply_token} if reply_token else {}) | parts


def text_message(bubble: Bubble) -> Event:
    """The `message` of a text."""
    quoted = {"quotedMessageId": bubble.quoted} if bubble.quoted else {}
    return {"type": "text", "id": bubble.id, "text": bubble.text, **_tokens(bubble), **quoted}


def sticker_message(bubble: Bubble, sticker: Sticker) -> Event:
    """The `message` of a sticker."""
    return {
        "type": "sticker",
        "id": bubble.id,
        "packageId": sticker.package_id,
        "stickerId": sticker.sticker_id,
        "stickerResourceType": "STATIC",
        "keywords": [*sticker.keywords, *_EXTRA_KEYWORDS],
        **_tokens(bubble),
    }


def image_message(bubble: Bubble) -> Event:
    """The `message` of an image, whose bytes are fetched by its id."""
    return {"type": "image", "id": bubble.id, "contentProvider": {"type": "line"}, **_tokens(bubble)}


def _tokens(bubble: Bubble) -> dict[str, str]:
    return {"quoteToken": f"quote-{bubble.id}", "markAsReadToken": bubble.read_token}
