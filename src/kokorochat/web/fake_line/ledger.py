"""What the fake saw and did, for tests to judge: the bot's calls, the messages it accepted, the events it sent."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request of the bot.

    Attributes:
        at: milliseconds since 1970, by the fake's clock.
        endpoint: its path without the API's version, as "message/push".
        to: the person whom it is about; empty if nobody is named.
        key: its retry key; empty without one.
        fault: the outcome that the plan of faults gave it; empty if none.
        status: how it was answered. After a hang nobody may have read it.
    """

    at: int
    endpoint: str
    to: str
    key: str
    fault: str
    status: int


@dataclass(frozen=True)
class Acceptance:
    """Messages that were accepted together.

    Attributes:
        number: from 1, in the order of acceptance.
        via: "push" or "reply".
        messages: [{"id", "type", "text", "sender"}].
        shown: whether they reached the phone; not where the bot is blocked.
    """

    number: int
    at: int
    via: str
    to: str
    key: str
    request_id: str
    messages: list[dict[str, str]]
    shown: bool


@dataclass(frozen=True)
class Post:
    """One try to hand an event over.

    Attributes:
        status: the platform's answer; 0 if there was none.
        reason: why it counts as failed, in the words of the statistics; empty if it was accepted.
        seconds: until the answer, or until it was given up.
    """

    at: int
    status: int
    reason: str
    seconds: float
    redelivery: bool


@dataclass
class Delivery:
    """One event on its way to the webhook.

    Attributes:
        event: its `webhookEventId`.
        message: the id of the message that it is about; empty if none.
        forged: its signature is wrong on purpose.
        due: copies and redeliveries that are still to come.
    """

    event: str
    kind: str
    person: str
    message: str
    forged: bool
    due: int = 0
    posts: list[Post] = field(default_factory=list)


@dataclass
class Ledger:
    """All of it, in order."""

    calls: list[Call] = field(default_factory=list)
    accepted: list[Acceptance] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    @property
    def pending(self) -> int:
        """Events that are still on their way."""
        return sum(1 for delivery in self.deliveries if delivery.due)

    def as_dict(self) -> dict[str, Any]:
        """The ledger as JSON."""
        return asdict(self) | {"pending": self.pending}
