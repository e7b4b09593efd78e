"""Whether a session still goes over LINE, or is left to the phone page."""

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


def restore(account: Account) -> None:
    """The person can be reached on this account, again or from now on: what they have not seen elsewhere goes out."""
    lost = Relay.objects.filter(
        session__client=account.person, session__ended_at__isnull=True, moved__in=(Moved.BLOCKED, Moved.UNLINKED)
    )
    for relay in lost.order_by("session_id").select_related("session") if account.person else ():
        hold(Session.objects.filter(pk=relay.session_id)).get()
        relay.account, relay.moved = account, ""
        relay.save(update_fields=["account", "moved"])
        left = Outgoing.objects.filter(session=relay.session, state=Outgoing.State.PAGE)
        left.filter(number__gt=relay.session.client_seen).update(
            account=account, state=Outgoing.State.WAITING, free=False, expires_at=None
        )
        actions.note_door(relay.session_id, "line")
