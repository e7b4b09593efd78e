"""An analysis of dialogues without files, and a table of people."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kokorochat.corpus.analysis.analysis import Analysis, gather
from kokorochat.corpus.analysis.people import People
from kokorochat.corpus.sources.kokorochat import SOURCE
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.dialogue import Dialogue

Analyze = Callable[..., Analysis]


@pytest.fixture
def analyze() -> Analyze:
    """The analysis of dialogues, as of a corpus in the published shape."""

    def run(dialogues: list[Dialogue], people: People | None = None) -> Analysis:
        entries = [Entry(d, f"{d.id}.json", ratings=d.feedback.by_key() if d.feedback else None) for d in dialogues]
        return gather(SOURCE, entries).analysis(people)

    return run


@pytest.fixture
def people_file(tmp_path: Path) -> Callable[[str], Path]:
    """A table of people with this text."""

    def write(text: str) -> Path:
        path = tmp_path / "people.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write
