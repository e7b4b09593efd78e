"""`corpus topics`: what each dialogue is about, by a chat model or the embedded classifier."""

import argparse
import sys
from pathlib import Path
from typing import Any

from kokorochat.cli.agreement import agreement_table
from kokorochat.cli.verb import (
    DONE,
    FAULTS_FOUND,
    Options,
    Verb,
    amount,
    corpus_path,
    progress,
    seconds,
    show,
    typed,
    whole,
)
from kokorochat.domain.errors import InputError

EMBEDDED = Path("out", "topic-classifier-seed0")
"""Where `train runs/topic-classifier.toml` leaves the classifier that is taken if no model is named."""


def _corpus_topics(options: Options) -> int:
    from kokorochat.corpus.reading import find_corpus
    from kokorochat.learning.labelling import Labelling, agreement_with, read_reference
    from kokorochat.learning.topic_models import load_topic_model
    from kokorochat.llm.chat import Tokens

    prices = _prices(options)
    corpus = find_corpus(options.path)
    if options.model is None and not EMBEDDED.is_dir():
        remedy = "Train it: kokorochat train runs/topic-classifier.toml --corpus LABELLED; or name a model by --model"
        raise InputError(str(EMBEDDED), "the embedded classifier is not there", remedy)
    named = options.model or f"topics:{EMBEDDED}"
    model = load_topic_model(named, options.language, timeout=options.timeout)
    labelling = Labelling(model, corpus, options.out, limit=options.limit, resume=options.resume, command=typed())

    # Whatever is wrong with it is told before anything is paid.
    reference = read_reference(labelling, _reference(options))
    if options.reference and not reference:
        raise InputError(options.reference, "gives no topic of these dialogues", "Name another file of labels")

    def cost(tokens: Tokens) -> float | None:
        return (tokens.prompt * prices[0] + tokens.completion * prices[1]) / 1_000_000 if prices else None

    dialogues, characters, tokens = labelling.estimate()
    print(
        f"dialogues to ask: {dialogues:,}, {characters:,} characters"
        + (f", about {tokens.prompt:,} tokens in and {tokens.completion:,} out" if tokens != Tokens() else "")
        + (f", about {cost(tokens):,.2f}" if prices else ""),
        file=sys.stderr,
    )
    report = labelling.run(options.concurrency, lambda some, total: progress(some, "asking", total))
    spent = Tokens(report["tokens"]["prompt"], report["tokens"]["completion"])
    agreement = agreement_with(labelling, reference) if reference else None
    report |= {"out": str(options.out), "cost": cost(spent), "agreement": agreement}
    show(options, report, _told(report))
    return FAULTS_FOUND if report["failed"] and not report["labelled"] + report["reused"] else DONE


def _prices(options: Options) -> tuple[float, float] | None:
    given = options.price_in, options.price_out
    if given == (None, None):
        return None
    if None in given:
        raise InputError("--price-in, --price-out", "one price alone makes no cost", "Give both, or neither")
    return options.price_in, options.price_out


def _reference(options: Options) -> Path | None:
    return None if options.reference in (None, "released") else Path(options.reference)


def _told(report: dict[str, Any]) -> str:
    tokens = report["tokens"]
    lines = [
        f"{report['labelled']:,} labelled, {report['failed']:,} failed, {report['reused']:,} reused: {report['out']}",
        *(f"  failed, {name}: {count:,}" for name, count in report["failures"].items()),
    ]
    if any(tokens.values()):
        lines.append(
            f"tokens: {tokens['prompt']:,} in, {tokens['completion']:,} out"
            + (f", not counted by the model for {tokens['uncounted']:,} dialogues" if tokens["uncounted"] else "")
            + (f"; cost {report['cost']:,.4f}" if report["cost"] is not None else "")
        )
    if report["agreement"]:
        lines.append(agreement_table(report["agreement"]))
    return "\n".join(lines)


def _arguments(parser: argparse.ArgumentParser) -> None:
    corpus_path(parser)
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help=f"topics:DIR (trained), openai:NAME (an endpoint), scripted:NAME; else topics:{EMBEDDED}",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.jsonl", help="the file of labels to write")
    parser.add_argument("--language", choices=("ja", "en"), default="ja", help="of the prompt (ja)")
    parser.add_argument("--resume", action="store_true", help="reuse the labels that are there, ask for the others")
    parser.add_argument("--concurrency", type=whole, default=4, metavar="N", help="dialogues asked at once (4)")
    parser.add_argument("--limit", type=whole, metavar="N", help="only the first N dialogues")
    parser.add_argument("--timeout", type=seconds, default=120, metavar="S", help="seconds for one attempt (120)")
    parser.add_argument(
        "--reference",
        metavar="FILE",
        help="labels to compare with, or `released`: the corpus' own, which is also the default where it has them",
    )
    parser.add_argument("--price-in", type=amount, metavar="X", help="price of a million tokens read")
    parser.add_argument("--price-out", type=amount, metavar="Y", help="price of a million tokens written")


VERB = Verb("corpus topics", "label what each dialogue is about (paper 4.1, Appendix B)", _corpus_topics, _arguments)
