"""Whether a session still goes over LINE, or is left to the phone page."""

from django.db import transaction

from kokorochat.web.accounts import consent
from kokorochat.web.locks import hold
from kokorochat.web.roleplay import actions
from kokorochat.web.roleplay.models import Session
from kokorochat.web.transports.line import notices, outbox
from kokorochat.web.transports.line.models import Account, Outgoing, Relay

Moved = Relay.Moved


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
    if reason in (Moved.QUOTA, Moved.REFUSED):
        # A free reply carries one notice: the way to the page must not wait behind a welcome.
        waiting.filter(notice="start").update(state=Outgoing.State.DROPPED, sealed_text="")
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
    for relay in lost.order_by("session_id").select_related("session"):
        waits = Moved.CONSENT if consent.due(account.person, relay.session.started_at) else ""
        hold(Session.objects.filter(pk=relay.session_id)).get()
        relay.account, relay.moved = account, waits
        relay.save(update_fields=["account", "moved"])
        actions.note_door(relay.session_id, f"line-{waits}" if waits else "line")
        if waits:
            continue
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
