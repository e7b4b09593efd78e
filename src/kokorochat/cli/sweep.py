"""`sweep`: train every cell of a grid once, on one machine or many, and compare them."""

import argparse
import sys
from pathlib import Path

from kokorochat.cli.verb import DONE, FAULTS_FOUND, Options, Verb, at_least_1, show
from kokorochat.domain.errors import InputError


def _sweep(options: Options) -> int:
    from kokorochat.corpus.analysis.language import Language
    from kokorochat.learning.sweeps.results import remarks, table
    from kokorochat.learning.sweeps.run import Crew, Storage, look_at_sweep, run_sweep
    from kokorochat.learning.sweeps.settings import load_sweep

    sweep = load_sweep(options.sweep_file)
    corpus = options.corpus or sweep.corpus
    if corpus is None:
        raise InputError(str(options.sweep_file), "its run file names no corpus", "Add --corpus PATH")
    if options.storage is not None and not options.storage.startswith(("postgresql://", "postgres://")):
        # The address may hold a password.
        raise InputError("--storage", "is no address of PostgreSQL", "Write postgresql://USER@HOST/DATABASE")
    out = options.out or Path("out", sweep.name)
    gpus = [gpu for gpu in (options.gpus or "").split(",") if gpu]
    crew = Crew(options.workers or len(gpus) or 1, gpus)
    storage = Storage(options.storage, options.lease)
    if options.estimate:
        found = look_at_sweep(sweep, corpus, out, crew, storage)
        show(options, found, "\n".join(remarks(found)))
        return DONE
    language = Language(options.language)
    found = run_sweep(sweep, corpus, out, crew, storage, retry=options.retry, language=language, tell=_tell)
    show(options, found, table(found))
    return FAULTS_FOUND if found["failed"] else DONE


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _lease(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 86_400:
        raise ValueError
    return seconds


_lease.__name__ = "lease (1 to 86400 seconds)"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sweep_file", type=Path, metavar="SWEEP.toml", help="such as runs/sweep-score.toml")
    parser.add_argument("--corpus", metavar="PATH", help="a corpus, as PATH or FORMAT=PATH; else the run file's")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="a new folder, or that of this sweep, which goes on; else out/SWEEP"
    )
    parser.add_argument("--workers", type=at_least_1, metavar="N", help="trainings at once (1, or one for each GPU)")
    parser.add_argument("--gpus", metavar="LIST", help="such as 0,1: a GPU for each training, as CUDA numbers them")
    parser.add_argument(
        "--storage", metavar="URL", help="postgresql://USER@HOST/DATABASE, for workers on many machines"
    )
    parser.add_argument(
        "--lease",
        type=_lease,
        default=60,
        metavar="S",
        help="with --storage: after so long a lost worker's cell is free (60)",
    )
    parser.add_argument("--retry", action="store_true", help="take up the cells that failed")
    parser.add_argument("--estimate", action="store_true", help="tell what is done and what is left, and begin nothing")
    parser.add_argument("--language", choices=("en", "ja"), default="en", help="of the picture (default: en)")


VERBS = (Verb("sweep", "train every cell of a grid once, and compare them", _sweep, _arguments),)
