"""What is to go out: a row for each message, made from the database alone and sent by deliver.py.

The counselor's words are not copied: the row names the event, and its text is read when it is sent.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from kokorochat.domain.dialogue import Role
from kokorochat.web.locks import hold
from kokorochat.web.roleplay import queries
from kokorochat.web.roleplay.models import Alert, Event, Session
from kokorochat.web.transports.browser import presence
from kokorochat.web.transports.line import agreed, notices
from kokorochat.web.transports.line.models import Account, LinkCode, Outgoing, Relay, ReplyToken
from kokorochat.web.transports.line.sealing import seal

PAGE_IS_OPEN = timedelta(seconds=3)
"""While the client has the phone page open, a message gets so long to be seen there before it costs a push."""
MOST_AT_ONCE = 500
"""Rows in one sweep; a question takes so many at once."""
QUIET = timedelta(minutes=1)
_SAID_ONCE_IN_A_WHILE = ("not-linked", "no-session", "consent")
"""Notices that a person who goes on writing gets once in `QUIET`."""


def until_told() -> datetime:
    """Until when a notice waits for a free reply: somebody who writes nothing for two days looks elsewhere."""
    return timezone.now() + timedelta(days=2)


def notify(account: Account, name: str, text: str, *, session: Session | None = None) -> None:
    """Tell a LINE account something by a free reply; it is not worth a counted message."""
    if name in _SAID_ONCE_IN_A_WHILE and is_told(account, name):
        return
    until = until_told() if session else timezone.now() + QUIET
    _add_notice(account, name, text, session, free=True, expires_at=until)


def tell(relay: Relay, name: str, text: str, *, free: bool) -> None:
    """Tell the client of a session what is no event of the talk, by a push or, `free`, by the next reply."""
    _add_notice(relay.account, name, text, relay.session, free=free, expires_at=until_told() if free else None)


def _add_notice(
    account: Account, name: str, text: str, session: Session | None, *, free: bool, expires_at: datetime | None
) -> None:
    Outgoing.objects.create(
        account=account,
        session=session,
        notice=name,
        sealed_text=seal(text.encode()),
        free=free,
        hold_until=timezone.now(),
        expires_at=expires_at,
    )


def is_told(account: Account, name: str) -> bool:
    """Whether the account was told so just now."""
    return Outgoing.objects.filter(account=account, notice=name, created_at__gt=timezone.now() - QUIET).exists()


def fill() -> bool:
    """Make the rows that are due for all sessions that go over LINE; tells whether there were any."""
    worked = False
    for relay in Relay.objects.filter(session__last_number__gt=F("copied")):
        worked |= _copy(relay.pk, relay.account_id)
    return worked


def tell_changes() -> bool:
    """Rows for what has changed beside the talk: what was agreed, and who looks after a stop. False: it has time."""
    now = timezone.now()
    running = Relay.objects.filter(session__ended_at__isnull=True)
    changed = running.filter(moved="", conditions__lt=F("session__conditions_version"))
    for pk, account, due in list(changed.values_list("pk", "account", "conditions_due")):
        if due is None:
            Relay.objects.filter(pk=pk, conditions_due=None).update(conditions_due=now + agreed.SETTLES)
        elif due <= now:
            _with_held(pk, account, _tell_conditions)
    calls = Alert.objects.filter(session=OuterRef("session"), kind=Alert.Kind.STOP, handled_at__isnull=False)
    taken_up = calls.filter(last_at__gte=OuterRef("session__stopped_at"), pk__gt=OuterRef("helper_told"))
    helped = running.filter(Exists(taken_up), session__stopped_at__isnull=False)
    for pk, account in list(helped.values_list("pk", "account")):
        _with_held(pk, account, _tell_helper)
    return False


def _with_held(pk: int, account: int, deed: Callable[[Relay], None]) -> None:
    with transaction.atomic():
        relay = _held(pk, account)
        if relay is not None:
            deed(relay)


def _tell_conditions(relay: Relay) -> None:
    known = relay.conditions in (None, relay.session.conditions_version)
    if not known and not relay.moved and agreed.note(relay):
        tell(relay, "conditions", notices.conditions(relay.session), free=False)


def _tell_helper(relay: Relay) -> None:
    call = queries.call_of_stop(relay.session)
    if call is None or call.handled_by is None or relay.copied < relay.session.last_number:
        return  # that it was stopped is told first
    relay.helper_told = call.pk
    relay.save(update_fields=["helper_told"])
    if relay.moved not in (Relay.Moved.UNLINKED, Relay.Moved.ANOTHER):
        tell(relay, "helper", notices.helper(call.handled_by), free=bool(relay.moved))


def _copy(pk: int, account: int) -> bool:
    """Rows for the events of a session since the last look."""
    with transaction.atomic():
        relay = _held(pk, account)
        if relay is None:
            return False
        events = queries.events_after(relay.session_id, relay.copied)
        if events:
            _tell_conditions(relay)  # before what is said under them
        for event in events:
            _carry(relay, event)
        if events:
            relay.copied = events[-1].number
            relay.save(update_fields=["copied", "moved"])
    return bool(events)


def _held(pk: int, account: int) -> Relay | None:
    """A relay, locked after its account; None while somebody else is at it."""
    held = hold(Account.objects.filter(pk=account)).get()
    relay = hold(Relay.objects.filter(pk=pk, account=account), skip=True).first()
    if relay is not None and held.person_id != relay.session.client_id:
        relay.moved = Relay.Moved.UNLINKED  # whatever else it says: the account is another's by now
    return relay


def _carry(relay: Relay, event: Event) -> None:
    if event.kind == Event.Kind.UTTERANCE:
        if event.role == Role.COUNSELOR.value:
            add(relay, event.number)
        return
    if relay.moved == Relay.Moved.ANOTHER:
        return  # in the thread of another talk it would be taken for that one's
    if relay.moved == Relay.Moved.UNLINKED:
        return  # before its words, which may hold a link that signs the client in, are made
    text = notices.of_event(relay.session, event)
    if text:
        add(relay, event.number, event.kind, text)


def add(relay: Relay, number: int, notice: str = "", text: str = "") -> None:
    """The row of an event, or of a notice that has its place in the talk; made once."""
    # What is said, and what says that it may begin, waits; other notices take the next free reply.
    on_page = relay.moved and (not notice or (notice == "start" and relay.moved == Relay.Moved.CONSENT))
    now = timezone.now()
    client = (relay.session_id, Role.CLIENT)
    looking = presence.there([client])[client]["online"]
    Outgoing.objects.get_or_create(
        session=relay.session,
        number=number,
        defaults={
            "account": relay.account,
            "notice": notice,
            "sealed_text": seal(text.encode()) if notice else "",
            "state": Outgoing.State.PAGE if on_page else Outgoing.State.WAITING,
            "free": bool(relay.moved),
            "hold_until": now + PAGE_IS_OPEN if looking else now,
            "expires_at": until_told() if relay.moved else None,
        },
    )
    if notice == "start":
        agreed.note(relay)


def renew_start(relay: Relay) -> None:
    """The notice of the start waited for the consent of the client: it tells what was agreed by now."""
    waiting = Outgoing.objects.filter(session=relay.session, number=0, notice="start", state=Outgoing.State.PAGE)
    # The way to the page stands above it already.
    text = notices.start(relay.session, leads_to_page=False)
    if waiting.update(sealed_text=seal(text.encode())):
        agreed.note(relay)


def send_again(session_id: int, number: int, **_: Any) -> None:
    """Let an uncertain message go out once more, by a push with the row's own key.

    However often this is wished, LINE takes it once. A reply that it may have taken before had no key: that one it
    can't know again.
    """
    relay = Relay.objects.filter(session_id=session_id, moved="").first()
    uncertain = Outgoing.objects.filter(session_id=session_id, number=number, state=Outgoing.State.UNCERTAIN)
    if relay is None or (message := uncertain.first()) is None:
        return
    now = timezone.now()
    if message.account_id != relay.account_id:
        # The client has another LINE account by now, and LINE knows the key for the earlier one.
        message.account_id, message.retry_key, message.first_push_at = relay.account_id, uuid4(), None
    message.state, message.free, message.tries = Outgoing.State.WAITING, False, 0
    message.reply_until, message.hold_until, message.expires_at = None, now, None
    message.first_push_at = message.first_push_at or now
    message.save()


def sweep() -> bool:
    """Drop what can no longer be used: notices that no reply came for, and tokens and codes past their time."""
    now = timezone.now()
    late = Outgoing.objects.filter(state=Outgoing.State.WAITING, free=True, expires_at__lt=now)
    with transaction.atomic():
        # What is being sent just now is looked at the next time.
        ours = list(hold(late.order_by("pk"), skip=True).values_list("pk", flat=True)[:MOST_AT_ONCE])
        late.filter(pk__in=ours).update(state=Outgoing.State.DROPPED, sealed_text="")
    ReplyToken.objects.filter(usable_until__lt=now).delete()
    LinkCode.objects.filter(expires_at__lt=now).delete()
    return False
