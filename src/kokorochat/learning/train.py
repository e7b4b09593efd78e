"""One training run: from a run file and a corpus to a folder with a model, what it took, and how good it is."""

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from kokorochat import __version__
from kokorochat.corpus.digests import SHORT, Contents
from kokorochat.corpus.reading import Corpus, find_corpus
from kokorochat.corpus.sources.source import Entry
from kokorochat.corpus.splits.outline import outline
from kokorochat.corpus.splits.response import ALL
from kokorochat.corpus.splits.split import Split
from kokorochat.corpus.splits.topic import topic_split
from kokorochat.corpus.writing import check_free, forget_killed, new_folder, write_file
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import writable
from kokorochat.evaluation.measurement import signature
from kokorochat.learning.config import Run, ScoreRun, TopicRun
from kokorochat.learning.finetuned.settings import ResponseFineTuning, ScoreFineTuning
from kokorochat.learning.launch import launch_of_environment
from kokorochat.learning.learnt_from import write_learnt
from kokorochat.learning.models import load_response_model
from kokorochat.learning.ordinal.fitting import Tell
from kokorochat.learning.ordinal.storing import load_ordinal
from kokorochat.learning.ordinal.training import learn_scores
from kokorochat.learning.response_config import CombinedRun, RetrievalRun
from kokorochat.learning.retrieval.training import learn_responses
from kokorochat.learning.topics import fit_topics, load_topics, main_topic, measure_topics
from kokorochat.tasks.lines import digest, file_bytes

TOPIC_METRIC = "topic:accuracy+kappa"

_APART = (
    *("seed", "test_seed", "group", "corpus"),
    *("device", "at_once", "gradient_checkpointing", "checkpoint_every", "validation_dialogues", "answer_together"),
)
"""Settings that may differ between two runs of one system: what is told by itself, and what no answer follows from."""

Progress = Callable[[Iterable[Entry], str], Iterable[Entry]]


def train(
    run: Run,
    corpus: str | Path,
    seed: int,
    out: Path,
    *,
    group: str | None = None,
    resume: bool = False,
    command: str = "",
    progress: Progress = lambda entries, what: entries,
    tell: Tell = lambda done, what: None,
) -> dict[str, Any]:
    """Train on one part of a corpus, measure on validation and test, and write `out`.

    The split is 8 : 1 : 1, for scores that of the paper (§5.2); for responses it is the paper's other (§5.1), of which
    the test part is left to `answer` and `evaluate`. `out` appears when all is done: `model/`, `run.json`
    (what was run, with what and at what cost) and `metrics.json` ({validation, test} as `evaluate score` prints them,
    or as `evaluation.agreement` gives them; of responses {validation} as `evaluate response` prints it).

    Args:
        corpus: ten dialogues or more, each with feedback, or with a topic.
        seed: of train and validation, and of what is drawn in training.
        group: what no two parts shall share, one of `corpus.splits.grouping.GROUPS`; None for what the run file says.
        resume: leave a finished run of the same settings as it is, and take up an interrupted one of a
            language model, whose state stands in `out` with `.partial` behind its name. The others take minutes, and
            interrupted they leave nothing; what a killed run has left is removed by the next one to the same `out`.
        progress: gets the entries and a word, and gives the entries back.
        tell: is told the share of the learning that is done, and what comes next; by scores alone.

    Returns:
        `out`, `finished_before`, `seconds`, `metrics`; of several processes that a launcher has started the first one
        alone writes and measures.

    Raises:
        InputError: `out` can't be made or isn't empty, or with `resume` holds another run; the corpus can't be used.
    """
    found, group = find_corpus(corpus), group or run.group
    launch = launch_of_environment()
    if launch.is_first:
        forget_killed(out)
    if resume and out.is_dir() and any(out.iterdir()):
        return _finished_run(run, found, seed, group, out)
    started, kept = time.perf_counter(), Path(f"{out}.partial")
    if launch.count > 1 and not isinstance(run, ResponseFineTuning | ScoreFineTuning):
        problem = "models of this kind are trained by one process"
        raise InputError("accelerate launch", problem, "Run `kokorochat train` by itself")
    if not launch.is_first:
        return _learn_along(run, found, seed, group, out, kept, resume)
    check_free(out, "Name a new folder, or add --resume to keep a finished run")
    if not resume and os.path.lexists(kept):
        raise InputError(str(kept), "is what an interrupted run has left", "Add --resume to go on, or remove it")
    with new_folder(out, "can't be made") as scratch:
        entries = Contents(progress(found.entries(), "reading"))
        if isinstance(run, ScoreRun):
            learnt = Learnt(*learn_scores(run, found.source, entries, seed, group, scratch, command, tell))
        elif isinstance(run, TopicRun):
            learnt = _learn_topics(run, entries, seed, group, scratch)
        elif isinstance(run, RetrievalRun):
            learnt = Learnt(*learn_responses(run, entries, seed, group, scratch, command))
        elif isinstance(run, CombinedRun):
            from kokorochat.learning.combined.run import learn_to_foresee

            learnt = Learnt(*learn_to_foresee(run, entries, seed, group, scratch, command))
        elif isinstance(run, ResponseFineTuning | ScoreFineTuning):
            # The libraries take seconds to import, and are no part of an installation that does without them.
            from kokorochat.learning.finetuned.run import fine_tune

            learnt = Learnt(*fine_tune(run, found.source, entries, seed, group, scratch, kept, resume, command))
        else:
            # The same is true of torch alone.
            from kokorochat.learning.small.run import learn_to_write

            learnt = Learnt(*learn_to_write(run, entries, seed, group, scratch, kept, resume, command))
        write_learnt(scratch / "model", learnt.split, _part_learnt(run), entries.digest, _settings(run, learnt.choices))
        report = {
            "config": _config(run),
            "corpus": writable(os.path.realpath(found.path)),
            "corpus_digest": entries.digest,
            "group": group,
            "split": learnt.split.rule,
            "dialogues": {name: len(ids) for name, ids in learnt.split.parts.items()},
            "versions": _versions(),
            "seed": seed,
            "revision": _revision(),
            "seconds": round(time.perf_counter() - started, 3),
            "peak_memory_bytes": _peak_memory(),
            **learnt.choices,
            "command": command,
        }
        metrics = learnt.metrics
        write_file(scratch / "metrics.json", _document(metrics))
        write_file(scratch / "run.json", _document(report))
    _forget(kept)
    return {"out": str(out), "finished_before": False, "seconds": report["seconds"], "metrics": metrics}


def _learn_along(run: Run, found: Corpus, seed: int, group: str, out: Path, kept: Path, resume: bool) -> dict[str, Any]:
    """Do this process' share of a run that the first process writes and tells."""
    from kokorochat.learning.finetuned.run import fine_tune

    assert isinstance(run, ResponseFineTuning | ScoreFineTuning)
    with tempfile.TemporaryDirectory() as scratch:
        fine_tune(run, found.source, Contents(found.entries()), seed, group, Path(scratch), kept, resume, "")
    return {"out": str(out), "finished_before": False, "seconds": None, "metrics": {}}


@dataclass(frozen=True)
class Learnt:
    """What came out of training, besides the model that lies in the folder.

    Attributes:
        metrics: {validation, test}.
        split: the parts that it was learnt and measured on.
        choices: what was chosen on the validation part, and from what.
    """

    metrics: dict[str, Any]
    split: Split
    choices: dict[str, Any]


# What is measured is the model as stored, so that whoever loads it gets the same figures.


def _part_learnt(run: Run) -> str:
    """The part of the split that is learnt from."""
    if run.task != "response":
        return "train"
    return ALL if run.part == ALL else f"{run.part}-train"


def _learn_topics(run: TopicRun, entries: Contents, seed: int, group: str, place: Path) -> Learnt:
    outlines, dialogues = [], {}
    for entry in entries:
        outlines.append(outline(entry, group == "duplicates"))
        dialogues[entry.dialogue.id] = entry.dialogue
    labelled = {dialogue.id for dialogue in dialogues.values() if dialogue.topic}
    split = topic_split(outlines, labelled, seed, run.test_seed, group)
    parts = {name: [dialogues[id] for id in ids] for name, ids in split.parts.items()}
    fit = fit_topics(parts["train"], parts["validation"], run, seed)
    fit.model.save(place / "model")
    model = load_topics(place)
    (majority, _), *_ = Counter(main_topic(dialogue) for dialogue in parts["train"]).most_common(1)
    metrics = {}
    for name in ("validation", "test"):
        facts = {"part": name, "split": split.rule, "seed": seed, "test_seed": run.test_seed, "version": __version__}
        measured = measure_topics(model, parts[name], majority)
        metrics[name] = {**measured, "signature": signature(TOPIC_METRIC, {"n": measured["n"], **facts})}
    return Learnt(metrics, split, {"strength": fit.strength, "strengths_tried": fit.tried})


def _finished_run(run: Run, found: Corpus, seed: int, group: str, out: Path) -> dict[str, Any]:
    remedy = "Name a new folder"
    if not (out / "run.json").is_file():
        raise InputError(str(out), "holds something else than a finished run", remedy)
    report, metrics = _read_document(out / "run.json"), _read_document(out / "metrics.json")
    config, there = _config(run), report.get("config")
    if isinstance(run, ResponseFineTuning | ScoreFineTuning) and isinstance(there, dict):
        from kokorochat.learning.finetuned.run import digests_of_places

        for key, found_digest in digests_of_places(run, out).items():
            # A version before knew a template by its place alone.
            if f"{key}_digest" in report:
                config[key], there[key] = found_digest, report[f"{key}_digest"]
    here: dict[str, object] = {"config": config, "seed": seed, "group": group}
    if "corpus_digest" in report:
        report["corpus"], here["corpus"] = report["corpus_digest"], Contents(found.entries()).read().digest
    else:
        # Of a version that knew a corpus by its place alone.
        here["corpus"] = writable(os.path.realpath(found.path))
    for key, value in here.items():
        if report.get(key) != value:
            raise InputError(str(out / "run.json"), f"is of a run with another {key}", remedy)
    # A run whose model was damaged since isn't finished.
    if isinstance(run, ScoreRun):
        load_ordinal(out)
    elif isinstance(run, ResponseFineTuning | ScoreFineTuning):
        from kokorochat.learning.finetuned.storing import read_finetuned

        read_finetuned(out)
    elif isinstance(run, TopicRun):
        load_topics(out)
    else:
        load_response_model(f"{run.model}:{out}")
    return {"out": str(out), "finished_before": True, "seconds": report.get("seconds"), "metrics": metrics}


def _forget(kept: Path) -> None:
    """Remove what an interrupted run would have gone on from: a file, or a folder."""
    if kept.is_dir():
        shutil.rmtree(kept)
    else:
        kept.unlink(missing_ok=True)


def _config(run: Run) -> dict[str, Any]:
    """The settings as JSON has them, so that those of a stored run compare equal."""
    config: dict[str, Any] = json.loads(msgspec.json.encode(run))
    return config


def _settings(run: Run, choices: Mapping[str, Any]) -> str:
    """A digest of what two runs under other seeds, on other splits, of other machines and other places have in common.

    Args:
        choices: what was found in the run, with the digests of what it names by its place.
    """
    told = {key: value for key, value in _config(run).items() if key not in _APART}
    for key in ("base", "template"):
        # A tiny base is made anew under each seed.
        if isinstance(told.get(key), str):
            told[key] = choices[f"{key}_digest"]
    return digest(json.dumps(told, sort_keys=True).encode())[:SHORT]


def _versions() -> dict[str, str]:
    names = ("numpy", "scipy", "scikit-learn", "msgspec", *(("torch", "tokenizers") if "torch" in sys.modules else ()))
    libraries = {name: version(name) for name in names}
    return {"kokorochat": __version__, "python": platform.python_version(), **libraries}


def _peak_memory() -> int:
    """The most memory that this process has held so far, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, Linux kibibytes.
    return peak if sys.platform == "darwin" else peak * 1024


def _revision() -> str | None:
    """The commit of the code that runs, with "-dirty" behind it if files were changed; None outside a checkout."""

    def git(*arguments: str) -> str:
        place = Path(__file__).parent
        done = subprocess.run(
            ["git", "-C", str(place), *arguments], capture_output=True, text=True, check=True, timeout=30
        )
        return done.stdout.strip()

    try:
        # An installed copy may lie inside the checkout of something else.
        git("ls-files", "--error-unmatch", Path(__file__).name)
        return git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except (OSError, subprocess.SubprocessError):
        return None


def _document(values: dict[str, Any]) -> bytes:
    return (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode()


def _read_document(file: Path) -> dict[str, Any]:
    try:
        values = json.loads(file_bytes(file))
    except (InputError, ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise InputError(str(file), "is damaged or gone", "Name a new folder")
    return values
