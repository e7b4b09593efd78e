"""Whose turn it is: a lock that is handed on to whoever has waited longest.

`threading.Lock` lets a thread that comes back at once overtake those that wait; here nobody waits for ever.
"""

import threading
from collections import deque


class Turns:
    """A lock that is taken in the order in which it was asked for; any thread may give it back."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def take(self, seconds: float) -> bool:
        """Wait for a turn; False if none has come within so many seconds."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            call = threading.Lock()
            call.acquire()
            self._waiting.append(call)
        if call.acquire(timeout=seconds):
            return True
        with self._guard:
            if call in self._waiting:
                self._waiting.remove(call)
                return False
        # It was handed over in the moment of giving up.
        return True

    def give(self) -> None:
        """Hand the turn to the next who waits."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
