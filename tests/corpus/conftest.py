"""A folder with a small corpus, and ways to spoil it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kokorochat.corpus.demo import DEMO_CORPUS

Spoil = Callable[[Callable[[dict[str, Any]], object]], Path]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A copy of the demo corpus."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for file in DEMO_CORPUS.glob("*.json"):
        shutil.copy(file, folder)
    return folder


@pytest.fixture
def spoiled(corpus: Path) -> Spoil:
    """Change dialogue 3 and give the folder."""

    def spoil(change: Callable[[dict[str, Any]], object]) -> Path:
        file = corpus / "3.json"
        record = json.loads(file.read_text(encoding="utf-8"))
        change(record)
        file.write_text(json.dumps(record, ensure_ascii=False, indent=2), encoding="utf-8")
        return corpus

    return spoil
