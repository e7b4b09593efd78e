"""Starting the platform: what is wrong stops it with one sentence and exit code 2."""

import fcntl
import os
import socket
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from kokorochat.cli import main
from kokorochat.domain.errors import InputError
from kokorochat.web import server
from kokorochat.web.data_folder import keep_key, kept_key


def only_sentence(captured) -> str:
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    assert captured.err.startswith("kokorochat: ")
    return captured.err


@pytest.fixture
def _no_server(monkeypatch) -> None:
    """Should a check let it through, a test must not begin to serve."""

    def serves(*_: object, **__: object) -> None:
        raise AssertionError("it went on to serve")

    monkeypatch.setattr("uvicorn.run", serves)
    monkeypatch.setattr("kokorochat.web.logs.log_what_ends_a_thread", lambda: None)  # pytest has its own way
    monkeypatch.setattr("kokorochat.web.worker.duties", list)  # a test's own transaction would keep them waiting


pytestmark = pytest.mark.usefixtures("_no_server")


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_tests_that_run_side_by_side_have_folders_of_their_own():
    """Or one would find the place taken that another holds."""
    assert str(settings.DATA) == os.environ["KOKOROCHAT_DATA"]


def test_all_is_well_and_it_serves(db, port):
    with pytest.raises(AssertionError, match="went on to serve"):
        main(["web", "serve", "--port", str(port)])


def test_a_taken_port_is_named(db, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        assert main(["web", "serve", "--port", str(number)]) == 2
    assert f"127.0.0.1:{number}: Address already in use. Choose another" in only_sentence(capsys.readouterr())


@pytest.mark.parametrize("number", ["65536", "-1", "99999999999"])
def test_a_port_that_can_not_be_is_named(number, db, capsys):
    assert main(["web", "serve", "--port", number]) == 2
    assert number in only_sentence(capsys.readouterr())


def test_a_host_that_is_not_ours_is_named(db, port, capsys):
    assert main(["web", "serve", "--host", "192.0.2.1", "--port", str(port)]) == 2
    assert "192.0.2.1" in only_sentence(capsys.readouterr())


def test_a_second_process_is_refused(db, port, capsys):
    with (settings.DATA / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["web", "serve", "--port", str(port)]) == 2
        assert "another process serves from this folder" in only_sentence(capsys.readouterr())
    with server.only_process(settings.DATA):
        pass


def test_old_tables_are_not_served(db, port, capsys):
    MigrationRecorder.Migration.objects.filter(app="roleplay").delete()
    assert main(["web", "serve", "--port", str(port)]) == 2
    assert "Run: kokorochat web migrate" in only_sentence(capsys.readouterr())


@pytest.mark.django_db(transaction=True)
def test_a_sqlite_that_could_forget_is_not_served():
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
        try:
            with pytest.raises(InputError, match="synchronous is 0 instead of 2"):
                server.check()
        finally:
            cursor.execute("PRAGMA synchronous=FULL")
    server.check()


def test_a_model_that_is_not_there_is_named(db, port, capsys, monkeypatch):
    from kokorochat.web import estimates

    monkeypatch.setattr(settings, "SCORE_MODEL", "ordinal:/there/is/none")
    estimates._model.cache_clear()
    assert main(["web", "serve", "--port", str(port)]) == 2
    assert "/there/is/none" in only_sentence(capsys.readouterr())


@pytest.mark.parametrize(
    "setting",
    [
        "KOKOROCHAT_ORIGINS=chat.example.org",
        "KOKOROCHAT_TIME_ZONE=Mars/Olympus",
        "KOKOROCHAT_DATA=/dev/null/data",
        "DATABASE_URL=mysql://root@127.0.0.1/kokorochat",
        "DATABASE_URL=nonsense",
        "DATABASE_URL=postgres://somebody:secret@host:port/name",
        "REDIS_URL=redis://[host",
        "KOKOROCHAT_EMAIL_URL=smtp://somebody:secret@host:port",
        "KOKOROCHAT_SIGN_IN_HOURS=long",
        "KOKOROCHAT_SECOND_FACTOR=perhaps",
        "KOKOROCHAT_DATA=/dev/null",
    ],
)
def test_an_unusable_setting_is_named(setting, tmp_path):
    name, _, value = setting.partition("=")
    environment = {key: text for key, text in os.environ.items() if not key.startswith(("KOKOROCHAT_", "DJANGO_"))}
    environment |= {"KOKOROCHAT_DATA": str(tmp_path), name: value}
    command = [sys.executable, "-m", "kokorochat", "web", "serve", "--port", "0"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    assert name in done.stderr
    assert "Errno" not in done.stderr
    assert "secret@" not in done.stderr


@pytest.mark.parametrize("origin", ["*", "https://*.example.org", "https://chat.example.org/", "ftp://a.org", "a.org"])
def test_what_is_no_origin_is_named(origin, monkeypatch):
    from kokorochat.web.settings import _origins

    monkeypatch.setenv("KOKOROCHAT_ORIGINS", f"https://chat.example.org,{origin}")
    with pytest.raises(ImproperlyConfigured, match="Write scheme and host"):
        _origins()


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("check-audit",), ("worker",)])
def test_where_no_platform_is_nothing_is_left(command, tmp_path):
    environment = {key: text for key, text in os.environ.items() if not key.startswith(("KOKOROCHAT_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "kokorochat", "web", *command],
        env=environment | {"KOKOROCHAT_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "there is no platform here" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_whoever_comes_second_takes_the_key_that_is_kept(tmp_path):
    first, second = "first " * 10, "second " * 10
    assert kept_key(tmp_path) is None
    assert keep_key(tmp_path, first) == first
    assert keep_key(tmp_path, second) == kept_key(tmp_path) == first


def test_the_demo_names_a_data_folder_that_is_none(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("KOKOROCHAT_DATA", str(tmp_path / "file"))
    assert main(["web", "demo"]) == 2
    assert f"KOKOROCHAT_DATA: {tmp_path / 'file'}: is no folder" in only_sentence(capsys.readouterr())


def test_the_secret_key_is_kept_and_for_its_owner_only(db):
    server.check_tables()
    file = settings.DATA / "secret_key"
    assert file.read_text() == settings.SECRET_KEY
    assert len(settings.SECRET_KEY) >= 50
    assert file.stat().st_mode & 0o077 == 0
