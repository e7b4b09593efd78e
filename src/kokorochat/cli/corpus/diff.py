"""`corpus diff`: whether two corpora are the same."""

import argparse
from typing import Any

from kokorochat.cli.verb import DONE, FAULTS_FOUND, Options, Verb, at_least_1, show
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import printable


def _corpus_diff(options: Options) -> int:
    from kokorochat.corpus.diff import IGNORABLE, corpus_differences
    from kokorochat.corpus.reading import read_corpus

    ignore = [name for name in options.ignore.split(",") if name]
    unknown = sorted(set(ignore) - set(IGNORABLE))
    if unknown:
        raise InputError("--ignore", f"{unknown[0]!r} can't be ignored", f"Name some of: {', '.join(IGNORABLE)}")
    differences = list(corpus_differences(read_corpus(options.a), read_corpus(options.b), ignore))
    lines = [printable(_line(difference)) for difference in differences[: options.most]]
    if len(differences) > options.most:
        lines.append(f"… and {len(differences) - options.most:,} more (--json lists all)")
    show(options, {"equal": not differences, "differences": differences}, "\n".join(lines) or "equal")
    return FAULTS_FOUND if differences else DONE


def _line(difference: dict[str, Any]) -> str:
    one, other = difference["dialogue"], difference["other"]
    if one is None or other is None:
        return f"dialogue {other if one is None else one}: only in {'B' if one is None else 'A'}"
    names = one if one == other else f"{one} / {other}"
    return f"dialogue {names}, {difference['where']}: {difference['a']!r} / {difference['b']!r}"


def _two_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help="a corpus")
    parser.add_argument("b", metavar="B", help="another corpus")
    parser.add_argument("--ignore", default="", metavar="time,ids", help="what may differ: either or both")
    parser.add_argument("--most", type=at_least_1, default=100, metavar="N", help="lines of differences (100)")


VERB = Verb("corpus diff", "compare two corpora", _corpus_diff, _two_paths)
