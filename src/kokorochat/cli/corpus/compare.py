"""`corpus compare`: the paper's Table 1 from the data."""

import argparse
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from kokorochat.cli.verb import DONE, FAULTS_FOUND, Options, Verb, progress, show

WIDTH = 120

_COLUMNS = (
    ("", "corpus", -34),
    ("", "human-made", -12),
    ("", "scored", 6),
    ("score", "items", 6),
    ("", "", 2),
    ("", "language", -9),
    ("", "dialogues", 10),
    ("", "average", 7),
    ("paper:", "dialogues", 10),
    ("", "average", 8),
    ("", "", 2),
    ("", "status", -14),
)
"""The head, in two lines, and the width of each column; text, whose width is negative, stands left."""


def _corpus_compare(options: Options) -> int:
    import gc

    from kokorochat.corpus.compare import corpora_to_compare, count_corpus, table_1

    # Reading makes millions of small objects and no cycles: the collector would only walk them again and again.
    gc.disable()
    counts = []
    for corpus in corpora_to_compare(options.paths):
        files = len(corpus.files)
        total = files if files > 100 else corpus.source.released
        counts.append(count_corpus(corpus, progress(corpus.rows(), corpus.source.name, total)))
    rows = table_1(counts)
    show(options, {"rows": rows}, "\n".join(_table(rows)))
    return FAULTS_FOUND if any(row["unreadable"] for row in rows) else DONE


def _table(rows: list[dict[str, Any]]) -> Iterator[str]:
    yield _line([first for first, _, _ in _COLUMNS])
    yield _line([second for _, second, _ in _COLUMNS])
    for row in rows:
        made = {True: "yes", False: "no", None: "–"}.get(row["human_made"], row["human_made"])
        paper = row["paper"]
        yield _line(
            [
                row["name"],
                made,
                _scored(row),
                _number(row["score_items"]),
                "",
                row["language"],
                _number(row["dialogues"]),
                _number(row["avg_utterances"]),
                _number(paper["dialogues"]),
                _number(paper["avg_utterances"]),
                "",
                row["status"],
            ]
        )
        for note in _notes(row):
            yield from textwrap.wrap(note, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _line(cells: Sequence[str]) -> str:
    widths = [width for _, _, width in _COLUMNS]
    return "".join(c.ljust(-w) if w < 0 else c.rjust(w) for c, w in zip(cells, widths, strict=True)).rstrip()


def _scored(row: dict[str, Any]) -> str:
    if not row["scored"]:
        return "no"
    return "yes" if row["n_scored"] is None else f"{row['n_scored']:,}"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def _notes(row: dict[str, Any]) -> Iterator[str]:
    """What stands under a row: where it was read, what was counted, and the reason of its status."""
    from kokorochat.corpus.compare import plural

    if row["avg_utterances"] is not None:
        others = ", ".join(f"{average:,.1f} {plural(unit)}" for unit, average in row["other_units"].items())
        yield f"{row['path']}: the average is of {plural(row['count_unit'])}; {others}"
    if row["reason"]:
        yield f"{row['status']}: {row['reason']}"


def _paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a corpus: its folder, one of its files, or FORMAT=PATH; several may be given",
    )


VERB = Verb("corpus compare", "compare corpora with each other and with the paper's Table 1", _corpus_compare, _paths)
