"""`corpus check`: the validator."""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kokorochat.cli.verb import DONE, FAULTS_FOUND, Options, Verb, at_least_1, corpus_path, progress, show
from kokorochat.domain.printable import printable

if TYPE_CHECKING:
    from kokorochat.corpus.checks import Finding


def _corpus_check(options: Options) -> int:
    import gc

    from kokorochat.corpus.checks import LEVELS, check_corpus
    from kokorochat.corpus.reading import find_corpus

    # Reading makes millions of small objects and no cycles: the collector would only walk them again and again.
    gc.disable()
    findings = list(progress(check_corpus(find_corpus(options.path)), "findings"))
    found = Counter(finding.level for finding in findings)
    counts = {level: found[level] for level in LEVELS}
    document = {"findings": [finding.as_dict() for finding in findings], "counts": counts} if options.json else {}
    show(options, document, "" if options.json else _report(findings, counts, options.most))
    return FAULTS_FOUND if counts["error"] else DONE


def _report(findings: "Sequence[Finding]", counts: dict[str, int], most: int) -> str:
    """Errors, then warnings, by code with so many lines of each; then how often each code was found, info too."""
    by_code: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        by_code.setdefault((finding.level, finding.code), []).append(finding)
    levels = list(counts)
    groups = sorted(by_code.items(), key=lambda group: (levels.index(group[0][0]), -len(group[1]), group[0][1]))
    lines: list[str] = []
    for (level, code), members in groups:
        if level == "info":
            continue
        lines += [
            f"{level} {code}",
            *(f"  {printable(f'{_place(finding)}: {finding.message}')}" for finding in members[:most]),
        ]
        if len(members) > most:
            lines.append(f"  … and {len(members) - most:,} more (--json lists all)")
    if groups:
        lines += ["", *(f"{level:<8} {code:<24} {len(members):>8,}" for (level, code), members in groups)]
    totals = ", ".join(f"{level} {count:,}" for level, count in counts.items())
    return "\n".join([*lines, totals]).lstrip("\n")


def _place(finding: "Finding") -> str:
    """File, dialogue and field; a file of one dialogue has its name, and an utterance's place begins with it."""
    told = finding.dialogue in ("", Path(finding.file).stem) or finding.where.startswith(f"{finding.dialogue}:")
    dialogue = "" if told else f"dialogue {finding.dialogue}"
    return ", ".join(part for part in (finding.file, dialogue, finding.where) if part)


def _arguments(parser: argparse.ArgumentParser) -> None:
    corpus_path(parser)
    parser.add_argument("--most", type=at_least_1, default=10, metavar="N", help="lines for each kind of finding (10)")


VERB = Verb(
    "corpus check", "validate a corpus; --json lists also what is only worth knowing", _corpus_check, _arguments
)
