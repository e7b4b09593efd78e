"""Frames of the sockets (docs/protocol.md): what a page may send is read here, and how an event is shown."""

import json
from typing import Any
from uuid import UUID

from kokorochat.domain.dialogue import Role
from kokorochat.web.roleplay.models import Event


class BadFrameError(Exception):
    """A frame lacks a field, or holds one of the wrong type."""


def parsed(text: str | None) -> dict[str, Any] | None:
    """A frame with a type; None if it is none."""
    try:
        frame = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) and isinstance(frame.get("type"), str) else None


def uuid(frame: dict[str, Any]) -> UUID:
    """The id of a frame.

    Raises:
        BadFrameError: it has none.
    """
    message_id = frame.get("id")
    try:
        if isinstance(message_id, str):
            return UUID(message_id)
    except ValueError:
        pass
    raise BadFrameError("id must be a UUID")


def whole(frame: dict[str, Any], name: str) -> int:
    """A field that is a whole number from 0.

    Raises:
        BadFrameError: it is none.
    """
    value = frame.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise BadFrameError(f"{name} must be a whole number from 0")
    return value


def shown(event: Event, to: Role | None) -> dict[str, Any]:
    """An event as a page is shown it; the id goes to its sender alone, to know the message among the unsent ones."""
    frame = {
        "number": event.number,
        "kind": event.kind,
        "role": event.role,
        "text": event.text,
        "at": event.at.isoformat(),
        "out_of_role": event.out_of_role,
    }
    if event.kind == Event.Kind.EXTEND:
        frame["minutes"] = event.minutes
    if event.kind == Event.Kind.UTTERANCE:
        frame |= {"form": event.form, "withdrawn": event.is_withdrawn}
    if event.kind == Event.Kind.WITHDRAWN:
        frame["about"] = event.about
    own = to is not None and event.role == to.value
    return frame | {"id": str(event.message_id)} if own else frame
