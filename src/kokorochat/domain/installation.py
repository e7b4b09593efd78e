"""How what is missing is installed: by the Python that runs, from the place that this package came from."""

import json
import os
import shlex
import sys
from contextlib import suppress
from importlib.metadata import distribution
from pathlib import Path

_PACKAGE = "kokorochat"
_ROOT = Path(__file__).parents[3]
"""Of a checkout; of an installed copy it is a folder of Python's own, without the files of a checkout."""


def install_extra(extra: str) -> str:
    """The command that adds an extra to this installation, as a shell takes it.

    A checkout stays one: its package is on no index, and a copy installed beside it would hide what is changed in it.
    """
    if _pinned():
        # Written as pip wants it: the brackets belong to the path.
        return f"{install_packages()} -e {shlex.quote(f'{_near(_ROOT)}[{extra}]')}"
    # PEP 610: pip notes where it got a package, unless it was an index.
    came_from = json.loads(distribution(_PACKAGE).read_text("direct_url.json") or "{}").get("url")
    place = f" @ {came_from}" if came_from else ""
    return install_packages(f"{_PACKAGE}[{extra}]{place}")


def install_packages(*packages: str) -> str:
    """The same for packages of others."""
    pinned = ["-c", _near(_ROOT / "constraints.txt")] if _pinned() else []
    return shlex.join([_near(Path(sys.executable or "python")), "-m", "pip", "install", *pinned, *packages])


def _pinned() -> bool:
    return (_ROOT / "pyproject.toml").is_file() and (_ROOT / "constraints.txt").is_file()


def _near(path: Path) -> str:
    """A path, told from the working directory if it lies in it."""
    with suppress(OSError, ValueError):
        return os.fspath(path.relative_to(Path.cwd()))
    return os.fspath(path)
