"""Without Redis one process alone serves from a PostgreSQL, whatever folder or machine it has."""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from kokorochat.web.only_server import EVERY, NUMBER
from kokorochat.web.replay.spawn import Platform
from parts import empty_postgres, need_redis

pytestmark = pytest.mark.slow

SERVE = [sys.executable, "-m", "kokorochat", "web", "serve", "--port"]


@pytest.fixture
def address() -> Iterator[str]:
    with empty_postgres() as made:
        yield made


@pytest.fixture
def platform(address: str) -> Iterator[Platform]:
    with Platform(database_url=address) as running:
        yield running


@pytest.fixture
def elsewhere(platform: Platform, tmp_path: Path) -> Platform:
    """A place for another server on that database: a folder of its own, and a port."""
    other = Platform(database_url=platform.environment["DATABASE_URL"])
    other.environment["KOKOROCHAT_DATA"] = str(tmp_path)
    other.environment["KOKOROCHAT_SECRET_KEY"] = (platform.folder / "secret_key").read_text()
    return other


@contextlib.contextmanager
def serving(place: Platform) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [*SERVE, str(place.port)], env=place.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def workers(place: Platform) -> int:
    """How many are at work beside a server, its own included; 0 as long as it does not answer."""
    asking = http.client.HTTPConnection("127.0.0.1", place.port, timeout=5)
    try:
        asking.request("GET", "/health")
        return int(json.loads(asking.getresponse().read())["workers"])
    except (OSError, ValueError):
        return 0
    finally:
        asking.close()


def answers(place: Platform) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", place.port), 5):
        return True
    return False


def wait_for(what: Callable[[], object], seconds: float = 30.0) -> None:
    give_up = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_a_second_server_with_a_folder_of_its_own_is_refused_with_a_sentence(platform: Platform, elsewhere: Platform):
    with serving(elsewhere) as second:
        _, said = second.communicate(timeout=60)
    assert second.returncode == 2
    assert said.count("\n") == 1
    assert "another process serves from this database. Stop it first, or set REDIS_URL" in said
    assert answers(platform)


def test_a_killed_server_starts_again_at_once_and_another_takes_its_place_when_it_has_gone(
    platform: Platform, elsewhere: Platform
):
    for _ in range(3):
        platform.kill()
        platform.start()
    with serving(elsewhere) as second:
        time.sleep(2)  # it waits by now, or has not even looked yet
        platform.kill()
        wait_for(lambda: answers(elsewhere))
        assert second.poll() is None


def test_a_worker_beside_the_one_server_and_several_servers_with_redis_are_welcome(
    platform: Platform, elsewhere: Platform
):
    need_redis()
    worker = [sys.executable, "-m", "kokorochat", "web", "worker"]
    with subprocess.Popen(worker, env=platform.environment, stderr=subprocess.PIPE) as beside:
        wait_for(lambda: workers(platform) == 2, 60)
        beside.terminate()
        assert beside.wait(30) == 0
    platform.kill()
    for place, database in ((platform, 5), (elsewhere, 5)):
        place.environment["REDIS_URL"] = f"redis://127.0.0.1:6379/{database}"
    with serving(platform), serving(elsewhere):
        wait_for(lambda: answers(platform) and answers(elsewhere))


def test_a_lock_that_went_with_its_connection_is_taken_again_and_a_rival_is_named(platform: Platform, address: str):
    holders = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"  # noqa: E501
    server = address.replace("postgres:", "postgresql:", 1)
    with psycopg.connect(server, autocommit=True) as rival:

        def holding() -> list[int]:
            return [pid for (pid,) in rival.execute(holders)]

        (first,) = holding()
        rival.execute("SELECT pg_terminate_backend(%s)", [first])
        wait_for(lambda: holding() not in ([], [first]), EVERY * 3)
        (second,) = holding()
        rival.execute("SELECT pg_terminate_backend(%s)", [second])
        wait_for(lambda: not holding(), 5)
        assert rival.execute("SELECT pg_try_advisory_lock(%s)", [NUMBER]).fetchone() == (True,)
        wait_for(lambda: "another process serves from this database, too" in platform.log, EVERY * 3)
        assert answers(platform)
        rival.execute("SELECT pg_advisory_unlock(%s)", [NUMBER])
        wait_for(lambda: holding() not in ([], [rival.info.backend_pid]), EVERY * 3)
    assert platform.log.count("another process serves") == 1
