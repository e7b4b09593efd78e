"""The demo: links that work, and a second start that doubles nothing."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.web import demo
from kokorochat.web.accounts.actions import add_person
from kokorochat.web.accounts.models import Person
from kokorochat.web.roleplay.models import Session

LINE = "http://127.0.0.1:8124"


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    """What the demo sets goes with the test."""
    for name in ("SECRET", "TOKEN", "API"):
        monkeypatch.setenv(f"KOKOROCHAT_LINE_{name}", "as it was")


@pytest.mark.django_db
def test_its_links_lead_each_person_where_they_should_go(signed_in, tmp_path):
    said = demo.announce(tmp_path, 8123, demo.fill(tmp_path), LINE)
    links = json.loads((tmp_path / demo.LINKS).read_text())
    assert all(link in said for link in links.values())
    assert (tmp_path / demo.LINKS).stat().st_mode & 0o077 == 0
    assert links.pop("line").startswith(f"{LINE}/#U")
    pages = {
        "counselor": "room desk",
        "desk_of_line": "room desk",
        "client": "room phone",
        "practice": "room desk",
        "administrator": "事務局",
    }
    assert set(links) == set(pages)
    for who, words in pages.items():
        path = links[who].partition(":8123")[2]
        assert words in signed_in().get(path, follow=True).content.decode()


@pytest.mark.django_db
def test_a_second_start_adds_nothing(tmp_path):
    demo.announce(tmp_path, 8123, demo.fill(tmp_path), LINE)
    before = Person.objects.count(), Session.objects.count()
    demo.fill(tmp_path)
    assert (Person.objects.count(), Session.objects.count()) == before


@pytest.mark.django_db
def test_a_real_platform_is_not_filled_with_demo_people(tmp_path):
    add_person(None, "aoi", "あおい")
    with pytest.raises(InputError, match="holds a real platform"):
        demo.fill(tmp_path)
    assert Person.objects.count() == 1


def test_it_leaves_alone_what_the_user_has_set(monkeypatch, tmp_path):
    monkeypatch.setenv("KOKOROCHAT_DATA", str(tmp_path))
    monkeypatch.delenv("KOKOROCHAT_ORIGINS")
    assert demo.settings_of_demo(8123, LINE) == tmp_path
    assert "http://localhost:8123" in os.environ["KOKOROCHAT_ORIGINS"]


def test_an_empty_setting_is_none(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("DATA", "ORIGINS"):
        monkeypatch.setenv(f"KOKOROCHAT_{name}", "")
    assert demo.settings_of_demo(8123, LINE) == Path("var/demo")
    assert "http://localhost:8123" in os.environ["KOKOROCHAT_ORIGINS"]
    assert [path.name for path in tmp_path.iterdir()] == ["var"]


@pytest.mark.django_db
def test_a_real_platform_is_never_filled(aoi, tmp_path):
    with pytest.raises(InputError, match="holds a real platform"):
        demo.fill(tmp_path)
    assert Person.objects.count() == 1


def test_a_database_of_somebody_is_not_taken(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@127.0.0.1/real")
    with pytest.raises(InputError, match="must not fill a real database"):
        demo.settings_of_demo(8123, LINE)


def test_a_folder_that_is_not_ours_stays(tmp_path):
    (tmp_path / "demo-model").mkdir()
    (tmp_path / "demo-model" / "notes.txt").write_text("precious")
    with pytest.raises(InputError):
        demo.train_estimates(tmp_path)
    assert (tmp_path / "demo-model" / "notes.txt").read_text() == "precious"


def test_it_never_calls_the_real_line(monkeypatch, tmp_path):
    monkeypatch.setenv("KOKOROCHAT_DATA", str(tmp_path))
    monkeypatch.setenv("KOKOROCHAT_LINE_API", "https://api.line.me")
    demo.settings_of_demo(8123, LINE)
    assert os.environ["KOKOROCHAT_LINE_API"] == LINE
    assert demo.phones_of_demo(8123).secret == os.environ["KOKOROCHAT_LINE_SECRET"]


@pytest.mark.django_db
def test_the_phone_is_linked_from_the_start(tmp_path):
    from kokorochat.web.transports.line.models import Account

    for _ in range(2):
        demo.fill(tmp_path)
        (tmp_path / demo.LINKS).touch()
    assert [account.person.username for account in Account.objects.all()] == ["line-client"]


@pytest.mark.slow
def test_it_can_be_stopped_at_once_and_says_so(tmp_path):
    """While the estimates of its past sessions are still being made."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        place = probe.getsockname()
    environment = {key: text for key, text in os.environ.items() if not key.startswith(("KOKOROCHAT_", "DJANGO_"))}
    command = [sys.executable, "-m", "kokorochat", "web", "demo", "--port", str(place[1])]
    environment["KOKOROCHAT_DATA"] = str(tmp_path)
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            while running.poll() is None:
                with contextlib.suppress(ConnectionRefusedError), socket.create_connection(place, 1):
                    break
                time.sleep(0.05)
            running.send_signal(signal.SIGINT)
            _, said = running.communicate(timeout=60)
        finally:
            running.kill()
    assert (running.returncode, said) == (0, "kokorochat: stopped\n")
