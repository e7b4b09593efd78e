"""The threads that requests are served on: kept, with their connections to the database, from one to the next.

Django makes a thread for each request, and with it a connection; both cost more than what a short request does.
"""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext

_Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

MOST_KEPT = 8
"""Threads that wait for the next request. A rush makes more, which end with it."""


def on_kept_threads(application: _Application) -> _Application:
    """Let each request have a thread to itself, that of an earlier one if one is free."""
    idle: list[ThreadPoolExecutor] = []

    async def served(scope: dict[str, Any], receive: Any, send: Any) -> None:
        thread = idle.pop() if idle else ThreadPoolExecutor(1, thread_name_prefix="request")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await application(scope, receive, send)
        finally:
            if len(idle) < MOST_KEPT:
                idle.append(thread)
            else:
                thread.shutdown(wait=False)

    return served
