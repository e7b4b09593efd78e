"""A copy of all that a platform holds, made while it runs, and the way back.

A backup is one archive: the database as its own program copies it, the secret key where it lies in the data folder (the
audit trail and the linked accounts can be read with it alone), and a manifest with digests and counts that the restored
database is held to.
"""

import contextlib
import hashlib
import io
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from kokorochat import __version__
from kokorochat.domain.errors import InputError
from kokorochat.web.data_folder import KEY

_FORMAT, _FORMAT_VERSION = "kokorochat-backup", 1
_MANIFEST = "manifest.json"
_COPIES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_REMEDY = "Name a file that `kokorochat web backup` has written"
_MOST_MANIFEST = 1024 * 1024
_NEVER_DELETED = ("roleplay_", "accounts_audit")
"""Tables that only grow: a copy that has fewer rows of them than were counted before is none."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a backup holds.

    Attributes:
        engine: of the database, "sqlite" or "postgresql"; it can be restored into that one alone.
        made_at: in ISO 8601, UTC.
        rows: {table: rows} of what is never deleted, counted a moment before the copy.
        digests: {file: SHA-256} of the other files in the archive.
    """

    format: str
    format_version: int
    made_by: str
    made_at: str
    engine: str
    rows: dict[str, int]
    digests: dict[str, str]


def backup(out: Path) -> Manifest:
    """Write a backup of the platform that the settings name. It may run meanwhile.

    Args:
        out: a new file; readable for its owner alone.

    Raises:
        InputError: the file is there already or can't be written, or the database can't be copied.
    """
    from django.conf import settings
    from django.db import connection

    engine = connection.vendor
    if out.exists():
        raise InputError(str(out), "is there already", "Name a new file")
    scratch = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(prefix=".kokorochat-backup-", dir=out.parent) as folder:
            copy = Path(folder) / _COPIES[engine]
            rows = {table: count for table, count in _rows().items() if table.startswith(_NEVER_DELETED)}
            _copy_sqlite(copy) if engine == "sqlite" else _copy_postgresql(copy)
            files = {copy.name: copy}
            if (key := settings.DATA / KEY).exists():
                files[KEY] = key
            manifest = Manifest(
                format=_FORMAT,
                format_version=_FORMAT_VERSION,
                made_by=__version__,
                made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                engine=engine,
                rows=rows,
                digests={name: _digest(path) for name, path in files.items()},
            )
            told = msgspec.json.encode(manifest)
            with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                with tarfile.open(fileobj=stream, mode="w:gz") as archive:
                    entry = tarfile.TarInfo(_MANIFEST)
                    entry.size = len(told)
                    archive.addfile(entry, io.BytesIO(told))
                    for name, path in files.items():
                        archive.add(path, name, recursive=False)
                stream.flush()
                os.fsync(stream.fileno())
        os.link(scratch, out)  # unlike a rename, it never takes the place of a file that came in between
    except OSError as fault:
        raise InputError(str(out), f"can't be written ({fault.strerror})", "Choose a folder with room") from None
    finally:
        scratch.unlink(missing_ok=True)
    return manifest


def restore(file: Path) -> Manifest:
    """Bring a backup back into the database and the folder that the settings name, which must be empty.

    Sign-ins and sign-in links are not brought back: what was ended after the backup must not work again.

    Raises:
        InputError: the file is no whole backup, its database is of another kind or newer than this version, or there
            is a database already; nothing is changed then.
    """
    from django.conf import settings
    from django.db import connection

    with _unpacked(file) as (manifest, folder):
        if manifest.engine != connection.vendor:
            problem = f"holds a database of {manifest.engine}, and DATABASE_URL names one of {connection.vendor}"
            raise InputError(str(file), problem, "Set DATABASE_URL to a database of the same kind")
        copy = folder / _COPIES[manifest.engine]
        if manifest.engine == "sqlite":
            _restore_sqlite(copy, Path(str(settings.DATABASES["default"]["NAME"])))
        else:
            _restore_postgresql(copy)
        if KEY in manifest.digests:
            place = settings.DATA / KEY
            place.unlink(missing_ok=True)
            shutil.copyfile(folder / KEY, place)
            place.chmod(0o600)
    found = _rows()
    if lacking := {table for table, count in manifest.rows.items() if found.get(table, 0) < count}:
        raise InputError(str(file), f"was restored with rows missing in {sorted(lacking)[0]}", "Use another backup")
    _end_sign_ins()
    return manifest


def _end_sign_ins() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table in {"django_session", "accounts_signinlink"} & set(connection.introspection.table_names(cursor)):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608 - a name of ours


def _copy_sqlite(copy: Path) -> None:
    from django.conf import settings

    place = Path(str(settings.DATABASES["default"]["NAME"]))
    try:
        with (
            closing(sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            # One file that needs no other beside it.
            target.execute("PRAGMA journal_mode=DELETE")
            faults = [row[0] for row in target.execute("PRAGMA integrity_check(1)")]
        if faults != ["ok"]:
            raise InputError(str(place), f"is damaged ({faults[0]})", "Restore an older backup")
    except sqlite3.Error as fault:
        raise InputError(str(place), f"can't be copied ({fault})", "Check the file and its permissions") from None


def _restore_sqlite(copy: Path, place: Path) -> None:
    for beside in (place, *(place.with_name(place.name + end) for end in ("-wal", "-shm"))):
        if beside.exists():
            raise InputError(str(beside), "is there already", "Stop the platform and move its database away first")
    # Copied beside its place first: a database that is there by halves would be served.
    scratch = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        shutil.copyfile(copy, scratch)
        scratch.chmod(0o600)
        os.link(scratch, place)
    except OSError as fault:
        raise InputError(str(place), f"can't be written ({fault.strerror})", "Mend the folder's permissions") from None
    finally:
        scratch.unlink(missing_ok=True)


def _copy_postgresql(copy: Path) -> None:
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}")


def _restore_postgresql(copy: Path) -> None:
    if _rows():
        raise InputError("database", "has tables already", "Restore into an empty database")
    _run(
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={_place()['PGDATABASE']}",
        str(copy),
    )


def _place() -> dict[str, str]:
    """Where the database is, as PostgreSQL's programs read it; never as an argument, which others could see."""
    from django.db import connection

    told = connection.get_connection_params()
    names = {"dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD", "host": "PGHOST", "port": "PGPORT"}
    return {variable: str(told[name]) for name, variable in names.items() if told.get(name)}


def _run(program: str, *arguments: str) -> None:
    try:
        done = subprocess.run(
            [program, *arguments], env=os.environ | _place(), capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise InputError(program, "is not installed", "Install PostgreSQL's client programs") from None
    if done.returncode:
        what = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        raise InputError(
            program, f"failed ({what})", "Check DATABASE_URL, and that the program is as new as the server"
        )


def _rows() -> dict[str, int]:
    """{table: rows} of the database that the settings name."""
    from django.db import connection

    with connection.cursor() as cursor:
        counts = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 - quoted
            counts[table] = int(cursor.fetchone()[0])
    return counts


@contextlib.contextmanager
def _unpacked(file: Path) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and a folder with the files, each held to its digest.

    Nothing but the names that a backup has is unpacked, so that an archive can't write elsewhere.
    """
    with tempfile.TemporaryDirectory(prefix="kokorochat-restore-") as place:
        folder = Path(place)
        try:
            with tarfile.open(file, "r:gz") as archive:
                manifest = _manifest(archive, file)
                for name, digest in manifest.digests.items():
                    member = archive.getmember(name)
                    source = archive.extractfile(member) if member.isfile() else None
                    if source is None or _unpack(source, folder / name) != digest:
                        raise InputError(f"{file}, {name}", "is damaged", "Use another backup")
        except (tarfile.TarError, EOFError, KeyError, OSError) as fault:
            what = getattr(fault, "strerror", None) or fault
            raise InputError(str(file), f"can't be read as a backup ({what})", _REMEDY) from None
        yield manifest, folder


def _manifest(archive: tarfile.TarFile, file: Path) -> Manifest:
    source = archive.extractfile(_MANIFEST)
    told = source.read(_MOST_MANIFEST) if source else b""
    try:
        manifest = msgspec.json.decode(told, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InputError(f"{file}, {_MANIFEST}", f"can't be read ({fault})", _REMEDY) from None
    due = {_COPIES.get(manifest.engine, ""), KEY}
    if (manifest.format, manifest.format_version) != (_FORMAT, _FORMAT_VERSION) or not set(manifest.digests) <= due:
        raise InputError(f"{file}, {_MANIFEST}", "is not what this version of kokorochat reads", _REMEDY)
    return manifest


def _unpack(source: IO[bytes], place: Path) -> str:
    with place.open("wb") as target:
        shutil.copyfileobj(source, target, 1024 * 1024)
    return _digest(place)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
