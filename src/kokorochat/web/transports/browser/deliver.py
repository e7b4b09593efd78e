"""Wake the sockets of a session that has changed."""

import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.dispatch import receiver

from kokorochat.web.roleplay.signals import session_changed

logger = logging.getLogger(__name__)


def group_of(session_id: int) -> str:
    """The channel group of a session's sockets."""
    return f"session.{session_id}"


@receiver(session_changed)
def wake(session_id: int, number: int | None = None, **_: Any) -> None:
    """Tell every socket of the session to look at the database. A lost wake-up costs two seconds, never a message."""
    try:
        message = {"type": "wake"} if number is None else {"type": "wake", "number": number}
        async_to_sync(get_channel_layer().group_send)(group_of(session_id), message)
    except Exception:
        # The row is committed and every socket looks by itself soon: a broken channel layer must not undo a success.
        logger.exception("wake-up of session %d was not sent", session_id)
