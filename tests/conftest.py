"""What all tests share: real parts that may be missing on a machine, and must not be in CI."""

import os
import tempfile
from pathlib import Path

import pytest

# The platform reads its settings from the environment when it is first imported.
os.environ["KOKOROCHAT_DATA"] = tempfile.mkdtemp(prefix="kokorochat-tests-")
os.environ.pop("DATABASE_URL", None)
os.environ.pop("REDIS_URL", None)


def lacking(part: str, reason: str) -> None:
    """Skip with the reason; fail where KOKOROCHAT_REQUIRE names the part, as it does in CI."""
    if part in os.environ.get("KOKOROCHAT_REQUIRE", "").split(","):
        pytest.fail(f"{part} is required here: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def corpus_path() -> Path:
    """The released corpus, which is never part of the repository."""
    named = os.environ.get("KOKOROCHAT_CORPUS")
    path = Path(named) if named else Path(__file__).parents[2] / "shared" / "data" / "kokorochat"
    if not path.is_dir():
        lacking("corpus", f"the KokoroChat corpus is not at {path}; name its folder by KOKOROCHAT_CORPUS")
    return path
