"""The verbs of models: samples, training, answers and their evaluation."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kokorochat.cli.agreement import agreement_table
from kokorochat.cli.chat_answers import answer_by_chat, chat_options, refuse_chat_options
from kokorochat.cli.response import response_table
from kokorochat.cli.verb import (
    DONE,
    Options,
    Verb,
    corpus_path,
    group_option,
    progress,
    resampling,
    resampling_options,
    seed,
    show,
    telling_what_is_kept,
    typed,
)
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted, printable

if TYPE_CHECKING:
    from kokorochat.corpus.sources.source import Entry


def _samples_score(options: Options) -> int:
    from kokorochat.corpus.digests import Contents
    from kokorochat.corpus.reading import find_corpus
    from kokorochat.corpus.splits.outline import outline
    from kokorochat.corpus.splits.score import score_split
    from kokorochat.tasks.sample import write_samples
    from kokorochat.tasks.score import SPLIT, score_header, score_sample

    part, group = options.part, options.group
    if part is None and group != "none":
        raise InputError("--group", "divides nothing without a part", "Add --part, or leave it out")
    contents = Contents(progress(find_corpus(options.path).entries(), "reading"))
    entries = list(contents)
    dialogues, rule = [entry.dialogue for entry in entries], SPLIT
    ids = Counter(dialogue.id for dialogue in dialogues)
    twice = next((id for id, times in ids.items() if times > 1), None)
    if twice is not None:
        remedy = "Give each dialogue an id of its own; `corpus check` names the files"
        raise InputError(f"dialogue {twice}", "two dialogues of the corpus have this id", remedy)
    if part is not None:
        outlines = [outline(entry, group == "duplicates") for entry in entries]
        split = score_split(outlines, options.seed, options.test_seed, group)
        chosen, rule = set(split.parts[part]), split.rule
        dialogues = [dialogue for dialogue in dialogues if dialogue.id in chosen]
    kept, language = options.keep_out_of_role, options.language
    seeds = options.seed, options.test_seed
    header = score_header(part, *seeds, kept, typed(), rule, group, language, contents.short)
    count = write_samples(options.out, header, (score_sample(d, kept, language) for d in dialogues))
    there = len(dialogues)
    show(options, {"samples": count, "dialogues": there}, f"{counted(count, 'sample')} of {counted(there, 'dialogue')}")
    return DONE


def _read(entries: "Iterable[Entry]", what: str) -> "Iterator[Entry]":
    """The entries with a bar or a line, and after them what comes next."""
    if not sys.stderr.isatty():
        _say(what)
    yield from progress(entries, what)
    _say("learning")


def _tell(done: float, what: str) -> None:
    """A step of the learning, for whoever watches."""
    _say(f"{done:4.0%} {what}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _train(options: Options) -> int:
    from kokorochat.learning.config import load_run, with_part, with_test_seed

    run = load_run(options.run_file)
    corpus = options.corpus or (str(options.run_file.parent / run.corpus) if run.corpus else None)
    if corpus is None:
        raise InputError(
            str(options.run_file), "names no corpus", "Add --corpus DIR, or the key `corpus` to the run file"
        )
    if options.test_seed is not None:
        run = with_test_seed(run, options.test_seed)
    if options.part is not None:
        run = with_part(run, options.part)
        if options.part == "all" and options.group is not None:
            raise InputError("--group", "divides nothing where all sessions are learnt", "Leave it out")
    seed = run.seed if options.seed is None else options.seed
    group = options.group or run.group
    named = f"-{options.part}" if options.part else ""
    named += "" if group == run.group else f"-by-{group}"
    out = options.out or Path("out", f"{options.run_file.stem}{named}-seed{seed}")

    from kokorochat.learning.launch import launch_of_environment
    from kokorochat.learning.train import train

    is_first = launch_of_environment().is_first
    read = _read if is_first else progress
    with telling_what_is_kept(out):
        report = train(
            run, corpus, seed, out, group=group, resume=options.resume, command=typed(), progress=read, tell=_tell
        )
    if not is_first:
        return DONE
    before = ", left as it was: the run had finished" if report["finished_before"] else ""
    lines = [f"{out} ({report['seconds']} seconds{before})"]
    table = {"score": _score_table, "topic": agreement_table, "response": response_table}[run.task]
    lines += [f"{part}:\n{table(metrics)}" for part, metrics in report["metrics"].items()]
    show(options, report, "\n".join(lines))
    return DONE


def _answer(options: Options) -> int:
    from kokorochat.llm.models import is_chat_model

    if is_chat_model(options.model):
        if options.readout is not None:
            raise InputError("--readout", f"is for finetuned:DIR, not for {options.model}", "Leave it out")
        return answer_by_chat(options)
    refuse_chat_options(options)
    from kokorochat.learning.answering import answer_samples
    from kokorochat.learning.models import folders_of, load_model
    from kokorochat.tasks.sample import read_sample_header

    with telling_what_is_kept(options.out):
        report = answer_samples(
            load_model(options.model, read_sample_header(options.samples), options.corpus, options.readout),
            options.samples,
            options.out,
            resume=options.resume,
            folders=folders_of(options.model),
            learnt_too=options.learnt_too,
            command=typed(),
            progress=lambda batches, total: progress(batches, "answering", total),
        )
    for note in report["notes"]:
        print(printable(f"kokorochat: {note}"), file=sys.stderr)
    done = f"{report['answered']:,} answered, {report['reused']:,} reused in {report['seconds']} seconds"
    lines = [f"{done}: {options.out}"]
    lines += [f"  failed, {name}: {count:,}" for name, count in report["failures"].items()]
    show(options, report, "\n".join(lines))
    return DONE


def _evaluate_score(options: Options) -> int:
    from kokorochat.corpus.digests import Contents
    from kokorochat.corpus.reading import find_corpus
    from kokorochat.evaluation.answers import read_answers
    from kokorochat.evaluation.score_runs import score_runs
    from kokorochat.tasks.sample import check_same_corpus

    if options.by == "client" and options.corpus is None:
        raise InputError(
            "--by client", "needs to know whose each dialogue is", "Add --corpus PATH, that of the samples"
        )
    files = [read_answers(path) for path in options.answers]
    client_of = None
    if options.by == "client":
        contents = Contents(find_corpus(options.corpus).entries())
        client_of = {entry.dialogue.id: entry.dialogue.client for entry in contents}
        for file in files:
            check_same_corpus(options.corpus, contents.short, file.header.made_of)
    metrics = score_runs(files, resampling(options, options.by), client_of)
    show(options, metrics, _score_table(metrics))
    return DONE


_DIGITS = (("acc", 2), ("acc_soft", 2), ("mae", 4))
"""The paper's three figures, each with the digits that it prints."""


def _score_table(metrics: dict[str, Any]) -> str:
    def cell(value: float | None, digits: int) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    columns = _DIGITS
    lines = [f"{'':<40}{'ACC %':>16}{'ACC_soft %':>16}{'MAE':>18}"]
    for key, row in metrics["items"].items():
        lines.append(f"{key:<40}" + "".join(f"{cell(row[name], d):>{14 + d}}" for name, d in columns))
    means = (f"{cell(metrics[name]['mean'], d)} ± {cell(metrics[name]['sd_items'], d)}" for name, d in columns)
    lines.append(
        f"{'mean ± deviation over the items':<40}"
        + "".join(f"{mean:>{w}}" for mean, w in zip(means, (16, 16, 18), strict=True))
    )
    lines += _spans(metrics)
    if "runs" in metrics:
        deviations = (cell(metrics[name]["sd_runs"], digits) for name, digits in columns)
        head = f"deviation over {len(metrics['runs'])} runs"
        lines.append(
            f"{head:<40}" + "".join(f"{one:>{width}}" for one, width in zip(deviations, (16, 16, 18), strict=True))
        )
    total, kappa, calibration = metrics["spearman_total"], metrics["qwk"], metrics["calibration"]
    further = f"QWK {cell(kappa['mean'], 3)}, Spearman of the totals {cell(total['rho'], 3)}"
    further += f" (n = {total['n']:,})" if "n" in total else ""
    further += f", bias {cell(metrics['bias']['mean'], 3)}"
    if calibration:
        further += (
            f", calibration error {cell(calibration['ece']['mean'], 3)}, RPS {cell(calibration['rps']['mean'], 3)}"
        )
    lines.append(further)
    # A run that was finished by an older version tells none.
    if metrics.get("best"):
        apart = (
            f"{head} {cell(metrics['best'][name]['mean'], digits)} by the {rule}"
            for (name, digits), head, rule in zip(
                _DIGITS, ("ACC", "ACC_soft", "MAE"), ("mode", "best window of ±1", "median"), strict=True
            )
        )
        lines.append(f"decoded for each metric apart, so not one system's: {', '.join(apart)}")
    lost = f"{metrics['unparsable']:,} unparsable, {metrics['missing']:,} missing"
    runs = metrics.get("runs", [metrics])
    asked = f"{metrics['n']:,}" if "runs" not in metrics else f"{metrics['asked']:,} in {len(runs)} runs"
    lines.append(f"n = {asked} ({lost}; MAE over {counted(metrics['mae']['n'], 'value')})")
    if metrics.get("failures"):
        lines.append(f"failed: {', '.join(f'{name} {count:,}' for name, count in metrics['failures'].items())}")
    return "\n".join([*lines, *(run["signature"] for run in runs)])


def _spans(metrics: dict[str, Any]) -> list[str]:
    """The line of the intervals; none where there are none, as after training."""
    interval = metrics.get("interval")
    if not interval:
        return []
    # Without a single value that can be used there is no MAE.
    there = ((interval[name], digits) for name, digits in _DIGITS)
    spans = (f"{one[0]:.{digits}f} to {one[1]:.{digits}f}" if one else "-" for one, digits in there)
    head = f"95 % interval over {counted(interval['clusters'], interval['by'])}"
    return [f"{head:<40}" + "".join(f"{span:>{width}}" for span, width in zip(spans, (16, 16, 18), strict=True))]


def _score_samples_arguments(parser: argparse.ArgumentParser) -> None:
    from kokorochat.tasks.score import INSTRUCTIONS

    corpus_path(parser)
    parser.add_argument("--part", choices=("train", "validation", "test"), help="of the paper's split; all without it")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="draws train and validation (0)")
    parser.add_argument("--test-seed", type=seed, default=0, metavar="N", help="draws the test part (0)")
    group_option(parser)
    parser.add_argument(
        "--keep-out-of-role", action="store_true", help="leave talk about the role-play and its rating in the input"
    )
    parser.add_argument("--language", choices=INSTRUCTIONS, default="ja", help="of the instruction (ja)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the JSONL file to write")


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_file", type=Path, metavar="RUN.toml", help="one of runs/")
    parser.add_argument("--corpus", metavar="PATH", help="a corpus, as PATH or FORMAT=PATH; else the run file's")
    parser.add_argument("--seed", type=seed, metavar="N", help="else the run file's")
    parser.add_argument("--test-seed", type=seed, metavar="N", help="of the test part; else the run file's")
    group_option(parser, None)
    parser.add_argument(
        "--part",
        choices=("low", "high", "full", "all"),
        help="of responses: whose training part, or all sessions for a partner to practise with; else the run file's",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder; else out/RUN-seedN")
    parser.add_argument(
        "--resume", action="store_true", help="take up an interrupted run, and leave a finished one as it is"
    )


def _answer_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        required=True,
        metavar="MODEL",
        help="such as ordinal:DIR, retrieval:DIR, baseline:NAME or openai:NAME",
    )
    parser.add_argument("--samples", type=Path, required=True, metavar="FILE", help="of `samples score|response`")
    parser.add_argument("--corpus", metavar="PATH", help="that of the samples, for a baseline that learns from it")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the JSONL file to write")
    parser.add_argument("--resume", action="store_true", help="reuse the answers that are there")
    parser.add_argument(
        "--learnt-too", action="store_true", help="answer samples that the model has learnt from; signatures tell it"
    )
    parser.add_argument(
        "--readout",
        choices=("text", "digits"),
        help="scores of finetuned:DIR from the JSON that it writes, or from its digits, with probabilities (text)",
    )
    chat_options(parser)


def _evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--answers",
        type=Path,
        action="append",
        required=True,
        metavar="FILE",
        help="of `answer`; may be repeated: the runs of one system under several seeds",
    )
    parser.add_argument(
        "--by", choices=("dialogue", "client"), default="dialogue", help="what intervals draw again (dialogue)"
    )
    parser.add_argument("--corpus", metavar="PATH", help="that of the samples, for --by client")
    resampling_options(parser)


VERBS = (
    Verb(
        "samples score",
        "ask for the twenty items of each dialogue (paper 5.2)",
        _samples_score,
        _score_samples_arguments,
    ),
    Verb("train", "train a model as a run file says", _train, _train_arguments),
    Verb("answer", "ask a model all samples of a file", _answer, _answer_arguments),
    Verb("evaluate score", "ACC, ACC_soft and MAE (paper Tables 5, 6, 8)", _evaluate_score, _evaluate_arguments),
)
