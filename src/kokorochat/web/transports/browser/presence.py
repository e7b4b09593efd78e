"""Who is at the screen and who is typing: hints that may be lost, kept in the cache and never in the database.

With Redis a call waits for the network, so all of them belong into a worker thread.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from kokorochat.domain.dialogue import Role

logger = logging.getLogger(__name__)

PRESENT_SECONDS, TYPING_SECONDS = 7, 6


@contextmanager
def hint() -> Iterator[None]:
    """For presence and wake-ups: they may fail, as when Redis is away, and the talk goes on by looking."""
    try:
        yield
    except Exception as fault:
        logger.warning("a wake-up or sign of presence was lost: %s", type(fault).__name__)


def _key(what: str, session_id: int, role: Role) -> str:
    return f"{what}:{session_id}:{role.value}"


def note_present(session_id: int, role: Role) -> None:
    """`role` is at the screen; holds for a few seconds and is renewed while the socket is open."""
    with hint():
        cache.set(_key("present", session_id, role), True, PRESENT_SECONDS)


def note_gone(session_id: int, role: Role) -> None:
    """A socket of `role` has closed."""
    with hint():
        cache.delete_many([_key("present", session_id, role), _key("typing", session_id, role)])


def note_typing(session_id: int, role: Role, typing: bool) -> None:
    """`role` types, or has stopped."""
    key = _key("typing", session_id, role)
    with hint():
        cache.set(key, True, TYPING_SECONDS) if typing else cache.delete(key)


def state_of(session_id: int, role: Role) -> dict[str, bool]:
    """Whether `role` is at the screen and typing; neither where it can't be known."""
    found: dict[str, bool] = {}
    present, typing = _key("present", session_id, role), _key("typing", session_id, role)
    with hint():
        found = cache.get_many([present, typing])
    return {"online": present in found, "typing": typing in found}
