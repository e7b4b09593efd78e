"""Starting the platform: settings read, database checked, one process, then uvicorn."""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from kokorochat.domain.errors import InputError
from kokorochat.web import data_folder
from kokorochat.web.ports import check_port

LARGEST_FRAME = 65536
"""Bytes in one WebSocket frame; the longest message of 5,000 characters needs at most 60,000."""


def default(name: str, value: str) -> None:
    """Set what the user has not; a setting that stands empty, as deploy/compose.yaml passes it, is none."""
    os.environ[name] = os.environ.get(name) or value


def default_origins(port: int, names: Sequence[str] = ("127.0.0.1", "localhost")) -> None:
    """Without a setting the platform is reached on this machine alone, by these names of it."""
    default("KOKOROCHAT_ORIGINS", ",".join(f"http://{name}:{port}" for name in names))


def set_up() -> None:
    """Make Django ready in this process.

    Raises:
        InputError: a setting in the environment can't be used.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kokorochat.web.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    # What this process writes (talks, exports of them) is its user's alone.
    os.umask(0o077)
    try:
        django.setup()
    except (ImproperlyConfigured, OSError, ValueError, KeyError) as fault:
        raise InputError(
            "settings of the platform", str(fault), "See docs/deploy.md for the KOKOROCHAT_* names"
        ) from None


@contextlib.contextmanager
def database() -> Iterator[None]:
    """Whatever the database refuses inside becomes one sentence.

    Raises:
        InputError: it can't be reached, read or written, or is damaged.
    """
    from django.db import DatabaseError

    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as fault:
        raise InputError(
            "database", str(fault).strip(), "Check DATABASE_URL or the file in KOKOROCHAT_DATA, and who may write it"
        ) from None


def migrate() -> None:
    """Bring the database to today's tables.

    Raises:
        InputError: as `database`.
    """
    from django.core.management import call_command

    with database():
        call_command("migrate", interactive=False, verbosity=0)
    keep_key()


def keep_key() -> None:
    """Keep the secret key for the next start, now that there is a platform which it belongs to.

    Raises:
        InputError: it can't be written.
    """
    from django.conf import settings

    if settings.KEEPS_KEY:
        # Another process may have been first, and a restored platform has a key of its own.
        settings.SECRET_KEY = data_folder.keep_key(settings.DATA, settings.SECRET_KEY)


def check_tables() -> None:
    """Refuse to work on a database that is not there or not of this version, and keep the key of one that is.

    Raises:
        InputError: tables are missing or old, or as `database`.
    """
    from django.conf import settings
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    missing = connection.vendor == "sqlite" and not Path(str(settings.DATABASES["default"]["NAME"])).exists()
    with database():
        executor = None if missing else MigrationExecutor(connection)
    if executor is None:
        remedy = "Name its folder by KOKOROCHAT_DATA (the demo's is var/demo), or begin one: kokorochat web migrate"
        raise InputError(str(settings.DATA), "there is no platform here", remedy)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise InputError(f"database of {settings.DATA}", "its tables are not up to date", "Run: kokorochat web migrate")
    keep_key()


def check() -> None:
    """Refuse to serve wrongly.

    Raises:
        InputError: tables are missing, nothing can be written, SQLite does not keep what it commits, or a model
            can't be used.
    """
    from django.db import connection, transaction

    from kokorochat.web.accounts.actions import audit
    from kokorochat.web.estimates import check_model
    from kokorochat.web.practice.replies import check_models

    check_tables()
    with database(), transaction.atomic():
        audit(None, "server.check", "a write that is taken back")
        transaction.set_rollback(True)
    if connection.vendor == "sqlite":
        _check_sqlite()
    check_model()
    check_models()


def _check_sqlite() -> None:
    from django.db import connection

    due: dict[str, object] = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
    with connection.cursor() as cursor:
        for pragma, value in due.items():
            cursor.execute(f"PRAGMA {pragma}")
            found = cursor.fetchone()[0]
            if found != value:
                raise InputError(
                    "SQLite database",
                    f"{pragma} is {found!r} instead of {value!r}, so a message could be lost at a power cut",
                    "Keep the file on a local disk that allows it, or set DATABASE_URL to PostgreSQL",
                )


@contextlib.contextmanager
def only_process(data: Path) -> Iterator[None]:
    """Hold the place of the one serving process: without Redis, two would not wake each other's screens.

    Raises:
        InputError: another process serves from this folder.
    """
    try:
        lock_file = (data / "serve.lock").open("w")
    except OSError as fault:
        raise InputError(
            str(data / "serve.lock"), f"can't be written ({fault.strerror})", "Mend its permissions"
        ) from None
    with lock_file as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                str(data), "another process serves from this folder", "Stop it first, or set REDIS_URL to run several"
            ) from None
        yield


@contextlib.contextmanager
def place(host: str, port: int, processes: int = 1) -> Iterator[None]:
    """The right to serve here: nothing may be changed for a server that then can't start.

    Raises:
        InputError: the port is taken, the processes can't be that many, or another serves from the folder or database.
    """
    from django.conf import settings

    if processes < 1 or (processes > 1 and not settings.REDIS_URL):
        remedy = "Give 1, or set REDIS_URL, by which several wake each other's screens"
        raise InputError("--processes", f"can't be {processes} here", remedy)
    check_port(host, port, "Choose another with --port or PORT=")
    with contextlib.nullcontext() if settings.REDIS_URL else _alone(settings.DATA):
        yield


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    from django.db import connection

    from kokorochat.web.only_server import only_server

    with contextlib.ExitStack() as places:
        places.enter_context(only_process(data))
        if connection.vendor == "postgresql":
            # Another server may have a folder of its own, or be on another machine.
            with database():
                places.enter_context(only_server())
        yield


def serve(host: str, port: int, processes: int = 1) -> None:
    """Serve until interrupted; inside `place`. Where the platform is one process, it looks after its duties too.

    Raises:
        InputError: as `check`.
    """
    import uvicorn
    from django.conf import settings

    from kokorochat.web import estimates, logs, worker

    logs.log_what_ends_a_thread()
    # WhiteNoise reads its small files at once; that it does so synchronously is no news to whoever serves.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    check()
    _count_together(processes)
    with contextlib.nullcontext() if settings.REDIS_URL else worker.working():
        uvicorn.run(
            "kokorochat.web.asgi:application",
            host=host,
            port=port,
            workers=processes,
            ws="websockets-sansio",
            ws_max_size=LARGEST_FRAME,
            ws_ping_interval=20,
            ws_ping_timeout=20,
            # Its log goes where the platform's own does: a fault's message may hold words (logs.py). The access log
            # would print full paths, and a path may hold a sign-in token.
            log_config=None,
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=10,
            lifespan="off",
        )
        # What is asked for is made while Python can still tell the screens; when it ends by itself it can't.
        estimates.THREAD.shutdown()


def _count_together(processes: int) -> None:
    """Let the metrics of several processes be added up, from zero at each start."""
    from django.conf import settings

    if processes == 1:
        return
    folder = Path(str(settings.DATA)) / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    # The variable by which prometheus-client knows it, read when the serving processes import it.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
