"""Asking a model from code that isn't asynchronous, be it in a notebook."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """What the work returns, also where a loop of events already runs in this thread, as in a notebook.

    Interrupted, it is cancelled and awaited: what asks an endpoint would go on to be paid for.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    begun = Future[tuple[asyncio.AbstractEventLoop, "asyncio.Task[Any] | None"]]()

    async def told() -> T:
        begun.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        return await work

    with ThreadPoolExecutor(1) as apart:
        answer = apart.submit(asyncio.run, told())
        try:
            return answer.result()
        except BaseException:
            either: list[Future[Any]] = [begun, answer]
            wait(either, return_when=FIRST_COMPLETED)
            if not answer.done():
                loop, task = begun.result()
                # It may have ended, and its loop with it, since we looked.
                with suppress(RuntimeError):
                    if task is not None:
                        loop.call_soon_threadsafe(task.cancel)
            raise
