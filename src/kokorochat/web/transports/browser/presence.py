"""Who is at the screen and who is typing: hints that may be lost, kept in the cache and never in the database.

With Redis a call waits for the network, so all of them belong into a worker thread.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.core.cache import cache

from kokorochat.domain.dialogue import Role

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

PRESENT_SECONDS, TYPING_SECONDS = 7, 6


def _or(otherwise: R) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give `otherwise` if the cache can't be reached: no talk stops for a hint."""

    def guard(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def guarded(*arguments: P.args, **options: P.kwargs) -> R:
            try:
                return function(*arguments, **options)
            except Exception as fault:
                logger.warning("presence is not known: %s", type(fault).__name__)
                return otherwise

        return guarded

    return guard


def _key(what: str, session_id: int, role: Role) -> str:
    return f"{what}:{session_id}:{role.value}"


@_or(None)
def note_present(session_id: int, role: Role) -> None:
    """`role` is at the screen; holds for a few seconds and is renewed while the socket is open."""
    cache.set(_key("present", session_id, role), True, PRESENT_SECONDS)


@_or(None)
def note_gone(session_id: int, role: Role) -> None:
    """A socket of `role` has closed."""
    cache.delete_many([_key("present", session_id, role), _key("typing", session_id, role)])


@_or(None)
def note_typing(session_id: int, role: Role, typing: bool) -> None:
    """`role` types, or has stopped."""
    if typing:
        cache.set(_key("typing", session_id, role), True, TYPING_SECONDS)
    else:
        cache.delete(_key("typing", session_id, role))


@_or({"online": False, "typing": False})
def state_of(session_id: int, role: Role) -> dict[str, bool]:
    """Whether `role` is at the screen and typing."""
    present, typing = _key("present", session_id, role), _key("typing", session_id, role)
    found = cache.get_many([present, typing])
    return {"online": present in found, "typing": typing in found}
