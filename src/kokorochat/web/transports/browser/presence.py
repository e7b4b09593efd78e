"""Who is at the screen and who is typing: hints that may be lost, kept in the cache and never in the database.

With Redis a call waits for the network, so all of them belong into a worker thread.
"""

from django.core.cache import cache

from kokorochat.domain.dialogue import Role

PRESENT_SECONDS, TYPING_SECONDS = 7, 6


def _key(what: str, session_id: int, role: Role) -> str:
    return f"{what}:{session_id}:{role.value}"


def note_present(session_id: int, role: Role) -> None:
    """`role` is at the screen; holds for a few seconds and is renewed while the socket is open."""
    cache.set(_key("present", session_id, role), True, PRESENT_SECONDS)


def note_gone(session_id: int, role: Role) -> None:
    """A socket of `role` has closed."""
    cache.delete_many([_key("present", session_id, role), _key("typing", session_id, role)])


def note_typing(session_id: int, role: Role, typing: bool) -> None:
    """`role` types, or has stopped."""
    if typing:
        cache.set(_key("typing", session_id, role), True, TYPING_SECONDS)
    else:
        cache.delete(_key("typing", session_id, role))


def state_of(session_id: int, role: Role) -> dict[str, bool]:
    """Whether `role` is at the screen and typing."""
    present, typing = _key("present", session_id, role), _key("typing", session_id, role)
    found = cache.get_many([present, typing])
    return {"online": present in found, "typing": typing in found}
