"""The calls that we make to LINE, each with what became of it. Words, tokens and ids never reach a log.

A dozen endpoints are needed, so this is a thin client of our own; what LINE's answers mean is in docs/line.md.
"""

import logging
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings

logger = logging.getLogger(__name__)

_TIMEOUT = httpx.Timeout(5.0, connect=2.0, pool=1.0)
"""Seconds; connecting, writing and reading together take less than `deliver.LEASE`."""
LONGEST_OBJECT, MOST_OBJECTS = 5000, 5
"""UTF-16 units in one text, and texts in one request."""


class Outcome(Enum):
    """What became of a message that was handed to LINE."""

    ACCEPTED = "accepted"
    UNCLEAR = "unclear"  # it may have been accepted: the answer is an error of LINE's, or there was none
    NOT_REACHED = "not reached"
    LIMITED = "limited"  # by rate or by quota
    TOKEN_SPENT = "token spent"  # noqa: S105 - a name
    UNAUTHORIZED = "unauthorized"
    REFUSED = "refused"


class CallError(Exception):
    """LINE could not be asked, or gave no usable answer."""


def push(user_id: str, texts: Sequence[str], retry_key: UUID) -> Outcome:
    """Send at any time; counted by LINE. With the same key it is taken once, however often this is called."""
    body = {"to": user_id, "messages": _objects(texts)}
    return _send("/v2/bot/message/push", body, {"X-Line-Retry-Key": str(retry_key)})


def reply(token: str, texts: Sequence[str]) -> Outcome:
    """Answer an event, free, once."""
    return _send("/v2/bot/message/reply", {"replyToken": token, "messages": _objects(texts)}, {})


def show_typing(user_id: str, seconds: int) -> None:
    """Show the loading sign: the counselor is writing. It goes with the next message, or by itself."""
    _ask("POST", "/v2/bot/chat/loading/start", {"chatId": user_id, "loadingSeconds": seconds})


def leave(kind: str, place_id: str) -> None:
    """Leave a group or a room."""
    _ask("POST", f"/v2/bot/{kind}/{place_id}/leave")


def quota() -> tuple[int | None, int]:
    """How many messages the plan has this month (None: no limit), and how many LINE has counted."""
    plan, spent = _ask("GET", "/v2/bot/message/quota"), _ask("GET", "/v2/bot/message/quota/consumption")
    limit, used = plan.get("value"), spent.get("totalUsage")
    if type(used) is not int or (plan.get("type") == "limited" and type(limit) is not int):
        raise CallError("the quota's answer is not understood")
    return (limit if plan.get("type") == "limited" else None), used


def in_parts(text: str) -> list[str]:
    """A text in parts that LINE takes, cut after a sentence where that can be; a letter is never cut in two."""
    parts, part, units = [], "", 0
    for character in text:
        width = 2 if ord(character) > 0xFFFF else 1
        if units + width > LONGEST_OBJECT:
            cut = max(part.rfind(mark) for mark in "。！？\n") + 1
            cut = cut if cut > len(part) // 2 else len(part)
            parts.append(part[:cut])
            part = part[cut:]
            units = len(part.encode("utf-16-le")) // 2
        part, units = part + character, units + width
    return [*parts, part]


def _objects(texts: Sequence[str]) -> list[dict[str, str]]:
    # Type `text`: in `textV2` a brace in somebody's words would be a placeholder.
    return [{"type": "text", "text": text} for text in texts[:MOST_OBJECTS]]


def _send(path: str, body: dict[str, Any], headers: dict[str, str]) -> Outcome:
    try:
        answer = _call("POST", path, body, headers)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
        return Outcome.NOT_REACHED
    except httpx.HTTPError:
        return Outcome.UNCLEAR
    status = answer.status_code
    # Whatever stands in a 2xx, LINE has taken the message. 409: it has taken it under this key before.
    if status < 300 or status == 409:
        return Outcome.ACCEPTED
    if status >= 500 or status == 408:
        return Outcome.UNCLEAR
    if status == 400 and "Invalid reply token" in answer.text:
        return Outcome.TOKEN_SPENT
    return {429: Outcome.LIMITED, 401: Outcome.UNAUTHORIZED}.get(status, Outcome.REFUSED)


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """One other call.

    Raises:
        CallError: no answer, an error, or no JSON object.
    """
    try:
        answer = _call(method, path, body, {})
        if not answer.is_success:
            raise CallError(f"status {answer.status_code}")
        found = answer.json() if answer.content else {}
    except (httpx.HTTPError, ValueError) as fault:
        raise CallError(type(fault).__name__) from None
    if not isinstance(found, dict):
        raise CallError("not an object")
    return found


def _call(method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> httpx.Response:
    headers = {"Authorization": f"Bearer {settings.LINE_TOKEN}", **headers}
    answer = _connections(settings.LINE_API).request(method, path, json=body, headers=headers)
    if not answer.is_success and answer.status_code != 409:
        # The path of a group's or person's call would hold its id: name the endpoint only.
        endpoint = "/".join(path.split("/")[:5])
        request_id = answer.headers.get("x-line-request-id", "-")
        logger.warning("LINE answered %s %s with %d, request %s", method, endpoint, answer.status_code, request_id)
    return answer


@lru_cache(maxsize=1)
def _connections(api: str) -> httpx.Client:
    # Kept: to make one costs fifty times what a call costs, for the certificates are read. Threads may share it.
    return httpx.Client(base_url=api, timeout=_TIMEOUT, trust_env=False)
