"""What was deleted leaves the disk: SQLite keeps older pages, words and all, in its log until that is emptied.

`secure_delete` overwrites what was deleted in the database file, as soon as the log is copied there; the log itself is
emptied here. In PostgreSQL the same is done by its own autovacuum.
"""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection

logger = logging.getLogger(__name__)

EVERY = 30.0
"""Seconds. Whoever takes a message back, or a platform that forgets, has it off the disk within two such times."""
_PATIENCE = 0.2
"""Seconds for which writers are held up at most; if somebody still reads an older state, the next look does it."""


def empty() -> bool:
    """Copy the log into the database file and cut it to nothing; there is never more to do at once."""
    if connection.vendor != "sqlite":
        return False
    place = Path(str(connection.settings_dict["NAME"]))
    log = place.with_name(f"{place.name}-wal")
    if log.exists() and log.stat().st_size:
        with closing(sqlite3.connect(place, timeout=_PATIENCE)) as own:
            own.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return False
