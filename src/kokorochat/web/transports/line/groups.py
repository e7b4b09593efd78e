"""The official account talks with one person at a time: a group or room that it was invited to is left."""

from datetime import timedelta

from cryptography.fernet import InvalidToken
from django.utils import timezone

from kokorochat.web.transports.line import client
from kokorochat.web.transports.line.models import InboundEvent
from kokorochat.web.transports.line.payloads import incoming_of
from kokorochat.web.transports.line.sealing import unseal

TRIED_FOR = timedelta(hours=1)


def leave() -> bool:
    """Leave what it was invited to; there is never more to do at once."""
    for event in InboundEvent.objects.filter(kind="join", state=InboundEvent.State.WAITING):
        event.state = _left(event)
        if event.state is not InboundEvent.State.WAITING:
            event.payload, event.done_at = "", timezone.now()
            event.save(update_fields=["state", "payload", "done_at"])
    return False


def _left(event: InboundEvent) -> InboundEvent.State:
    try:
        incoming = incoming_of(unseal(event.payload))
        source = incoming.source if incoming else None
        if source and source.type == "group":
            client.leave("group", source.group_id)
        elif source and source.type == "room":
            client.leave("room", source.room_id)
    except (client.CallError, InvalidToken):
        late = event.received_at < timezone.now() - TRIED_FOR
        return InboundEvent.State.FAILED if late else InboundEvent.State.WAITING
    return InboundEvent.State.IGNORED
