"""How fast an endpoint may be asked: so many requests and tokens in any minute, and a pause that it asks for."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass

LONGEST_WAIT = 120
"""Seconds that an endpoint may ask us to wait (`Retry-After`); if it wants more, the question has failed."""

_LOOK = 1.0
"""Seconds after which a waiting request looks again: what was sent before may have taken fewer tokens than thought."""


@dataclass(slots=True)
class Place:
    """A request's place in the last minute.

    Attributes:
        at: when it was let go, in seconds of a clock that only goes forward.
        tokens: that it takes, as expected or, once known, as counted.
    """

    at: float
    tokens: int


class Limits:
    """A gate that requests pass in the order in which they come.

    The limits hold for every window of a minute, not for one on average. A request that alone is larger than the limit
    of tokens waits until nothing else is in the window.
    """

    def __init__(self, requests: int | None = None, tokens: int | None = None, minute: float = 60) -> None:
        """No limit where None.

        Args:
            minute: the window's length in seconds.
        """
        self._requests, self._tokens, self._minute = requests, tokens, minute
        self._window: deque[Place] = deque()
        self._paused_until = 0.0
        self._turn = asyncio.Lock()

    async def admit(self, tokens: int) -> Place:
        """Wait until a request may be sent.

        Args:
            tokens: that it may take at most, read and written.

        Returns:
            Its place; what it really took is to be written there.
        """
        async with self._turn:
            while (wait := self._wait(tokens)) > 0:
                await asyncio.sleep(min(wait, _LOOK))
            place = Place(time.monotonic(), tokens)
            self._window.append(place)
            return place

    def pause(self, seconds: float) -> None:
        """Let nothing pass for a while."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def _wait(self, tokens: int) -> float:
        now = time.monotonic()
        while self._window and self._window[0].at <= now - self._minute:
            self._window.popleft()
        free_at = self._paused_until
        if self._requests is not None and len(self._window) >= self._requests:
            free_at = max(free_at, self._window[len(self._window) - self._requests].at + self._minute)
        if self._tokens is not None:
            taken = sum(place.tokens for place in self._window)
            for place in self._window:
                if taken + tokens <= self._tokens:
                    break
                taken -= place.tokens
                free_at = max(free_at, place.at + self._minute)
        return free_at - now
