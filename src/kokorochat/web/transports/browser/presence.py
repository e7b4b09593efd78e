"""Who is at the screen and who is typing: hints that may be lost, kept in the cache and never in the database.

With Redis a call waits for the network, so all of them belong into a worker thread.
"""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TypedDict

from django.core.cache import cache

from kokorochat.domain.dialogue import Role

logger = logging.getLogger(__name__)

PRESENT_SECONDS, TYPING_SECONDS = 7, 6


class There(TypedDict):
    """Whether somebody is at the screen and typing; neither where it can't be known."""

    online: bool
    typing: bool


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
    note_all_present([(session_id, role)])


def note_all_present(people: Collection[tuple[int, Role]]) -> None:
    """These roles of these sessions are at their screens."""
    with hint():
        cache.set_many({_key("present", *one): True for one in people}, PRESENT_SECONDS)


def note_gone(session_id: int, role: Role) -> None:
    """A socket of `role` has closed."""
    with hint():
        cache.delete_many([_key("present", session_id, role), _key("typing", session_id, role)])


def note_typing(session_id: int, role: Role, typing: bool) -> None:
    """`role` types, or has stopped."""
    key = _key("typing", session_id, role)
    with hint():
        cache.set(key, True, TYPING_SECONDS) if typing else cache.delete(key)


def there(people: Collection[tuple[int, Role]]) -> dict[tuple[int, Role], There]:
    """{(session, role): who is there} for these roles of these sessions."""
    found: dict[str, bool] = {}
    with hint():
        found = cache.get_many([_key(what, *one) for one in people for what in ("present", "typing")])
    return {one: {"online": _key("present", *one) in found, "typing": _key("typing", *one) in found} for one in people}


def first_in(seconds: float, what: str, session_id: int) -> bool:
    """Whether nobody, in any process, has asked this of the session in the last `seconds`."""
    with hint():
        return bool(cache.add(f"{what}:{session_id}", True, seconds))
    return False
