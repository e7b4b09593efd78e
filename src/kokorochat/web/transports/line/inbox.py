"""What LINE brings: stored at once as it came, dealt with afterwards, each person's events in the order of their time.

LINE may bring an event twice, late, or in another order than it happened, and says nothing of how late. Events that
arrive together are put in order: each waits `SETTLES` before it is dealt with. One that comes later than that keeps its
place at the end; its row notes it, and no page shows it. What a screen has shown is never numbered anew.
"""

import hashlib
import logging
import re
from datetime import timedelta

from cryptography.fernet import InvalidToken
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Max, Min
from django.utils import timezone

from kokorochat.web.forgetting import delete_some
from kokorochat.web.locks import hold
from kokorochat.web.transports.line import receive
from kokorochat.web.transports.line.models import Account, InboundEvent
from kokorochat.web.transports.line.payloads import Incoming, events_of, incoming_of
from kokorochat.web.transports.line.sealing import digest_of, seal, unseal

logger = logging.getLogger(__name__)

SETTLES = timedelta(seconds=0.5)
KEPT = timedelta(days=35)
"""How long the row of an event that was dealt with stays, as long as a backup does: LINE brings none again and lets
none be taken back that is nearly so old."""
MOST_AT_ONCE = 50
"""People dealt with in one round."""
MOST_LOOKED_UP = 500
"""Events of one request that are looked up; LINE sends far fewer, and a query takes so many at once."""

_EVENT_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_KIND = re.compile(r"[0-9A-Za-z_-]{1,40}")
_MESSAGE_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


def store(body: bytes) -> None:
    """Store every event of a genuine request that is not stored yet, all or none."""
    events = events_of(body)
    brought: list[tuple[bytes, Incoming | None]] = [(body, None)]
    if events is not None:
        brought = [(event, incoming_of(event)) for event in events]
    ids = [_id(event, incoming) for event, incoming in brought]
    # Read first: what LINE brings again in a rush must not wait for the right to write, or it is brought yet again.
    known = set(InboundEvent.objects.filter(event_id__in=ids[:MOST_LOOKED_UP]).values_list("event_id", flat=True))
    rows = [_row(*new) for new, event_id in zip(brought, ids, strict=True) if event_id not in known]
    if not rows:
        return
    with transaction.atomic():
        InboundEvent.objects.bulk_create(rows, ignore_conflicts=True)


def _id(event: bytes, incoming: Incoming | None) -> str:
    named = incoming and _EVENT_ID.fullmatch(incoming.webhook_event_id)
    return incoming.webhook_event_id if incoming and named else f"sha256:{hashlib.sha256(event).hexdigest()}"


def _row(event: bytes, incoming: Incoming | None) -> InboundEvent:
    now = int(timezone.now().timestamp() * 1000)
    if incoming is None:
        return InboundEvent(
            event_id=_id(event, None), kind="", stamp=now, payload=seal(event), state=InboundEvent.State.MALFORMED
        )
    return InboundEvent(
        event_id=_id(event, incoming),
        kind=incoming.type if _KIND.fullmatch(incoming.type) else "",
        sender=digest_of(incoming.source.user_id) if incoming.source.user_id else "",
        stamp=now if incoming.milliseconds is None else incoming.milliseconds,
        message_id=incoming.message_id if _MESSAGE_ID.fullmatch(incoming.message_id) else "",
        payload=seal(event),
    )


def process() -> bool:
    """Deal with what has settled; tells whether there was anything."""
    due = InboundEvent.objects.filter(
        state=InboundEvent.State.WAITING, received_at__lte=timezone.now() - SETTLES
    ).exclude(kind="join")
    senders = due.values("sender").annotate(first=Min("pk"), newest=Max("stamp")).order_by("first")[:MOST_AT_ONCE]
    worked = False
    for row in senders:
        worked |= _process_sender(row["sender"], row["newest"])
    return worked


def _process_sender(sender: str, newest: int) -> bool:
    """One person's waiting events up to a time, in order; False if there is none that no other worker has."""
    if sender and not Account.objects.filter(digest=sender).exists():
        try:
            _open_account(sender)
        except InvalidToken:
            logger.error("events from LINE were sealed under another secret key; they can't be read any more")
            unread = InboundEvent.objects.filter(state=InboundEvent.State.WAITING, sender=sender)
            return bool(unread.update(state=InboundEvent.State.FAILED, done_at=timezone.now()))
    worked = False
    while _process_next(sender, newest):
        worked = True
    return worked


def _process_next(sender: str, newest: int) -> bool:
    """The next of these events, in a transaction of its own: each may end at the audit trail (locks.py)."""
    waiting = InboundEvent.objects.filter(state=InboundEvent.State.WAITING, sender=sender, stamp__lte=newest)
    with transaction.atomic():
        account = None
        if sender:
            # Whoever holds the account's row has this person's next event: two workers must not take turns in them.
            account = hold(Account.objects.filter(digest=sender), skip=True).first()
            if account is None:
                return False
        event = hold(waiting.exclude(kind="join").order_by("stamp", "pk"), skip=True).first()
        if event is None:
            return False
        _process_event(account, event)
    return True


def forget() -> bool:
    """Take away the rows of old events, with what was kept of those that were not understood; whether more may be."""
    old = InboundEvent.objects.exclude(state=InboundEvent.State.WAITING).filter(received_at__lt=timezone.now() - KEPT)
    return delete_some(old)


def _open_account(sender: str) -> None:
    """The row for a LINE account that is heard of for the first time."""
    event = InboundEvent.objects.filter(sender=sender).exclude(payload="").order_by("pk").first()
    incoming = incoming_of(unseal(event.payload)) if event else None
    if incoming is not None:
        Account.objects.get_or_create(digest=sender, defaults={"sealed_user": seal(incoming.source.user_id.encode())})


def _process_event(account: Account | None, event: InboundEvent) -> None:
    """Deal with one event and say what became of it. A fault in one is noted and holds up no other."""
    state = InboundEvent.State.FAILED
    try:
        with transaction.atomic():
            incoming = incoming_of(unseal(event.payload))
            state = receive.act(account, event, incoming) if incoming else InboundEvent.State.MALFORMED
    except (OperationalError, InterfaceError):
        raise  # the database is away or busy; any other fault lies in what was brought, and would come again
    except Exception:
        logger.exception("event %d from LINE could not be dealt with", event.pk)
    if account is not None:
        event.late = event.stamp < account.heard_to
        account.heard_to = max(account.heard_to, event.stamp)
        account.save(update_fields=["heard_to"])
    event.state, event.done_at = state, timezone.now()
    if state not in (InboundEvent.State.UNKNOWN, InboundEvent.State.MALFORMED, InboundEvent.State.FAILED):
        # Its words stand in the talk now, or were never meant to stay.
        event.payload = ""
    event.save(update_fields=["state", "done_at", "late", "payload", "session"])
