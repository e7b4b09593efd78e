"""One training run: from a run file and a corpus to a folder with a model, what it took, and how good it is."""

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from shutil import rmtree
from typing import Any, Literal

import msgspec

from kokorochat import __version__
from kokorochat.corpus.reading import corpus_files
from kokorochat.corpus.sources.kokorochat import read_file
from kokorochat.corpus.splits import score_split
from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.measurement import conditions
from kokorochat.evaluation.score_metrics import score_metrics
from kokorochat.learning.config import ScoreRun
from kokorochat.learning.ordinal import OrdinalModel, fit_ordinal, load_ordinal
from kokorochat.tasks.lines import file_bytes
from kokorochat.tasks.sample import Sample, SampleHeader
from kokorochat.tasks.score import SPLIT, parse_target, score_sample

Progress = Callable[[Iterable[Path], str, int], Iterable[Path]]


def train(
    run: ScoreRun,
    corpus: Path,
    seed: int,
    out: Path,
    *,
    resume: bool = False,
    command: str = "",
    progress: Progress = lambda files, what, total: files,
) -> dict[str, Any]:
    """Train on the paper's split (§5.2), measure on validation and test, and write `out`.

    `out` appears when all is done: `model/`, `run.json` (what was run, with what and at what cost) and `metrics.json`
    ({validation, test} as `evaluate score` prints them).

    Args:
        corpus: ten dialogues or more, each with feedback.
        seed: of train and validation, and of the decomposition.
        resume: leave a finished run of the same settings as it is. There is nothing between: a run takes a minute, and an
            interrupted one leaves nothing at `out`.
        progress: gets the files, a word and their number, and gives the files back.

    Returns:
        `out`, `finished_before`, `seconds`, `metrics`.

    Raises:
        InputError: `out` isn't empty, or with `resume` holds another run; the corpus can't be used.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        if not resume:
            remedy = "Name a new folder, or add --resume to keep a finished run"
            raise InputError(str(out), "exists and is not an empty folder", remedy)
        return _finished_run(run, corpus, seed, out)

    started = time.perf_counter()
    files = corpus_files(corpus)
    parts = {name: [] for name in ("train", "validation", "test")} if not files else score_split(files, seed, run.test_seed)
    samples = {
        name: [score_sample(read_file(file), run.keep_out_of_role) for file in progress(some, name, len(some))]
        for name, some in parts.items()
    }
    fit = fit_ordinal(samples["train"], samples["validation"], run, seed)

    out.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        fit.model.save(scratch / "model")
        # What is measured is the model as stored, so that `answer` and `evaluate` give the same figures.
        model = load_ordinal(scratch)
        metrics = {
            name: _measure(model, samples[name], score_header(run.keep_out_of_role, name, seed, run.test_seed, command))
            for name in ("validation", "test")
        }
        report = {
            "config": msgspec.to_builtins(run),
            "corpus": str(corpus.resolve()),
            "dialogues": {name: len(some) for name, some in samples.items()},
            "versions": _versions(),
            "seed": seed,
            "revision": _revision(),
            "seconds": round(time.perf_counter() - started, 3),
            "peak_memory_bytes": _peak_memory(),
            "alpha": fit.alpha,
            "alphas_tried": fit.tried,
            "components": fit.components,
            "command": command,
        }
        write_file(scratch / "metrics.json", _document(metrics))
        write_file(scratch / "run.json", _document(report))
        scratch.chmod(0o755)
        scratch.replace(out)
    except BaseException:
        rmtree(scratch, ignore_errors=True)
        raise
    return {"out": str(out), "finished_before": False, "seconds": report["seconds"], "metrics": metrics}
