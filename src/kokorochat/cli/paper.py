"""`paper`: the paper's tables of models with our rows beside its own, as a page and as JSON."""

import argparse
import sys
from pathlib import Path

from kokorochat.cli.verb import DONE, FAULTS_FOUND, Options, Verb, at_least_1, show
from kokorochat.domain.printable import counted


def _paper(options: Options) -> int:
    import msgspec

    from kokorochat.corpus.analysis.language import Language
    from kokorochat.corpus.digests import corpus_digest
    from kokorochat.corpus.reading import find_corpus
    from kokorochat.corpus.writing import write_file
    from kokorochat.paper.page import paper_page
    from kokorochat.paper.plan import plan
    from kokorochat.paper.report import report
    from kokorochat.paper.steps import Workshop

    corpus = find_corpus(options.corpus)
    made = plan(options.systems, options.language, corpus)
    workshop = Workshop(options.out, options.corpus, corpus_digest(corpus), options.jobs, _tell)
    workshop.make(list(made.steps.values()))
    told = report(made, workshop, corpus.source.name)
    page, document = options.out / "index.html", options.out / "tables.json"
    write_file(document, msgspec.json.format(msgspec.json.encode(told)) + b"\n")
    write_file(page, paper_page(told, Language(options.language)))
    missing = sum(row.reason is not None for table in told.tables for row in table.rows)
    text = f"{page}: {len(told.tables)} tables"
    text += f"; {counted(missing, 'row')} without figures, each with its reason" if missing else ""
    result = {"page": str(page), "tables": str(document), "steps": len(made.steps), "faults": workshop.faults}
    show(options, result, text)
    return FAULTS_FOUND if workshop.crashed else DONE


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("systems", type=Path, metavar="SYSTEMS.toml", help="what has a row: runs/paper/systems.toml")
    parser.add_argument("--corpus", required=True, metavar="PATH", help="a corpus, as PATH or FORMAT=PATH")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="a new folder, or one of an earlier run that goes on"
    )
    parser.add_argument("--jobs", type=at_least_1, default=2, metavar="N", help="steps that run at once (2)")
    parser.add_argument("--language", choices=("en", "ja"), default="en", help="of the pages' own words (default: en)")


VERBS = (Verb("paper", "the paper's Tables 4, 5, 6 and 8 with our rows, as a page and JSON", _paper, _arguments),)
