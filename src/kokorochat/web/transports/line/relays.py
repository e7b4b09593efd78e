"""Which sessions go over LINE, and whether one still does or is left to the phone page."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kokorochat.web.accounts import consent
from kokorochat.web.locks import hold
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line import agreed, notices, outbox
from kokorochat.web.transports.line.models import Account, Outgoing, Relay
from kokorochat.web.transports.line.sessions import holder_of_line, open_sessions

Moved = Relay.Moved

TOLD_ANEW_WITHIN = timedelta(days=1)
"""Of a session that opens so soon after another the client is told even with its page open."""


def open_relays() -> bool:
    """A relay for each open session whose client can be reached on LINE, and a notice that it may begin; a duty.

    Whoever has to accept the consent text first is sent the way to it, once; the talk waits on the phone page until
    then (`restore`). A second session of the same client waits until LINE is free for it (sessions.py).
    """
    ready = open_sessions(timezone.now()).filter(
        line_relay__isnull=True, ended_at__isnull=True, client__line_account__followed=True, client__is_active=True
    )
    opened = False
    for session in ready.select_related("client__line_account", "counselor").order_by("planned_start", "pk"):
        if session.client_door == "line-waits" and holder_of_line(session.client, timezone.now()):
            continue  # as it was half a second ago: no lock is taken for that
        with transaction.atomic():
            opened |= _open(session)
    return opened


def _open(session: Session) -> bool:
    client, account = session.client, session.client.line_account
    hold(Account.objects.filter(pk=account.pk)).get()
    around = Session.objects.filter(client=client, ended_at__isnull=True).order_by("pk")
    list(hold(around.filter(line_relay__isnull=False) | around.filter(pk=session.pk)))
    if Relay.objects.filter(session=session).exists():
        return False  # another worker was quicker
    if holder_of_line(client, timezone.now()) is not None:
        actions.note_door(session.pk, "line-waits")
        return False
    others = Relay.objects.filter(session__client=client)
    quiet = others.filter(session__ended_at__isnull=True).exclude(moved=Moved.ANOTHER).order_by("session_id")
    for relay in quiet.select_related("session", "account"):
        move(relay, Moved.ANOTHER)
    # Whoever has talked with somebody else here just now must know to whom their words go from now on.
    told_before = others.filter(opened_at__gt=timezone.now() - TOLD_ANEW_WITHIN).exists()
    waits = Moved.CONSENT if consent.due(client, session.started_at) else ""
    relay = Relay.objects.create(session=session, account=account, moved=waits)
    actions.note_door(session.pk, f"line-{waits}" if waits else "line")
    if waits:
        # Pushed: nobody writes before they know that a session is open.
        outbox.tell(relay, "consent", notices.consent(session), free=False)
    if told_before or not session.client_seen:
        outbox.add(relay, 0, "start", notices.start(session))
    else:
        agreed.note(relay)  # they have the page open, where it stands
    return True


def move(relay: Relay, reason: Relay.Moved) -> None:
    """Leave the rest of a session to the phone page: the desk sees it; the client is told by the next free reply."""
    hold(Session.objects.filter(pk=relay.session_id)).get()
    relay.moved = reason
    relay.save(update_fields=["moved"])
    waiting = Outgoing.objects.filter(session=relay.session, state=Outgoing.State.WAITING)
    waiting.filter(notice="").update(state=Outgoing.State.PAGE)
    if reason == Moved.UNLINKED:
        waiting.update(state=Outgoing.State.DROPPED, sealed_text="")
    else:
        waiting.update(free=True, expires_at=outbox.until_told())
    if relay.session.ended_at is None:
        actions.note_door(relay.session_id, f"line-{reason.value}")
    if reason in (Moved.QUOTA, Moved.REFUSED, Moved.ANOTHER):
        # A free reply carries one notice: the way to the page must not wait behind what stands there. And that the
        # session is open is not true beside another.
        waiting.filter(notice__in=("start", "conditions")).update(state=Outgoing.State.DROPPED, sealed_text="")
    if reason in (Moved.QUOTA, Moved.REFUSED):
        outbox.notify(relay.account, "page", notices.page(relay.session), session=relay.session)


def move_all(account: Account, reason: Relay.Moved) -> None:
    """As `move`, for every session of an account that has not ended."""
    going = account.relays.filter(moved="", session__ended_at__isnull=True).order_by("session_id")
    for relay in going.select_related("session", "account"):
        move(relay, reason)


def leave(account: Account) -> None:
    """The account is its person's no longer: nothing of their sessions goes to it, of those that have ended neither."""
    for relay in account.relays.exclude(moved=Moved.UNLINKED).order_by("session_id").select_related("session"):
        move(relay, Moved.UNLINKED)
    # Answers to what they wrote; a notice of feedback looks itself whose the account is (telling.py).
    waiting = account.outgoing.filter(state=Outgoing.State.WAITING, feedback_notice=None)
    waiting.update(state=Outgoing.State.DROPPED, sealed_text="")
    account.reply_tokens.all().delete()


def restore(account: Account) -> None:
    """The person can be reached on this account, again or from now on: what they have not seen elsewhere goes out."""
    if account.person is None:
        return
    reasons = (Moved.BLOCKED, Moved.UNLINKED, Moved.CONSENT)
    lost = Relay.objects.filter(session__client=account.person, session__ended_at__isnull=True, moved__in=reasons)
    newest = lost.order_by("opened_at", "pk").last()
    for relay in lost.order_by("session_id").select_related("session", "account"):
        if relay != newest:
            move(relay, Moved.ANOTHER)
            continue
        waits = Moved.CONSENT if consent.due(account.person, relay.session.started_at) else ""
        hold(Session.objects.filter(pk=relay.session_id)).get()
        waited = relay.moved == Moved.CONSENT
        relay.account, relay.moved, relay.opened_at = account, waits, timezone.now()
        relay.save(update_fields=["account", "moved", "opened_at"])
        actions.note_door(relay.session_id, f"line-{waits}" if waits else "line")
        if waits:
            continue
        if waited:
            outbox.renew_start(relay)
        left = Outgoing.objects.filter(session=relay.session, state=Outgoing.State.PAGE)
        seen = relay.session.client_seen
        # The notice of the start has the number 0: it waits where there was a consent text to accept first.
        left.filter(number__gte=seen + 1 if seen else 0).update(
            account=account, state=Outgoing.State.WAITING, free=False, expires_at=None
        )


def go_on_after_consent() -> bool:
    """Let the sessions go over LINE whose clients have accepted the consent text by now; a duty of the worker."""
    waiting = Relay.objects.filter(
        moved=Moved.CONSENT, session__ended_at__isnull=True, session__client__line_account__followed=True
    )
    for relay in waiting.select_related("session__client__line_account"):
        client = relay.session.client
        if consent.due(client, relay.session.started_at) is None:
            with transaction.atomic():
                restore(hold(Account.objects.filter(pk=client.line_account.pk)).select_related("person").get())
    return False
