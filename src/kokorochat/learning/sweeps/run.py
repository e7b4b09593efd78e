"""A sweep from its file to its table: opened, worked on, and written down after each cell."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kokorochat.corpus.analysis.figures.png import png
from kokorochat.corpus.analysis.figures.svg import standalone_svg
from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.digests import corpus_digest
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.learning.sweeps.folder import DEFINITION, FolderLedger, check_definition, open_folder
from kokorochat.learning.sweeps.ledger import Ledger, Unreachable
from kokorochat.learning.sweeps.picture import description, picture, title
from kokorochat.learning.sweeps.postgres import LEASE, PostgresLedger
from kokorochat.learning.sweeps.record import record
from kokorochat.learning.sweeps.results import results, table
from kokorochat.learning.sweeps.settings import Sweep
from kokorochat.learning.sweeps.work import Work, places

RESULTS, TABLE, PICTURE = "results.json", "results.txt", "parallel"


@dataclass(frozen=True)
class Storage:
    """Where the ledger and Optuna's record are: in a database, or without a URL in the folder.

    Attributes:
        lease: seconds; see `postgres.LEASE`.
    """

    url: str | None = None
    lease: float = LEASE


@dataclass(frozen=True)
class Crew:
    """Who works.

    Attributes:
        workers: trainings at once.
        gpus: one for each of these, by turns; empty if it is left to `train`.
    """

    workers: int
    gpus: Sequence[str] = ()


def run_sweep(
    sweep: Sweep,
    corpus: str,
    out: Path,
    crew: Crew,
    storage: Storage,
    *,
    retry: bool = False,
    language: Language = Language.ENGLISH,
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Train every cell that nobody else trains, and wait for those of others; see `results.results`.

    `out` gets the results, the picture and, for each cell, a folder with its run file, its log and what `train` made.

    Args:
        corpus: as `train --corpus` takes it.
        retry: take up the cells that failed.
        tell: takes a line for people on what goes on.

    Raises:
        InputError: the corpus can't be read, the folder or the storage holds another sweep or can't be used, or cells
            are done and none has the metric.
        KeyboardInterrupt: it was asked to stop.
    """
    definition = sweep.definition(corpus_digest(find_corpus(corpus)))
    open_folder(out, definition, sweep.cells)
    ledger = _ledger(sweep, out, storage)
    if isinstance(ledger, PostgresLedger):
        ledger.open(definition)
    if retry and (opened := ledger.reopen_failed()):
        tell(f"{opened} cells that failed are taken up again")

    # Before hours of training: what a killed worker has not recorded, and whether it can be recorded at all.
    record(sweep, ledger, ledger.standings())

    def write_down() -> None:
        standings = ledger.standings()
        write_results(results(sweep, standings, crew.workers), out, language)
        record(sweep, ledger, standings)

    def write_down_if_reachable() -> None:
        try:
            write_down()
        except Unreachable as fault:
            tell(f"the storage can't be reached ({fault}); results are written when it can")

    free = places(crew.workers, crew.gpus)
    try:
        Work(ledger, out, corpus, free, tell, write_down_if_reachable).run()
        write_down()
        return results(sweep, ledger.standings(), crew.workers)
    except Unreachable as fault:
        raise InputError("--storage", f"can't be reached ({fault})", "Run the same command again later") from None
    except OSError as fault:
        raise InputError(str(out), f"can't be written ({fault.strerror})", "Make room, and run it again") from None


def look_at_sweep(sweep: Sweep, corpus: str, out: Path, crew: Crew, storage: Storage) -> dict[str, Any]:
    """How far a sweep is, and how long the rest will take; begins and writes nothing.

    Raises:
        InputError: as `run_sweep`.
    """
    definition = sweep.definition(corpus_digest(find_corpus(corpus)))
    if (file := out / DEFINITION).exists():
        check_definition(file.read_bytes(), definition, str(file))
    ledger = _ledger(sweep, out, storage)
    try:
        standings = ledger.look(definition) if isinstance(ledger, PostgresLedger) else ledger.standings()
        return results(sweep, standings, crew.workers)
    except Unreachable as fault:
        raise InputError("--storage", f"can't be reached ({fault})", "Run the same command again later") from None


def write_results(found: dict[str, Any], out: Path, language: Language) -> None:
    """Write results as JSON, as text and as a picture, each whole at every moment.

    Raises:
        InputError: they can't be written.
    """
    drawn = picture(found, language)
    svg = standalone_svg(drawn, PICTURE, title(found, language), description(found, language))
    try:
        write_file(out / RESULTS, (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode())
        write_file(out / TABLE, f"{table(found)}\n".encode())
        write_file(out / f"{PICTURE}.svg", svg.encode())
        write_file(out / f"{PICTURE}.png", png(drawn))
    except OSError as fault:
        raise InputError(str(out), f"can't be written ({fault.strerror})", "Make room, and run it again") from None


def _ledger(sweep: Sweep, out: Path, storage: Storage) -> Ledger:
    if storage.url is None:
        return FolderLedger(out, sweep.cells)
    return PostgresLedger(storage.url, out, sweep.cells, sweep.name, storage.lease)
