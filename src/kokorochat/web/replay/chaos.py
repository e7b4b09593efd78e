"""Killing a throwaway platform while a replay talks through it."""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from kokorochat.web.replay.spawn import Platform


class Killer:
    """Kills a platform a number of times, evenly over the messages of a replay, and starts it again each time.

    It is called as the replay's `progress`. The kills run beside the replay, whose sides must find their way back.
    """

    def __init__(self, platform: Platform, kills: int, messages: int) -> None:
        """Plan the kills.

        Args:
            messages: how many the replay has.
        """
        self._platform = platform
        self._due = [messages * number // (kills + 1) for number in range(1, kills + 1)]
        self._stored = 0
        # One worker: a platform that is just being started is not killed by the next in line.
        self._worker = ThreadPoolExecutor(max_workers=1)
        self._deeds: list[Future[None]] = []

    def __enter__(self) -> Self:
        """Be ready."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until the platform runs again.

        Raises:
            InputError: it did not start again.
        """
        self._worker.shutdown(wait=True)
        for deed in self._deeds:
            if fault is None:
                deed.result()

    def __call__(self, stored: int) -> None:
        """So many more messages are stored."""
        self._stored += stored
        while self._due and self._stored >= self._due[0]:
            self._due.pop(0)
            self._deeds.append(self._worker.submit(self._kill))

    def _kill(self) -> None:
        self._platform.kill()
        self._platform.start()
