"""A backup that is made while people talk, and the way back."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.web import backup
from parts import empty_postgres

BARE = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("KOKOROCHAT_", "DJANGO_")) and name not in ("DATABASE_URL", "REDIS_URL")
}


def platform(data: Path, *arguments: str, code: int = 0, **settings: str) -> str:
    """What a command of a platform in `data` says; nothing of the tests' own platform is inherited."""
    done = subprocess.run(
        [sys.executable, "-m", "kokorochat", "web", *arguments],
        env=BARE | {"KOKOROCHAT_DATA": str(data)} | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    """A platform on SQLite with an administrator."""
    data = tmp_path_factory.mktemp("filled")
    platform(data, "migrate")
    platform(data, "add-administrator", "jimu")
    return data


@pytest.fixture(scope="module")
def saved(filled, tmp_path_factory) -> Path:
    """Its backup, made while a connection is open that has written and not yet been copied back."""
    file = tmp_path_factory.mktemp("backups") / "one.tar.gz"
    with closing(sqlite3.connect(filled / "kokorochat.sqlite3")) as busy:
        busy.execute("UPDATE accounts_person SET display_name = '事務局'")
        busy.commit()
        platform(filled, "backup", str(file))
    return file


@pytest.mark.slow
def test_a_restored_platform_is_the_one_that_was_saved(filled, saved, tmp_path):
    told = json.loads(platform(tmp_path, "restore", str(saved), "--json"))
    assert told["rows"]["accounts_auditentry"] > 0
    with closing(sqlite3.connect(tmp_path / "kokorochat.sqlite3")) as database:
        assert database.execute("SELECT username, display_name FROM accounts_person").fetchall() == [("jimu", "事務局")]
    assert (tmp_path / "secret_key").read_bytes() == (filled / "secret_key").read_bytes()
    assert "whole" in platform(tmp_path, "check-audit")


def test_nobody_is_signed_in_after_a_restore_for_they_may_have_been_locked_since(filled, saved, tmp_path):
    with closing(sqlite3.connect(filled / "kokorochat.sqlite3")) as database:
        assert database.execute("SELECT count(*) FROM accounts_signinlink").fetchone() == (1,)
    platform(tmp_path, "restore", str(saved))
    with closing(sqlite3.connect(tmp_path / "kokorochat.sqlite3")) as database:
        for table in ("accounts_signinlink", "django_session"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


@pytest.mark.slow
def test_a_backup_and_what_is_restored_are_for_their_owner_alone(saved, tmp_path):
    platform(tmp_path, "restore", str(saved))
    for file in (saved, tmp_path / "kokorochat.sqlite3", tmp_path / "secret_key"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


@pytest.mark.slow
def test_nothing_that_is_there_is_written_over(saved, db):
    for deed in (backup.backup, backup.restore):
        with pytest.raises(InputError, match="is there already"):
            deed(saved)


def rewritten(saved: Path, out: Path, change) -> Path:
    """The backup with its files changed: {name: bytes}."""
    with tarfile.open(saved) as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive}
    change(files)
    with tarfile.open(out, "w:gz") as archive:
        for name, data in files.items():
            source = out.with_name("member")
            source.write_bytes(data)
            archive.add(source, name)
            source.unlink()
    return out


def spoil(files) -> None:
    files["database.sqlite3"] = files["database.sqlite3"][:-1] + b"x"


def point_elsewhere(files) -> None:
    told = json.loads(files["manifest.json"])
    told["digests"]["../elsewhere"] = told["digests"].pop("secret_key")
    files["manifest.json"] = json.dumps(told).encode()
    files["../elsewhere"] = files.pop("secret_key")


def of_postgresql(files) -> None:
    told = json.loads(files["manifest.json"]) | {"engine": "postgresql"}
    told["digests"]["database.dump"] = told["digests"].pop("database.sqlite3")
    files["manifest.json"] = json.dumps(told).encode()
    files["database.dump"] = files.pop("database.sqlite3")


def leave_out(files) -> None:
    del files["secret_key"]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (spoil, "database.sqlite3: is damaged"),
        (point_elsewhere, "is not what this version"),
        (of_postgresql, "holds a database of postgresql"),
        (leave_out, "can't be read as a backup"),
        (lambda files: files.pop("manifest.json"), "can't be read as a backup"),
        (lambda files: files.update({"manifest.json": b"{}"}), "manifest.json"),
    ],
)
def test_what_is_no_whole_backup_is_named_and_unpacks_nothing_elsewhere(saved, change, what, tmp_path, db):
    file = rewritten(saved, tmp_path / "changed.tar.gz", change)
    with pytest.raises(InputError, match=what):
        backup.restore(file)
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_of_another_kind_is_named(tmp_path, db):
    other = tmp_path / "notes.txt"
    other.write_text("みどり")
    for file, what in ((other, "can't be read as a backup"), (tmp_path / "none", "No such file")):
        with pytest.raises(InputError, match=what):
            backup.restore(file)


@pytest.mark.slow
def test_postgresql_is_saved_and_brought_back(tmp_path):
    with empty_postgres() as first, empty_postgres() as second:
        platform(tmp_path / "a", "migrate", DATABASE_URL=first)
        platform(tmp_path / "a", "add-administrator", "jimu", DATABASE_URL=first)
        file = tmp_path / "one.tar.gz"
        platform(tmp_path / "a", "backup", str(file), DATABASE_URL=first)
        platform(tmp_path / "b", "restore", str(file), DATABASE_URL=second)
        assert "whole" in platform(tmp_path / "b", "check-audit", DATABASE_URL=second)
        assert "has tables already" in platform(tmp_path / "b", "restore", str(file), code=2, DATABASE_URL=second)
