"""Real parts of a machine that tests need and may lack."""

import contextlib
import os
import socket
from collections.abc import Iterator
from importlib.util import find_spec
from uuid import uuid4

import pytest

from kokorochat.domain.installation import install_extra

POSTGRES = "postgres://postgres@127.0.0.1:5432"


def lacking(part: str, reason: str) -> None:
    """Skip with the reason; fail where KOKOROCHAT_REQUIRE names the part, as it does in CI."""
    if part in os.environ.get("KOKOROCHAT_REQUIRE", "").split(","):
        pytest.fail(f"{part} is required here: {reason}")
    pytest.skip(reason, allow_module_level=True)


@contextlib.contextmanager
def empty_postgres() -> Iterator[str]:
    """The address of an empty database of our own, which goes afterwards."""
    import psycopg

    name = f"kokorochat_test_{uuid4().hex[:12]}"
    try:
        server = psycopg.connect(f"{POSTGRES}/postgres".replace("postgres:", "postgresql:", 1), autocommit=True)
    except psycopg.OperationalError as fault:
        lacking("postgres", f"no PostgreSQL at {POSTGRES}: {fault}")
        return
    with server:
        server.execute(f"CREATE DATABASE {name}")
        yield f"{POSTGRES}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def need_redis() -> None:
    """For what needs a Redis on its usual port."""
    try:
        socket.create_connection(("127.0.0.1", 6379), timeout=2).close()
    except OSError as fault:
        lacking("redis", f"no Redis at 127.0.0.1:6379: {fault}")


def need_torch() -> None:
    """For the top of a module of tests that the extra [lm] is needed for."""
    missing = [name for name in ("torch", "tokenizers", "safetensors") if find_spec(name) is None]
    if missing:
        lacking("torch", f"{' and '.join(missing)} not installed: {install_extra('lm')}")


def need_qlora() -> None:
    """The same for the extra [qlora]."""
    names = ("torch", "transformers", "peft", "bitsandbytes", "accelerate", "tensorboard", "matplotlib")
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        lacking("torch", f"{' and '.join(missing)} not installed: {install_extra('qlora')}")
