"""By what a finished step is known to be up to date: digests of all that it depends on."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from kokorochat.corpus.digests import files_digest

LAYERS = ("domain", "llm", "corpus", "tasks", "evaluation", "learning")
"""Of the package, each of which rests on those before it."""

_LIBRARIES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "msgspec",
    "sacrebleu",
    "mecab-python3",
    "ipadic",
    "torch",
    "matplotlib",
)


def place_digest(place: Path) -> str:
    """Of a file, or of all files in a folder, by their names and bytes."""
    return files_digest(place, sorted(place.rglob("*")) if place.is_dir() else [place])


@cache
def code_digest(layer: str) -> str:
    """Of the source of a layer and of those below it."""
    package = Path(__file__).parents[1]
    below = LAYERS[: LAYERS.index(layer) + 1]
    files = (file for name in below for file in sorted((package / name).rglob("*")) if file.suffix != ".pyc")
    return files_digest(package, files)


@cache
def versions() -> str:
    """Of Python and of the libraries that figures depend on."""
    found = [f"python {platform.python_version()}"]
    for name in _LIBRARIES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} -")
    return ", ".join(found)
