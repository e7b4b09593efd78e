"""Hand waiting messages to LINE: each accepted once, one person's in their order, through any fault and any kill.

A push carries a key that LINE takes once, so it is repeated until there is an answer. A reply has none, but its token
is good for one message: repeated with the same token, it is either taken now or was taken before. Only a reply whose
token ran out before any answer stays open; it is marked uncertain and pushed only if the counselor says so, or it could
come twice. What a push was tried for once goes by its key for ever, even if a token comes meanwhile.
What is to be tried is written down before it is tried, so a worker that dies leaves the next one what it needs to know.
"""

import logging
from datetime import datetime, timedelta

from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from kokorochat.web.locks import hold
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Event, Session
from kokorochat.web.transports.line import client, notices, quota, relays, telling
from kokorochat.web.transports.line.client import Outcome
from kokorochat.web.transports.line.models import Account, Outgoing, Relay, ReplyToken
from kokorochat.web.transports.line.sealing import unseal

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=14)
"""How long a worker has an account to itself; longer than one call can take. After a kill another waits so long."""
REPEATS = timedelta(seconds=8)
"""What a token must live on beyond `LEASE` to be used for a message that could be pushed: after a kill, or a call that
had no answer, there is time to ask again whether it was taken."""
BACKOFF = [timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 8, 8, 8, 15, 15, 15, 15, 30, 60, 120, 300)]
"""Somebody waits for an answer: for a minute and a half a message is tried often, whatever goes wrong."""
LONGEST_REST_OF_A_REPLY = timedelta(seconds=4)
HELD = timedelta(seconds=0.5)
"""Until the next look at an account whose first message is held back."""
KEY_LIFE = timedelta(hours=20)
"""LINE remembers a key for 24 hours; a push is given up well before."""

State = Outgoing.State
_SURELY_NOT_TAKEN = (Outcome.NOT_REACHED, Outcome.LIMITED, Outcome.UNAUTHORIZED)


def send() -> bool:
    """Send what waits for one account; tells whether there was anything."""
    account = _claim()
    if account is None:
        return False
    rest, anything = None, False
    try:
        while (rest := _send_next(account)) == timedelta():
            anything = True
        if rest is None and not anything:
            rest = HELD  # its first message is held back, and whoever else waits must have their turn
    finally:
        # Without an answer to the last one, nothing else may overtake it: the account rests.
        until = timezone.now() + rest if rest else None
        Account.objects.filter(pk=account.pk).update(busy_until=until)
    return True


def _claim() -> Account | None:
    """An account that something waits for and that no other worker is sending to; it is ours for `LEASE`."""
    if not Outgoing.objects.filter(state=State.WAITING).exists():
        return None  # asked many times a second, and what follows costs twenty times as much
    now = timezone.now()
    waiting = Outgoing.objects.filter(account=OuterRef("pk"), state=State.WAITING)
    token = _tokens(now).filter(account=OuterRef("pk"))
    due = Exists(waiting.filter(free=False, hold_until__lte=now)) | (
        Exists(waiting.filter(free=True)) & (Exists(token) | Exists(waiting.exclude(reply_token="")))
    )
    # So far ahead nobody has written it: the clock was wrong, and must not hold the account until then.
    idle = Q(busy_until__isnull=True) | Q(busy_until__lte=now) | Q(busy_until__gt=now + BACKOFF[-1] + LEASE)
    if not Account.objects.filter(due, idle).exists():
        return None  # looked up first, so that an idle worker takes no lock
    with transaction.atomic():
        # Whose message has waited longest: by any other order somebody would never have their turn in a rush.
        longest = Subquery(waiting.order_by("pk").values("pk")[:1])
        account = hold(Account.objects.filter(due, idle).order_by(longest), skip=True).first()
        if account is not None:
            _keep(account, now)
    return account


def _send_next(account: Account) -> timedelta | None:
    """Send the next message; gives how long to rest then, None if nothing can be sent now."""
    _keep(account, timezone.now())
    now = timezone.now()
    tokens = _tokens(now).filter(account=account)
    any_token, lasting = tokens.first(), tokens.filter(usable_until__gt=now + LEASE + REPEATS).first()
    waiting = account.outgoing.filter(state=State.WAITING).select_related(
        "session", "feedback_notice", "account__person"
    )
    for message in waiting.order_by("pk"):
        token = any_token if message.free else lasting
        if message.free and token is None and not message.reply_token:
            continue  # it waits for a reply token, and nobody waits for it
        if telling.is_put_off(message):
            continue  # what is said in a talk must not wait behind it
        return _send_one(account, message, token)
    return None


def _keep(account: Account, now: datetime) -> None:
    """Hold the account for `LEASE` from now on; not written again within a second."""
    if account.busy_until is None or account.busy_until < now + LEASE - timedelta(seconds=1):
        account.busy_until = now + LEASE
        account.save(update_fields=["busy_until"])


def _send_one(account: Account, message: Outgoing, token: ReplyToken | None) -> timedelta | None:
    now = timezone.now()
    try:
        texts = _texts(message)
        user_id = unseal(account.sealed_user).decode()
    except InvalidToken:
        logger.error("LINE account %d was sealed under another secret key; it must be linked again", account.pk)
        return _close(message, State.REFUSED)
    if ends := telling.off(message) or _astray(message):
        return _close(message, ends)
    if not texts or (message.number and message.session and message.session.client_seen >= message.number):
        return _close(message, State.PAGE)
    if message.reply_token:
        return _repeat_reply(message, texts, now)
    if message.hold_until > now and not message.free:
        return None
    if token is not None and message.first_push_at is None:
        return _reply(message, texts, token)
    return _push(account, message, user_id, texts, now)


def _astray(message: Outgoing) -> State | None:
    """How a message of a session ends whose account is not, or no longer, that of the session's client.

    An account may pass from one person to another while a message waits, and a locked person hears nothing.
    """
    if message.session is None:
        return None
    person = message.account.person
    if person is not None and person.pk == message.session.client_id and person.is_active:
        return None
    if message.tries:
        return State.UNCERTAIN
    return State.DROPPED if message.notice else State.PAGE


def _texts(message: Outgoing) -> list[str]:
    """What is sent; nothing for an utterance that was taken back."""
    if message.notice or message.number is None:
        return client.in_parts(notices.by_platform(unseal(message.sealed_text).decode()))
    event = Event.objects.filter(session=message.session, number=message.number).first()
    text = event.text if event else ""
    return client.in_parts(text) if text else []


def _tokens(now: datetime) -> QuerySet[ReplyToken]:
    """Those that still work, the oldest first: the younger ones live on."""
    return ReplyToken.objects.filter(usable_until__gt=now).order_by("usable_until", "pk")


def _reply(message: Outgoing, texts: list[str], token: ReplyToken) -> timedelta | None:
    with transaction.atomic():
        message.reply_token, message.reply_until, message.tries = token.token, token.usable_until, message.tries + 1
        message.save(update_fields=["reply_token", "reply_until", "tries"])
        token.delete()
    outcome = client.reply(message.reply_token, texts)
    if outcome is Outcome.TOKEN_SPENT:
        # The first try with it: LINE has not taken this message, whatever the token was spent on.
        return _without_reply(message)
    if outcome in _SURELY_NOT_TAKEN:
        ReplyToken.objects.create(account=message.account, token=token.token, usable_until=token.usable_until)
        _without_reply(message)
    return _after(message, outcome)


def _repeat_reply(message: Outgoing, texts: list[str], now: datetime) -> timedelta | None:
    """A reply without an answer, or one after which a worker died: the same again, as long as the token may live."""
    if message.reply_until is None or now >= message.reply_until:
        return _close(message, State.UNCERTAIN)
    message.tries += 1
    message.save(update_fields=["tries"])
    outcome = client.reply(message.reply_token, texts)
    # The token was spent meanwhile, and on nothing but this message.
    rest = _after(message, Outcome.ACCEPTED if outcome is Outcome.TOKEN_SPENT else outcome)
    return min(rest, LONGEST_REST_OF_A_REPLY) if rest else rest


def _without_reply(message: Outgoing) -> timedelta:
    message.reply_token, message.reply_until = "", None
    message.save(update_fields=["reply_token", "reply_until"])
    return timedelta()


def _push(account: Account, message: Outgoing, user_id: str, texts: list[str], now: datetime) -> timedelta | None:
    if message.first_push_at is not None and now > message.first_push_at + KEY_LIFE:
        return _close(message, State.UNCERTAIN)
    if message.first_push_at is None and quota.is_spent():
        return _move(message, Relay.Moved.QUOTA)
    was_unclear, message.unclear = message.unclear, True
    message.first_push_at, message.pushed, message.tries = message.first_push_at or now, True, message.tries + 1
    message.save(update_fields=["first_push_at", "pushed", "tries", "unclear"])
    outcome = client.push(user_id, texts, message.retry_key)
    if outcome in _SURELY_NOT_TAKEN:
        message.unclear = was_unclear
        message.save(update_fields=["unclear"])
    return _after(message, outcome)


def _after(message: Outgoing, outcome: Outcome) -> timedelta | None:
    """Note what became of a try; gives how long the account rests."""
    rest = BACKOFF[min(message.tries, len(BACKOFF)) - 1]
    match outcome:
        case Outcome.ACCEPTED:
            return _close(message, State.ACCEPTED)
        case Outcome.LIMITED if message.pushed and quota.ask() and quota.is_spent():
            if message.unclear and not message.notice:
                _close(message, State.UNCERTAIN)  # an earlier try may have been taken, though nothing told so
            return _move(message, Relay.Moved.QUOTA)
        case Outcome.REFUSED:
            logger.error("LINE refuses message %d", message.pk)
            return _close(message, State.REFUSED)
        case Outcome.UNAUTHORIZED:
            logger.error("LINE does not take our access token: see KOKOROCHAT_LINE_TOKEN")
    return rest


def _close(message: Outgoing, state: State) -> timedelta:
    """The message is done with: the next one may follow at once."""
    with transaction.atomic():
        _hold_around(message, moves=state is State.REFUSED)
        message.state, message.sealed_text, message.reply_token = state, "", ""
        message.accepted_at = timezone.now() if state is State.ACCEPTED else None
        message.save(update_fields=["state", "sealed_text", "reply_token", "accepted_at"])
        # A notice's number is no utterance's: it says nothing of the messages before it.
        if message.session_id and message.number and not message.notice:
            if state is State.ACCEPTED:
                actions.note_accepted(message.session_id, message.number)
            elif state in (State.UNCERTAIN, State.REFUSED):
                actions.note_uncertain(message.session_id, message.number)
        if state is State.REFUSED and message.session_id:
            _move_relay(message.session_id, Relay.Moved.REFUSED)
        telling.note(message)
    return timedelta()


def _hold_around(message: Outgoing, *, moves: bool) -> None:
    """What comes before the message's own row (locks.py).

    Args:
        moves: the session may be left to the phone page, and its client told so.
    """
    if not message.session_id:
        return
    if moves:
        hold(Account.objects.filter(pk=message.account_id)).get()
    hold(Session.objects.filter(pk=message.session_id)).get()
    if moves:
        hold(Relay.objects.filter(session_id=message.session_id)).get()


def _move(message: Outgoing, reason: Relay.Moved) -> timedelta:
    with transaction.atomic():
        _hold_around(message, moves=True)
        if message.session_id:
            _move_relay(message.session_id, reason)
        message.refresh_from_db()
        if message.state == State.WAITING and not message.free:
            message.state, message.sealed_text = State.DROPPED, ""
            message.save(update_fields=["state", "sealed_text"])
            telling.note(message)
    return timedelta()


def _move_relay(session_id: int, reason: Relay.Moved) -> None:
    relay = Relay.objects.select_related("session", "account").get(session_id=session_id)
    if not relay.moved:
        relays.move(relay, reason)
