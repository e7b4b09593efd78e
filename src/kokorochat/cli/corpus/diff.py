"""`corpus diff`: whether two corpora are the same."""

import argparse

from kokorochat.cli.verb import DONE, FAULTS_FOUND, Options, Verb, show
from kokorochat.domain.errors import InputError


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
    show(options, {"equal": not differences, "differences": differences}, text or "equal")
    return FAULTS_FOUND if differences else DONE


def _two_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help="a corpus")
    parser.add_argument("b", metavar="B", help="another corpus")
    parser.add_argument("--ignore", default="", metavar="time,ids", help="what may differ")


VERB = Verb("corpus diff", "compare two corpora", _corpus_diff, _two_paths)
