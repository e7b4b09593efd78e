"""KokoroChat as released; tests/corpus/sources/test_published*.py hold its shape to its laws."""

import shutil
from pathlib import Path

from kokorochat.corpus.demo import DEMO_CORPUS


def write_fixture(folder: Path) -> Path:
    for number in (2, 3, 10):
        shutil.copy(DEMO_CORPUS / f"{number}.json", folder)
    return folder
