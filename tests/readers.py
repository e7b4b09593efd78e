"""Every reader on the synthetic corpus that its own test writes."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from kokorochat.corpus.checks import check_corpus
from kokorochat.corpus.reading import SOURCES, find_corpora
from kokorochat.corpus.sources.source import Entry, Source
from kokorochat.domain.errors import InputError

RELEASED = [source for source in SOURCES if not source.unreleased]
every_source = pytest.mark.parametrize("source", RELEASED, ids=lambda source: source.format)


def module_of(source: Source) -> str:
    """The name of the file in which a source is described."""
    name: str = getattr(source.read, "func", source.read).__module__
    return name.rpartition(".")[2]


def its_tests(source: Source) -> ModuleType:
    """The test file of a source."""
    file = Path(__file__).parent / "corpus" / "sources" / f"test_{module_of(source)}.py"
    assert file.is_file(), f"{source.format} has no test file {file.name}"
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert hasattr(module, "write_fixture"), f"{file.name} lacks write_fixture(folder: Path) -> Path"
    return module


def write_fixture(source: Source, folder: Path) -> Path:
    """Write the synthetic corpus of a source's test; where it is."""
    written: Path = its_tests(source).write_fixture(folder)
    return written


def files_of(place: Path) -> list[Path]:
    """All files at a place, at any depth."""
    return sorted(path for path in place.rglob("*") if path.is_file())


def rows_at(spec: str | Path) -> list[Entry | InputError]:
    """All rows at a place; what is refused as a whole is one fault."""
    try:
        return [row for corpus in find_corpora(spec) for row in corpus.rows()]
    except InputError as fault:
        return [fault]


def entries_of(rows: list[Entry | InputError]) -> list[Entry]:
    """Those rows that could be used."""
    return [row for row in rows if isinstance(row, Entry)]


def checked(spec: str | Path) -> None:
    """See that the validator doesn't raise either, and reports as many unreadable rows as there are."""
    try:
        corpora = find_corpora(spec)
    except InputError:
        return
    for corpus in corpora:
        faults = sum(isinstance(row, InputError) for row in corpus.rows())
        assert sum(finding.code == "unreadable" for finding in check_corpus(corpus)) == faults
