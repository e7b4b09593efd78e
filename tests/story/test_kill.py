"""The kill test, small: the platform keeps its laws on every database, and the naive chat does not."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from parts import empty_postgres, need_redis

pytestmark = pytest.mark.slow
KILL_TEST = Path(__file__).parents[2] / "benchmarks" / "kill_test.py"
REDIS = "redis://127.0.0.1:6379/15"


def kill_test(*options: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(KILL_TEST), "--json", *options], capture_output=True, text=True, timeout=180, check=False
    )
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def assert_lawful(document: dict[str, Any], kills: int) -> None:
    measured = document["measured"]
    assert measured["contradictions"] == []
    assert (measured["lost"], measured["duplicated"], measured["reordered"]) == (0, 0, 0)
    assert measured["kills"] == kills
    assert measured["aborted"] > 0


@pytest.fixture
def postgres() -> Iterator[str]:
    """An empty database of our own."""
    with empty_postgres() as address:
        yield address


@pytest.fixture
def redis() -> str:
    """A Redis; it holds wake-ups and hints only."""
    need_redis()
    return REDIS


def test_sqlite_and_its_control() -> None:
    """The same chaos: the platform loses nothing, and the naive chat shows that there was something to be lost."""
    document = kill_test("--messages", "200", "--kills", "4", "--rate", "60", "--control")
    assert_lawful(document, kills=4)
    assert document["against"]["kills"] == 4
    assert document["against"]["lost"] > 0
    assert document["ratio"] > 0


def test_postgresql_and_redis(postgres: str, redis: str) -> None:
    chaos = ["--messages", "150", "--kills", "2", "--rate", "60"]
    assert_lawful(kill_test(*chaos, "--database-url", postgres, "--redis-url", redis), kills=2)
