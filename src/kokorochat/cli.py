"""The command line: one table of verbs. What a verb needs is imported inside it, so that each starts fast."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from kokorochat.domain.errors import InputError

DONE, FAULTS_FOUND, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: done; the check found faults; bad usage or input; interrupted."""

T = TypeVar("T")
Options = argparse.Namespace


@dataclass(frozen=True)
class Verb:
    """One command.

    Attributes:
        name: as typed, `GROUP VERB` or `VERB`.
        run: does the work and returns the exit code.
        arguments: adds the verb's own options; `--json` is added to all.
    """

    name: str
    help: str
    run: Callable[[Options], int]
    arguments: Callable[[argparse.ArgumentParser], None]


def progress(things: Iterable[T], what: str, total: int | None = None) -> Iterable[T]:
    """The same things, with a progress bar on standard error if that is a terminal."""
    if not sys.stderr.isatty():
        return things
    from tqdm import tqdm

    shown: Iterable[T] = tqdm(things, desc=what, total=total, file=sys.stderr, leave=False)
    return shown


def _print(options: Options, document: dict[str, Any], text: str) -> None:
    print(json.dumps(document, ensure_ascii=False, indent=2) if options.json else text)


# --- corpus -----------------------------------------------------------------------------------------------------------


def _corpus_stats(options: Options) -> int:
    import gc

    from kokorochat.corpus.reading import corpus_files
    from kokorochat.corpus.sources.kokorochat import read_file
    from kokorochat.corpus.statistics import corpus_statistics

    # Reading makes millions of small objects and no cycles: the collector would only walk them again and again.
    gc.disable()
    files = corpus_files(options.path)
    summary = corpus_statistics(read_file(file) for file in progress(files, "reading"))
    _print(options, summary, _statistics_table(summary))
    return DONE


def _statistics_table(summary: dict[str, Any]) -> str:
    def row(name: str, values: Sequence[Any]) -> str:
        cells = ["-" if v is None else f"{v:,}" if isinstance(v, int) else f"{v:,.2f}" for v in values]
        return f"{name:<28}" + "".join(f"{cell:>12}" for cell in cells)

    lines = [f"{'':<28}{'total':>12}{'counselor':>12}{'client':>12}"]
    lines.append(row("dialogues", [summary["dialogues"]]))
    for key in ("speakers", "utterances", "utterances_per_dialogue", "characters_per_utterance"):
        lines.append(row(key.replace("_", " "), list(summary[key].values())))
    lines.append(row("counselor–client pairs", [summary["pairs"]]))
    lines.append(row("score: mean, median", list(summary["score"].values())))
    lines.append("screening: " + ", ".join(f"{name} {count:,}" for name, count in summary["screening"].items()))
    lines += [f"  {t['topic']:<32}{t['count']:>8,}{t['percent']:>8.2f} %" for t in summary["topics"]]
    return "\n".join(lines)


def _corpus_check(options: Options) -> int:
    from kokorochat.corpus.checks import check_corpus

    findings = []
    for finding in progress(check_corpus(options.path), "findings"):
        findings.append(finding)
        if not options.json and finding.level != "info":
            print(f"{finding.level}: {finding.file} {finding.where}: {finding.message} [{finding.code}]")
    counts = {level: sum(f.level == level for f in findings) for level in ("error", "warning", "info")}
    text = ", ".join(f"{level} {count:,}" for level, count in counts.items())
    _print(options, {"findings": [finding.as_dict() for finding in findings], "counts": counts}, text)
    return FAULTS_FOUND if counts["error"] else DONE


def _corpus_diff(options: Options) -> int:
    from kokorochat.corpus.diff import IGNORABLE, corpus_differences
    from kokorochat.corpus.reading import read_corpus

    ignore = [name for name in options.ignore.split(",") if name]
    unknown = sorted(set(ignore) - set(IGNORABLE))
    if unknown:
        raise InputError("--ignore", f"{unknown[0]!r} can't be ignored", f"Name some of: {', '.join(IGNORABLE)}")
    differences = list(corpus_differences(read_corpus(options.a), read_corpus(options.b), ignore))
    text = "\n".join(
        f"dialogue {d['dialogue']} / {d['other']}, {d['where']}: {d['a']!r} / {d['b']!r}" for d in differences
    )
    _print(options, {"equal": not differences, "differences": differences}, text or "equal")
    return FAULTS_FOUND if differences else DONE


def _path(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, help="a corpus folder, or one of its JSON files")


def _two_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", type=Path, metavar="A", help="a corpus")
    parser.add_argument("b", type=Path, metavar="B", help="another corpus")
    parser.add_argument("--ignore", default="", metavar="time,ids", help="what may differ")


# --- web --------------------------------------------------------------------------------------------------------------


def _web_serve(options: Options) -> int:
    from kokorochat.web import server

    server.default_origins(options.port)
    server.set_up()
    with server.place(options.host, options.port):
        server.serve(options.host, options.port)
    return DONE


def _web_migrate(options: Options) -> int:
    from kokorochat.web import server

    server.set_up()
    server.migrate()
    _print(options, {"migrated": True}, "The database is up to date.")
    return DONE


def _web_demo(options: Options) -> int:
    from kokorochat.web import demo, server

    data = demo.settings_of_demo(options.port)
    demo.train_estimates(data)
    server.set_up()
    with server.place("127.0.0.1", options.port):
        server.migrate()
        with server.database():
            print(demo.announce(data, options.port, demo.fill(data)), flush=True)
        server.serve("127.0.0.1", options.port)
    return DONE


def _web_add_administrator(options: Options) -> int:
    from kokorochat.web import server

    server.default_origins(options.port)
    server.set_up()
    server.check_tables()
    from django.conf import settings

    from kokorochat.web.accounts.actions import add_person, make_sign_in_link
    from kokorochat.web.accounts.forms import PersonForm

    with server.database():
        form = PersonForm({"username": options.name, "display_name": options.name})
        if not form.is_valid():
            faults = " ".join(str(fault) for faults in form.errors.values() for fault in faults)
            raise InputError(f"sign-in name {options.name!r}", faults.rstrip("。."), "Choose another")
        person = add_person(None, options.name, options.name, administrator=True)
    link = f"{settings.ORIGINS[0]}/sign-in/{make_sign_in_link(None, person)}"
    _print(options, {"person": person.pk, "link": link}, f"{options.name} signs in here within 24 hours:\n{link}")
    return DONE


def _web_export(options: Options) -> int:
    from kokorochat.corpus.writing import write_corpus
    from kokorochat.web import server

    server.set_up()
    server.check_tables()
    from kokorochat.web.accounts.actions import audit
    from kokorochat.web.export import export_dialogues
    from kokorochat.web.roleplay.models import Session

    with server.database():
        audit(None, "corpus.export", "all sessions, by command")
        count = write_corpus(progress(export_dialogues(Session.objects.all()), "exporting"), options.out)
    _print(options, {"dialogues": count, "out": str(options.out)}, f"{count:,} dialogues in {options.out}")
    return DONE


def _web_replay(options: Options) -> int:
    from contextlib import ExitStack
    from itertools import islice

    from tqdm import tqdm

    from kokorochat.corpus.reading import corpus_files, read_corpus
    from kokorochat.web.replay.chaos import Killer
    from kokorochat.web.replay.replay import administrator_link, check_replayable, replay
    from kokorochat.web.replay.spawn import Platform

    found = len(corpus_files(options.path))
    if options.count is not None and not 1 <= options.count <= found:
        raise InputError("--count", f"{options.count} of {found:,} dialogues can't be replayed", f"Give 1 to {found}")
    if options.concurrency < 1 or options.kills < 0:
        raise InputError("--concurrency, --kills", "can't be that few", "Give 1 or more, 0 or more")
    if options.kills and not options.spawn:
        raise InputError("--kills", "only a throwaway platform may be killed", "Use it with --spawn")
    dialogues = list(islice(read_corpus(options.path), options.count))
    check_replayable(dialogues, options.out)
    messages = sum(len(dialogue.utterances) for dialogue in dialogues)
    with ExitStack() as stack:
        bar = stack.enter_context(tqdm(total=messages, desc="messages", leave=False, disable=not sys.stderr.isatty()))
        platform = stack.enter_context(Platform()) if options.spawn else None
        killer = stack.enter_context(Killer(platform, options.kills, messages)) if platform else None

        def stored(more: int) -> None:
            bar.update(more)
            if killer:
                killer(more)

        url = platform.url if platform else options.url
        link = platform.administrator_link if platform else administrator_link(options.administrator, url)
        report = replay(dialogues, url, link, options.out, concurrency=options.concurrency, progress=stored)
    text = (
        f"{report.sessions:,} sessions, {report.messages:,} messages, {options.kills} kills in {report.seconds:,.1f} s "
        f"({report.messages_per_second:,.0f} messages/s while they talked): "
        f"{report.lost} lost, {report.duplicated} duplicated, {report.reordered} reordered; "
        f"the export {'equals' if report.equal else 'differs from'} the source"
    )
    _print(options, report.as_dict() | {"kills": options.kills, "out": str(options.out)}, text)
    return DONE if report.good else FAULTS_FOUND


def _replay(parser: argparse.ArgumentParser) -> None:
    _path(parser)
    parser.add_argument("--count", type=int, metavar="N", help="the first N dialogues (default: all)")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--url", help="a running platform, as http://127.0.0.1:8000")
    where.add_argument("--spawn", action="store_true", help="a throwaway platform with an empty database")
    parser.add_argument("--administrator", metavar="LINK", help="an administrator's sign-in link (default: the demo's)")
    parser.add_argument("--concurrency", type=int, default=25, metavar="N", help="sessions at once (default: 25)")
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="with --spawn: kill the platform N times")
    _out(parser)


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: this machine only)")
    _port(parser)


def _port(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000", help="(default: PORT, or 8000)")


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the sign-in name")
    _port(parser)


def _out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")


def _nothing(parser: argparse.ArgumentParser) -> None:
    """No options of its own."""


# --- samples, train, answer, evaluate ---------------------------------------------------------------------------------


def _samples_score(options: Options) -> int:
    from kokorochat.corpus.reading import corpus_files
    from kokorochat.corpus.sources.kokorochat import read_file
    from kokorochat.corpus.splits import score_split
    from kokorochat.tasks.sample import write_samples
    from kokorochat.tasks.score import score_header, score_sample

    files = corpus_files(options.path)
    if options.part:
        files = score_split(files, options.seed, options.test_seed)[options.part]
    header = score_header(options.part, options.seed, options.test_seed, options.keep_out_of_role, _command())
    samples = (
        score_sample(read_file(file), options.keep_out_of_role) for file in progress(files, "reading", len(files))
    )
    count = write_samples(options.out, header, samples)
    _print(options, {"samples": count, "dialogues": len(files)}, f"{count:,} samples of {len(files):,} dialogues")
    return DONE


def _train(options: Options) -> int:
    from kokorochat.learning.config import load_run

    run = load_run(options.run_file)
    corpus = options.corpus or (options.run_file.parent / run.corpus if run.corpus else None)
    if corpus is None:
        raise InputError(
            str(options.run_file), "names no corpus", "Add --corpus DIR, or the key `corpus` to the run file"
        )
    seed = run.seed if options.seed is None else options.seed
    out = options.out or Path("out", f"{options.run_file.stem}-seed{seed}")

    from kokorochat.learning.train import train

    report = train(run, corpus, seed, out, resume=options.resume, command=_command(), progress=progress)
    before = ", left as it was: the run had finished" if report["finished_before"] else ""
    lines = [f"{out} ({report['seconds']} seconds{before})"]
    lines += [f"{part}:\n{_score_table(metrics)}" for part, metrics in report["metrics"].items()]
    _print(options, report, "\n".join(lines))
    return DONE


def _answer(options: Options) -> int:
    from kokorochat.learning.answering import answer_samples
    from kokorochat.learning.models import load_score_model

    report = answer_samples(
        load_score_model(options.model),
        options.samples,
        options.out,
        resume=options.resume,
        command=_command(),
        progress=lambda batches, total: progress(batches, "answering", total),
    )
    text = f"{report['answered']:,} answered, {report['reused']:,} reused in {report['seconds']} seconds"
    _print(options, report, text)
    return DONE


def _evaluate_score(options: Options) -> int:
    from kokorochat.evaluation.answers import read_answers
    from kokorochat.evaluation.measurement import conditions
    from kokorochat.evaluation.score_metrics import score_metrics

    file = read_answers(options.answers)
    header = file.header
    metrics = score_metrics(file.pairs(), header.samples, conditions(header.made_of, header.decoding))
    _print(options, metrics, _score_table(metrics))
    return DONE


def _score_table(metrics: dict[str, Any]) -> str:
    def cell(value: float | None, digits: int) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    columns = (("acc", 2), ("acc_soft", 2), ("mae", 4))
    lines = [f"{'':<40}{'ACC %':>16}{'ACC_soft %':>16}{'MAE':>18}"]
    for key, row in metrics["items"].items():
        lines.append(f"{key:<40}" + "".join(f"{cell(row[name], d):>{14 + d}}" for name, d in columns))
    means = (f"{cell(metrics[name]['mean'], d)} ± {cell(metrics[name]['sd_items'], d)}" for name, d in columns)
    lines.append(
        f"{'mean ± deviation over the items':<40}"
        + "".join(f"{mean:>{w}}" for mean, w in zip(means, (16, 16, 18), strict=True))
    )
    lost = f"{metrics['unparsable']:,} unparsable, {metrics['missing']:,} missing"
    lines.append(f"n = {metrics['n']:,} ({lost}; MAE over {metrics['mae']['n']:,} values)")
    lines.append(metrics["signature"])
    return "\n".join(lines)


def _command() -> str:
    """What was typed, for the header of a file: it tells how to make the file again."""
    import shlex

    return shlex.join(["kokorochat", *sys.argv[1:]])


def _score_samples_arguments(parser: argparse.ArgumentParser) -> None:
    _path(parser)
    parser.add_argument("--part", choices=("train", "validation", "test"), help="of the paper's split; all without it")
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="draws train and validation (0)")
    parser.add_argument("--test-seed", type=_seed, default=0, metavar="N", help="draws the test part (0)")
    parser.add_argument(
        "--keep-out-of-role", action="store_true", help="leave talk about the role-play and its rating in the input"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the JSONL file to write")


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_file", type=Path, metavar="RUN.toml", help="one of runs/")
    parser.add_argument("--corpus", type=Path, metavar="DIR", help="a corpus folder; else the run file's")
    parser.add_argument("--seed", type=_seed, metavar="N", help="else the run file's")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new folder; else out/RUN-seedN")
    parser.add_argument("--resume", action="store_true", help="leave a finished run as it is")


def _answer_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, metavar="MODEL", help="such as ordinal:DIR")
    parser.add_argument("--samples", type=Path, required=True, metavar="FILE", help="of `samples score`")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the JSONL file to write")
    parser.add_argument("--resume", action="store_true", help="reuse the answers that are there")


def _answers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--answers", type=Path, required=True, metavar="FILE", help="of `answer`")


def _seed(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**32:
        raise ValueError
    return number


# --- the table --------------------------------------------------------------------------------------------------------

VERBS = (
    Verb("corpus stats", "count a corpus (paper Table 3)", _corpus_stats, _path),
    Verb(
        "corpus check",
        "validate a corpus; --json lists also what is only worth knowing",
        _corpus_check,
        _path,
    ),
    Verb("corpus diff", "compare two corpora", _corpus_diff, _two_paths),
    Verb(
        "samples score",
        "ask for the twenty items of each dialogue (paper 5.2)",
        _samples_score,
        _score_samples_arguments,
    ),
    Verb("train", "train a model as a run file says", _train, _train_arguments),
    Verb("answer", "ask a model all samples of a file", _answer, _answer_arguments),
    Verb("evaluate score", "ACC, ACC_soft and MAE (paper Tables 5, 6, 8)", _evaluate_score, _answers),
    Verb("web demo", "a platform with demo people and sessions, on this machine", _web_demo, _port),
    Verb("web serve", "serve the platform", _web_serve, _address),
    Verb("web migrate", "bring the database up to date", _web_migrate, _nothing),
    Verb("web add-administrator", "add an administrator and print a sign-in link", _web_add_administrator, _name),
    Verb("web export", "write the finished sessions as a corpus", _web_export, _out),
    Verb("web replay", "play a corpus through a platform and compare what it exports", _web_replay, _replay),
)


def _parser() -> argparse.ArgumentParser:
    from kokorochat import __version__

    parser = argparse.ArgumentParser(prog="kokorochat", description="Counseling role-plays: platform, corpus, models.")
    parser.add_argument("--version", action="version", version=f"kokorochat {__version__}")
    top = parser.add_subparsers(metavar="COMMAND", required=True)
    groups: dict[str, Any] = {}
    for verb in VERBS:
        group, _, name = verb.name.rpartition(" ")
        if group and group not in groups:
            members = [v.name.removeprefix(f"{group} ") for v in VERBS if v.name.startswith(f"{group} ")]
            groups[group] = top.add_parser(group, help=", ".join(members)).add_subparsers(metavar="VERB", required=True)
        place = groups[group] if group else top
        own = place.add_parser(name, help=verb.help, description=verb.help)
        verb.arguments(own)
        own.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
        own.set_defaults(run=verb.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        options = _parser().parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except InputError as fault:
        print(f"kokorochat: {fault}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): no fault of ours, and nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except ModuleNotFoundError as fault:
        extra = _EXTRA_OF.get((fault.name or "").partition(".")[0])
        if extra is None:
            raise
        print(f"kokorochat: this command needs {fault.name}: pip install 'kokorochat[{extra}]'", file=sys.stderr)
        return BAD_INPUT


_EXTRA_OF = {
    **dict.fromkeys(("numpy", "scipy", "sklearn", "joblib"), "learn"),
    **dict.fromkeys(("django", "channels", "uvicorn", "websockets", "httpx", "csp", "whitenoise", "environ"), "web"),
}
