"""What all tests share: settings of their own, and real parts that may be missing on a machine, but not in CI."""

import atexit
import gc
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from kokorochat.cli import main
from parts import lacking

# A run that was started in the background ignores interrupts, and so would every command that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Tests run side by side: threads of one that wait for those of another take ten times as long. NumPy and torch read
# this when they are first imported, in the programs that tests start, too.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

# How long an example takes tells of what else the machine does, and the first one may load SciPy.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

DATA = Path(tempfile.mkdtemp(prefix="kokorochat-tests-"))
atexit.register(shutil.rmtree, DATA, ignore_errors=True)

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
# Each test client would look through all static files otherwise.
settings.WHITENOISE_AUTOREFRESH = True
django.setup()
# Workers of pytest-xdist inherit this process's environment. Were the name left in it, pytest-django would read the
# settings in each of them before this file does, and all would share this process's folder and its one place to serve.
del os.environ["DJANGO_SETTINGS_MODULE"]


NAMED_CORPUS = os.environ.get("KOKOROCHAT_CORPUS")
CORPUS = Path(NAMED_CORPUS) if NAMED_CORPUS else Path(__file__).parents[2] / "shared" / "data" / "kokorochat"


@pytest.fixture(scope="session")
def corpus_path() -> Path:
    """The released corpus, which is never part of the repository."""
    if not CORPUS.is_dir():
        lacking("corpus", f"the KokoroChat corpus is not at {CORPUS}; name its folder by KOKOROCHAT_CORPUS")
    return CORPUS


@pytest.fixture(scope="session")
def shared_corpus() -> Callable[[str], Path]:
    """Another released corpus by the name of its folder, which lies beside that of KokoroChat."""

    def find(name: str) -> Path:
        path = CORPUS.parent / name
        if not path.is_dir():
            lacking("corpus", f"there is no corpus at {path}; KOKOROCHAT_CORPUS names the folder beside which it lies")
        return path

    return find


@pytest.fixture(autouse=True)
def _collector_running_again():
    """Commands stop the collector of cycles for the rest of their process, which here goes on with other tests."""
    yield
    gc.enable()


@pytest.fixture
def shell(capsys, tmp_path, monkeypatch):
    """Run a command in an empty folder; gives its code, its JSON document (or None) and its messages."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = main([*map(str, arguments), "--json"])
        captured = capsys.readouterr()
        return code, json.loads(captured.out) if captured.out else None, captured.err

    return run
