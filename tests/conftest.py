"""What all tests share: settings of their own, and real parts that may be missing on a machine, but not in CI."""

import os
import tempfile
from pathlib import Path

import pytest

from parts import lacking

DATA = Path(tempfile.mkdtemp(prefix="kokorochat-tests-"))

# The platform reads its settings from the environment, once, when Django asks for them: no line of the user's own
# platform may be left in it then. So the settings are named here and not in pyproject.toml, which pytest-django reads
# before this file.
for name in [*os.environ]:
    ours = name.startswith("KOKOROCHAT_") and name not in (
        "KOKOROCHAT_CORPUS",
        "KOKOROCHAT_REQUIRE",
        "KOKOROCHAT_SHOTS",
    )
    if ours or name in ("DATABASE_URL", "REDIS_URL"):
        del os.environ[name]
os.environ["KOKOROCHAT_DATA"] = str(DATA)
os.environ["KOKOROCHAT_ORIGINS"] = "http://testserver"
os.environ["DJANGO_SETTINGS_MODULE"] = "kokorochat.web.settings"

import django  # noqa: E402 - the environment comes first
from django.conf import settings  # noqa: E402

# A real file, so that threads meet as they do in the running platform; Django would take memory.
settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(DATA / "tests.sqlite3")
django.setup()


@pytest.fixture(scope="session")
def corpus_path() -> Path:
    """The released corpus, which is never part of the repository."""
    named = os.environ.get("KOKOROCHAT_CORPUS")
    path = Path(named) if named else Path(__file__).parents[2] / "shared" / "data" / "kokorochat"
    if not path.is_dir():
        lacking("corpus", f"the KokoroChat corpus is not at {path}; name its folder by KOKOROCHAT_CORPUS")
    return path
