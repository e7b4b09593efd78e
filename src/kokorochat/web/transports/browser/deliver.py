"""Wake the sockets of a session that has changed."""

import asyncio
import contextlib
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.dispatch import receiver

from kokorochat.web.accounts.signals import signed_out
from kokorochat.web.roleplay.signals import session_changed

logger = logging.getLogger(__name__)

_serving: asyncio.AbstractEventLoop | None = None


def group_of(session_id: int) -> str:
    """The channel group of a session's sockets."""
    return f"session.{session_id}"


def group_of_person(person_id: int) -> str:
    """The channel group of a person's sockets."""
    return f"person.{person_id}"


def note_serving_loop() -> None:
    """Remember the loop in which this process serves sockets; called in it."""
    global _serving
    _serving = asyncio.get_running_loop()


@receiver(session_changed)
def wake(session_id: int, number: int | None = None, **_: Any) -> None:
    """Tell every socket of the session to look at the database. A lost wake-up costs two seconds, never a message."""
    _tell(group_of(session_id), {"type": "wake"} if number is None else {"type": "wake", "number": number})


@receiver(signed_out)
def tell_signed_out(person_id: int, **_: Any) -> None:
    """Let the person's sockets see at once whether they may stay."""
    _tell(group_of_person(person_id), {"type": "signed_out"})


def _tell(group: str, message: dict[str, Any]) -> None:
    if _serving is not None and _serving.is_running():
        # Nobody waits for it: the one thread that stores messages would stand still meanwhile.
        with contextlib.suppress(RuntimeError):  # the server ends just now
            asyncio.run_coroutine_threadsafe(_send(group, message), _serving)
    else:
        async_to_sync(_send)(group, message)


async def _send(group: str, message: dict[str, Any]) -> None:
    try:
        await get_channel_layer().group_send(group, message)
    except Exception:
        # The row is committed and every socket looks by itself soon: a broken channel layer must not undo a success.
        logger.exception("a wake-up of %s was not sent", group)
