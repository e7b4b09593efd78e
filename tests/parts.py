"""Real parts of a machine that tests need and may lack."""

import os

import pytest


def lacking(part: str, reason: str) -> None:
    """Skip with the reason; fail where KOKOROCHAT_REQUIRE names the part, as it does in CI."""
    if part in os.environ.get("KOKOROCHAT_REQUIRE", "").split(","):
        pytest.fail(f"{part} is required here: {reason}")
    pytest.skip(reason)
