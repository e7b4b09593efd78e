"""The ledger of many machines: rows of PostgreSQL, each with a lease that its worker renews."""

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kokorochat.domain.errors import InputError
from kokorochat.learning.sweeps import statements
from kokorochat.learning.sweeps.cells import Cell
from kokorochat.learning.sweeps.folder import CELLS, check_definition, lock_cell, worker_name
from kokorochat.learning.sweeps.ledger import Standing, Unreachable

if TYPE_CHECKING:
    from optuna.storages import BaseStorage
    from psycopg import Connection
    from psycopg.rows import TupleRow

LEASE = 60.0
"""Seconds after the last sign of a worker's life in which nobody else takes its cell."""

_LOCK_NUMBER = 0x6B6F6B6F726F
"""Of the advisory lock under which tables are made and Optuna's are written."""


class PostgresClaim:
    """A row that is ours as long as its attempt is."""

    def __init__(self, ledger: "PostgresLedger", cell: Cell, attempt: int, lock: int, asked: float) -> None:
        """A claim that was asked for at a moment of `time.monotonic`."""
        self.cell, self.attempt, self.lock = cell, attempt, lock
        self._ledger, self._renewed = ledger, asked

    def holds(self) -> bool:
        """See `Claim`. Nobody to ask counts as ours until the lease has run out, by the clock from before we asked."""
        asked = time.monotonic()
        if asked - self._renewed < self._ledger.lease / 3:
            return True
        try:
            ours = self._ledger.change(statements.RENEW, self._row()) == 1
        except Unreachable:
            return time.monotonic() - self._renewed < self._ledger.lease
        if ours:
            self._renewed = asked
        return ours

    def finish(self, seconds: float, documents: dict[str, Any]) -> bool:
        """See `Claim`."""
        return self._end("done", seconds, None, json.dumps(documents))

    def fail(self, seconds: float, reason: str) -> bool:
        """See `Claim`."""
        return self._end("failed", seconds, reason, None)

    def release(self) -> None:
        """See `Claim`; if nobody can be told, the lease runs out."""
        with suppress(Unreachable):
            self._ledger.change(statements.RELEASE, self._row())
        os.close(self.lock)

    def _end(self, state: str, seconds: float, reason: str | None, documents: str | None) -> bool:
        told = {"state": state, "seconds": round(seconds, 1), "reason": reason, "documents": documents}
        ours = self._ledger.change(statements.END, self._row() | told) == 1
        os.close(self.lock)
        return ours

    def _row(self) -> dict[str, Any]:
        return {"cell": self.cell.name, "attempt": self.attempt}


class PostgresLedger:
    """The ledger in a database that all workers reach; their folders may be one or each its own."""

    def __init__(self, url: str, out: Path, cells: Sequence[Cell], name: str, lease: float = LEASE) -> None:
        """A ledger of the sweep of a name.

        Args:
            url: such as postgresql://USER@HOST/DATABASE.
            lease: in seconds.
        """
        # Both spellings are in use; SQLAlchemy wants the driver's name.
        self._url = url.replace("postgres://", "postgresql://", 1)
        self._out, self._cells, self._name = out, {cell.name: cell for cell in cells}, name
        self.lease = lease
        self._connection: Connection[TupleRow] | None = None

    def open(self, definition: dict[str, Any]) -> None:
        """Make the sweep's rows, or see that they are those of this one.

        Raises:
            InputError: the database can't be reached or used, or another sweep has this name there.
        """
        import psycopg

        try:
            with self._connect() as connection, connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK_NUMBER,))
                connection.execute(statements.TABLES)
                connection.execute(statements.NEW_SWEEP, (self._name, json.dumps(definition)))
                self._check(connection, definition)
                rows = ((self._name, name, place) for place, name in enumerate(self._cells))
                connection.cursor().executemany(statements.NEW_CELL, rows)
        except psycopg.Error as fault:
            raise self._refused(fault) from None

    def look(self, definition: dict[str, Any]) -> list[Standing]:
        """The standings without making anything: what isn't there yet is open.

        Raises:
            InputError: as `open`.
        """
        import psycopg

        try:
            with self._connect() as connection:
                self._check(connection, definition)
                return self.standings()
        except psycopg.errors.UndefinedTable:
            return [Standing(name, "open") for name in self._cells]
        except psycopg.Error as fault:
            raise self._refused(fault) from None

    def claim(self) -> PostgresClaim | None:
        """See `Ledger`."""
        passed = list[str]()
        while True:
            asked = time.monotonic()
            values = {"worker": worker_name(), "lease": self.lease, "not": passed}
            rows = self._ask(statements.CLAIM, values)
            if not rows:
                return None
            name, attempt = rows[0]
            lock = lock_cell(self._out / CELLS / name)
            if lock is not None:
                return PostgresClaim(self, self._cells[name], attempt, lock, asked)
            # The training of a worker that was killed here may still be at work in this folder.
            self.change(statements.RELEASE, {"cell": name, "attempt": attempt})
            passed.append(name)

    def standings(self) -> list[Standing]:
        """See `Ledger`."""
        rows = [
            Standing(cell, state, attempts, worker, seconds, reason, json.loads(documents) if documents else None)
            for cell, state, attempts, worker, seconds, reason, documents in self._ask(statements.STANDINGS, {})
        ]
        return rows or [Standing(name, "open") for name in self._cells]

    def is_settled(self) -> bool:
        """See `Ledger`."""
        return not self._ask(statements.UNSETTLED, {})

    def reopen_failed(self) -> int:
        """See `Ledger`."""
        return self.change(statements.REOPEN, {})

    def change(self, statement: str, values: dict[str, Any]) -> int:
        """Run a statement; gives the number of rows that it changed.

        Raises:
            Unreachable: the database can't be reached.
        """
        return self._run(statement, values)[0]

    @contextmanager
    def recording(self) -> "Iterator[BaseStorage]":
        """See `Ledger`."""
        import psycopg
        import sqlalchemy.exc
        from optuna.storages import RDBStorage

        try:
            with self._connect() as connection:
                connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK_NUMBER,))
                storage = RDBStorage(self._url.replace("postgresql:", "postgresql+psycopg:", 1))
                try:
                    yield storage
                finally:
                    storage.engine.dispose()
        except (psycopg.OperationalError, sqlalchemy.exc.OperationalError) as fault:
            raise Unreachable(str(fault).strip().splitlines()[0]) from None

    def _ask(self, query: str, values: dict[str, Any]) -> "list[TupleRow]":
        return self._run(query, values)[1]

    def _run(self, statement: str, values: dict[str, Any]) -> "tuple[int, list[TupleRow]]":
        import psycopg

        sent = {"sweep": self._name, "lease": self.lease, **values}
        # A connection may have died while nobody looked: then once more over a new one. A statement that had been
        # run before the answer was lost changes nothing when it is run again, but for a claim, whose lease runs out.
        for last in (False, True):
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = self._connect()
                cursor = self._connection.execute(statement.encode(), sent)
                return cursor.rowcount, cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError as fault:
                if self._connection is not None:
                    self._connection.close()
                if last:
                    raise Unreachable(str(fault).strip().splitlines()[0]) from None
        raise AssertionError

    def _connect(self) -> "Connection[TupleRow]":
        import psycopg

        # Shorter than a third of a lease, so that a worker knows in time that it can't reach the database.
        patience = max(2, int(self.lease / 6))
        options = f"-c statement_timeout={patience * 1000}"
        return psycopg.connect(
            self._url, autocommit=True, connect_timeout=patience, options=options, tcp_user_timeout=patience * 1000
        )

    def _check(self, connection: "Connection[TupleRow]", definition: dict[str, Any]) -> None:
        row = connection.execute(statements.DEFINITION, (self._name,)).fetchone()
        place = f"{self._place()}, sweep {self._name}"
        try:
            if row is not None:
                check_definition(row[0], definition, place)
        except InputError as fault:
            remedy = "Give the sweep file another name, or name another database"
            raise InputError(place, fault.problem, remedy) from None

    def _refused(self, fault: Exception) -> InputError:
        # What is said of an address that can't be taken apart holds all of it, the password too.
        told = str(fault).strip().splitlines()[0] if self._parts() else "no address that can be read"
        problem = f"can't be used ({told})"
        remedy = "Name a database that you may make tables in, as postgresql://USER:PASSWORD@HOST/DATABASE"
        return InputError(self._place(), problem, remedy)

    def _place(self) -> str:
        """The address without the password that may stand in it."""
        parts = self._parts()
        host, port = parts.get("host", "localhost"), parts.get("port", 5432)
        return f"--storage {host}:{port}/{parts.get('dbname', '')}" if parts else "--storage"

    def _parts(self) -> dict[str, Any]:
        import psycopg

        try:
            return dict(psycopg.conninfo.conninfo_to_dict(self._url))
        except psycopg.ProgrammingError:
            return {}
