"""The LINE door, open; and LINE's side of it, in payloads of our own writing that have the captured shape."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Event, Session
from kokorochat.web.transports.line import inbox, linking
from kokorochat.web.transports.line.models import Account, InboundEvent, Outgoing
from kokorochat.web.transports.line.sealing import digest_of, seal, unseal
from kokorochat.web.transports.line.signature import signature_of

SECRET, TOKEN = "0123456789abcdef0123456789abcdef", "access-token-of-the-tests"
MIDORI, SUMIRE = "U" + "4" * 32, "U" + "5" * 32
"""What LINE calls Midori and Sumire."""


@pytest.fixture(autouse=True)
def _door(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The door is open, leads to no LINE, and nothing waits to settle."""
    settings.LINE_SECRET, settings.LINE_TOKEN, settings.LINE_API = SECRET, TOKEN, "http://127.0.0.1:9"
    monkeypatch.setattr(inbox, "SETTLES", timedelta())


class Line:
    """LINE as far as it calls us."""

    def __init__(self) -> None:
        self.browser, self.made, self.clock = Client(), 0, int(time.time() * 1000) - 60_000

    def event(self, kind: str, user: str = MIDORI, **fields: Any) -> dict[str, Any]:
        """An event a second after the one before it."""
        self.made += 1
        self.clock += 1000
        return {
            "type": kind,
            "webhookEventId": f"01JD{self.made:022d}",
            "timestamp": self.clock,
            "mode": "active",
            "source": {"type": "user", "userId": user},
            "deliveryContext": {"isRedelivery": False},
            "replyToken": f"{self.made:032x}",
            **fields,
        }

    def text(self, words: str, user: str = MIDORI, **fields: Any) -> dict[str, Any]:
        message = {
            "id": f"5400000{self.made:08d}",
            "type": "text",
            "text": words,
            "quoteToken": "q3Plxr4AgKd",
            **fields,
        }
        return self.event("message", user, message=message)

    def sticker(self, user: str = MIDORI, **fields: Any) -> dict[str, Any]:
        about = {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC", "quoteToken": "q"}
        return self.event("message", user, message={"id": f"54{self.made:012d}", "type": "sticker", **about, **fields})

    def unsend(self, event: dict[str, Any]) -> dict[str, Any]:
        made = self.event("unsend", event["source"]["userId"], unsend={"messageId": event["message"]["id"]})
        del made["replyToken"]
        return made

    def brings(self, *events: dict[str, Any]) -> None:
        """One signed request with these events."""
        assert self.post({"destination": "U" + "0" * 32, "events": list(events)}) == 200

    def post(self, body: Any, signature: str | None = None) -> int:
        """The status that a request with this body is answered with."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        signed = signature_of(SECRET, raw) if signature is None else signature
        headers = {"X-Line-Signature": signed} if signed else {}
        return self.browser.post("/line/webhook", raw, content_type="application/json", headers=headers).status_code

    def and_we_read(self, *events: dict[str, Any]) -> None:
        """One request, and the worker's look at it."""
        self.brings(*events)
        while inbox.process():
            pass


@pytest.fixture
def line(db: None) -> Line:
    return Line()


def link(person: Person, user: str) -> Account:
    """The person's LINE account, linked."""
    account, _ = Account.objects.get_or_create(digest=digest_of(user), defaults={"sealed_user": seal(user.encode())})
    code = linking.make_code(person)
    assert linking.redeem(account, code)[0] == "linked"
    return account


@pytest.fixture
def linked(midori: Person) -> Account:
    """Midori's LINE account."""
    return link(midori, MIDORI)


def said(session: Session) -> list[str]:
    """The words that stand in the talk."""
    return [e.text for e in Event.objects.filter(session=session, kind=Event.Kind.UTTERANCE).order_by("number")]


def told(user: str = MIDORI) -> list[str]:
    """Which notices wait for a LINE account."""
    waiting = Outgoing.objects.filter(account__digest=digest_of(user), state=Outgoing.State.WAITING)
    return [message.notice for message in waiting.exclude(notice="").order_by("pk")]


def states() -> list[str]:
    """What has become of all that LINE has brought, in the order in which it came."""
    return list(InboundEvent.objects.order_by("pk").values_list("state", flat=True))


def words(message: Outgoing) -> str:
    return unseal(message.sealed_text).decode()


def at(seconds: float, event: dict[str, Any]) -> dict[str, Any]:
    """The event, as of so many seconds from now."""
    return event | {"timestamp": int((time.time() + seconds) * 1000)}
