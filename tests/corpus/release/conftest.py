"""A form that is filled in, and the demo corpus released by it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.release.choices import Choices
from kokorochat.corpus.release.folder import Released, write_release

FILLED = {
    "name": "練習の対話 “one”",
    "version": "1.0",
    "licence": "CC-BY-4.0",
    "languages": ["ja"],
    "consent": "Everyone agreed in writing.",
    "collection": "Written by ourselves.",
    "limits": "Sixteen dialogues are few.",
    "contact": "data@example.org",
    "citation": "@misc{ours, title = {`Practice`}}",
}


@pytest.fixture
def form(tmp_path: Path) -> Callable[..., Path]:
    """Write the filled form with other values for some keys, None for a key that is absent."""

    def write(**changed: Any) -> Path:
        path = tmp_path / "about.toml"
        values = {key: value for key, value in (FILLED | changed).items() if value is not None}
        # Strings, numbers and arrays are written alike in JSON and in TOML.
        lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def release(corpus: Path, form: Callable[..., Path], tmp_path: Path) -> Callable[..., Released]:
    """Release the copy of the demo corpus, by default to `out`."""

    def run(out: str = "out", source: str | Path = corpus, about: Path | None = None, **choices: Any) -> Released:
        chosen = Choices(**choices)
        return write_release(find_corpus(source), about or form(), tmp_path / out, chosen, date(2026, 11, 25))

    return run
