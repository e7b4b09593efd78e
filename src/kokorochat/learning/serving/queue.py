"""One model, and those who ask it one after the other."""

import asyncio
import logging
import math
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor

from kokorochat.domain.errors import InputError
from kokorochat.learning.serving.asking import Asked
from kokorochat.learning.serving.refusal import Refusal
from kokorochat.learning.serving.speaking import Ended, Speaker

logger = logging.getLogger(__name__)

_LONGEST_WAIT = 60
"""Seconds that anybody is asked to wait before another try."""


class Queue:
    """Lets a model answer one chat at a time, in the order in which they come, in a thread of its own."""

    def __init__(self, speaker: Speaker, most: int) -> None:
        """Begin with nobody.

        Args:
            most: chats that may wait while one is answered.
        """
        self._speaker, self._most = speaker, most
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._turn = asyncio.Lock()
        self._usual = 1.0
        self.there = 0

    def kept(self) -> int:
        """Tokens of talks that the model keeps for their next turn."""
        return self._speaker.kept()

    async def answer(self, asked: Asked) -> AsyncGenerator[str | Ended]:
        """The pieces of an answer; `Ended` is the last.

        Raises:
            Refusal: too many wait, the chat can't be answered, or the model failed.
        """
        if self.there > self._most:
            wait = min(math.ceil(self._usual * self.there), _LONGEST_WAIT)
            raise Refusal(503, "Too many chats wait for this model.", "overloaded", wait=max(1, wait))
        self.there += 1
        try:
            async with self._turn:
                began = time.monotonic()
                async for piece in self._spoken(asked):
                    yield piece
                self._usual += (time.monotonic() - began - self._usual) / 4
        finally:
            self.there -= 1

    async def _spoken(self, asked: Asked) -> AsyncGenerator[str | Ended]:
        loop, pieces = asyncio.get_running_loop(), self._speaker.say(asked)
        try:
            while (piece := await loop.run_in_executor(self._thread, next, pieces, None)) is not None:
                yield piece
        except Refusal:
            raise
        except InputError as fault:
            raise Refusal(400, f"{fault.place}: {fault.problem}.", param="messages") from None
        except Exception as fault:
            # Only the kind is logged: the message may hold words of the talk.
            logger.error("the model failed: %s", type(fault).__name__)
            raise Refusal(500, "The model failed.", "model_failed") from None
        finally:
            # In its own thread, where a step may still be under way after a listener has left.
            self._thread.submit(pieces.close)

    def close(self) -> None:
        """End the thread after its step."""
        self._thread.shutdown(wait=True, cancel_futures=True)
