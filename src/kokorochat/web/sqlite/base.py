"""The module that Django loads for the engine `kokorochat.web.sqlite`.

SQLite has one writer at a time, and who waits for it asks again and again, ever more seldom (up to 100 ms): under load
whoever comes at the right moment overtakes, and some wait for the better part of a second. So the threads of one
process line up here for their transactions. What another process or a lone statement writes is still waited for by
SQLite itself.
"""

import threading

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from kokorochat.web.sqlite.turns import Turns

_turns: dict[str, Turns] = {}
_guard = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that has the turn to write from a transaction's first statement to its last."""

    _turn: Turns | None = None

    def _start_transaction_under_autocommit(self) -> None:
        name, patience = str(self.settings_dict["NAME"]), self.settings_dict["OPTIONS"].get("timeout", 5.0)
        with _guard:
            turns = _turns.setdefault(name, Turns())
        if not turns.take(patience):
            raise OperationalError("database is locked")
        self._turn = turns
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_turn()
            raise

    def _commit(self) -> None:
        # If it fails, a rollback follows, or the connection is closed.
        super()._commit()  # type: ignore[misc]
        self._give_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_turn()

    def _give_turn(self) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.give()
