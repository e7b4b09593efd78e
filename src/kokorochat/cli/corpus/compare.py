"""`corpus compare`: the paper's Table 1 from the data."""

import argparse
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from kokorochat.cli.verb import DONE, FAULTS_FOUND, Options, Verb, progress, show

WIDTH = 120
"""The most columns that the table takes, and what it takes where there is no terminal."""

_WIDE = (
    ("", "corpus", -34),
    ("", "human-made", -12),
    ("", "scored", 6),
    ("score", "items", 6),
    ("", "", 2),
    ("", "language", -9),
    ("", "dialogues", 10),
    ("", "average", 8),
    ("paper:", "dialogues", 10),
    ("", "average", 8),
    ("", "", 1),
    ("", "status", -14),
)
"""The head, in two lines, and the width of each column; text, whose width is negative, stands left."""

_NARROW = tuple(
    (first, second, {"corpus": -17, "": 1}.get(second, width))
    for first, second, width in (*_WIDE[:1], *_WIDE[2:4], *_WIDE[6:])
)
"""For a terminal of 80 columns: who made a corpus, and in what language, stands under the row."""


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
    room = min(WIDTH, shutil.get_terminal_size((WIDTH, 0)).columns)
    columns = _WIDE if room >= sum(abs(width) for _, _, width in _WIDE) else _NARROW
    yield _line([first for first, _, _ in columns], columns)
    yield _line([second for _, second, _ in columns], columns)
    for row in rows:
        made = {True: "yes", False: "no", None: "–"}.get(row["human_made"], row["human_made"])
        paper = row["paper"]
        scored = [_scored(row), _number(row["score_items"])]
        figures = [
            _number(row["dialogues"]),
            _number(row["avg_utterances"]),
            _number(paper["dialogues"]),
            _number(paper["avg_utterances"]),
            "",
            row["status"],
        ]
        notes = list(_notes(row))
        if columns is _WIDE:
            yield _line([row["name"], made, *scored, "", row["language"], *figures], columns)
        else:
            name = row["name"]
            if len(name) >= -columns[0][2]:
                yield name
                name = ""
            yield _line([name, *scored, *figures], columns)
            notes.insert(0, f"human-made: {'not known' if made == '–' else made}; language: {row['language']}")
        for note in notes:
            yield from textwrap.wrap(note, max(room, 40), initial_indent="  ", subsequent_indent="    ")


def _line(cells: Sequence[str], columns: Sequence[tuple[str, str, int]]) -> str:
    widths = [width for _, _, width in columns]
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
