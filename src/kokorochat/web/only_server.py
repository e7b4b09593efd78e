"""The one place to serve from a PostgreSQL database: without Redis, two servers would not wake each other's screens.

It is an advisory lock of a connection of its own, so it goes with the process, however that ends. It goes with the
connection, too, as when PostgreSQL is started again, and is taken again then.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from django.db import DatabaseError, connection

from kokorochat.domain.errors import InputError

logger = logging.getLogger(__name__)

NUMBER = 0x6B6F6B6F7273
"""Of the lock; sweeps, which may share the database, have another."""

WAITS = 5.0
"""Seconds for which a lock is waited for: PostgreSQL takes a moment to see that a killed server has left it."""
EVERY = 3.0
"""Seconds after which the connection is looked at."""
_NOTICES_A_DEAD_MACHINE = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
"""Else PostgreSQL would keep the lock of a machine that has lost its power for two hours."""


@contextlib.contextmanager
def only_server() -> Iterator[None]:
    """Hold the place.

    Raises:
        InputError: another process serves from the database.
        DatabaseError: it can't be reached.
    """
    place = _Place()
    until = time.monotonic() + WAITS
    try:
        while not place.take():
            if time.monotonic() > until:
                remedy = "Stop it first, or set REDIS_URL to run several"
                raise InputError("DATABASE_URL", "another process serves from this database", remedy)
            time.sleep(0.2)
        place.start()
        yield
    finally:
        place.leave()


class _Place(threading.Thread):
    """Keeps the lock as long as the process serves."""

    def __init__(self) -> None:
        super().__init__(name="only server", daemon=True)
        self._lock_holder: Any = None
        self._leaving = threading.Event()

    def take(self) -> bool:
        """Whether it is ours now.

        Raises:
            DatabaseError: there is nobody to ask.
        """
        with connection.wrap_database_errors:
            if self._lock_holder is None:
                self._lock_holder = psycopg.connect(**connection.get_connection_params(), autocommit=True)
                for setting in _NOTICES_A_DEAD_MACHINE:
                    self._lock_holder.execute(f"SET {setting}")
            return bool(self._lock_holder.execute("SELECT pg_try_advisory_lock(%s)", [NUMBER]).fetchone()[0])

    def run(self) -> None:
        """Look whether the connection still stands, and take the lock again if it does not."""
        holds, told = True, False
        while not self._leaving.wait(EVERY):
            try:
                if holds:
                    with connection.wrap_database_errors:
                        self._lock_holder.execute("SELECT 1")
                else:
                    holds = self.take()
            except DatabaseError:
                holds = False
                self._close()
                continue
            if holds:
                told = False
            elif not told:
                told = True
                # Whoever talks here goes on talking: that is worth more than who is shown as present.
                logger.error("another process serves from this database, too: stop one of them, or set REDIS_URL")

    def leave(self) -> None:
        """Give it back."""
        self._leaving.set()
        if self.is_alive():
            self.join(5)
        self._close()

    def _close(self) -> None:
        if self._lock_holder is not None:
            with contextlib.suppress(Exception):
                self._lock_holder.close()
        self._lock_holder = None
