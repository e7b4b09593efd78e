"""`corpus curate`: keep what the paper's filters keep, and tag talk outside the role-play."""

import argparse
import math
from typing import TYPE_CHECKING

from kokorochat.cli.verb import DONE, Options, Verb, corpus_path, count, new_folder_option, progress, show, typed
from kokorochat.corpus.filters import FEWEST_MINUTES, FEWEST_UTTERANCES, THOUGHTLESS, Filters
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import HIGHEST, LOWEST
from kokorochat.domain.printable import counted

if TYPE_CHECKING:
    from kokorochat.corpus.curation import Outcome

_NOTE = (
    "Filters are judged on dialogues as they were recorded, talk outside the role included; what can't be judged for "
    "want of times or feedback is kept and counted. Curated copies of KokoroChat are changed copies: its licence (CC "
    "BY-NC-ND 4.0) lets nobody pass them on, so keep them to yourself; curation.json is the recipe to make them again."
)


_LACKING = {"times": "minutes: they have no times", "feedback": "ratings: they have no twenty-item feedback"}


def _corpus_curate(options: Options) -> int:
    import gc

    from kokorochat.corpus.curation import Rule, curate
    from kokorochat.corpus.out_of_role import KINDS
    from kokorochat.corpus.reading import find_corpus

    leave_out = tuple(KINDS) if options.leave_out_of_role == "all" else tuple(options.leave_out_of_role.split(","))
    leave_out = tuple(kind for kind in leave_out if kind)
    unknown = sorted(set(leave_out) - set(KINDS))
    if unknown:
        raise InputError("--leave-out-of-role", f"{unknown[0]!r} is no kind", f"Name some of: {', '.join(KINDS)}")
    filters = Filters(options.fewest_utterances, options.fewest_minutes, options.all_alike)
    corpus = find_corpus(options.path)
    # As in `corpus stats`: millions of small objects and no cycles.
    gc.disable()
    outcome = curate(
        corpus,
        options.out,
        Rule(filters, leave_out, options.skip_unreadable),
        typed(),
        lambda rows: progress(rows, "reading"),
    )
    show(options, outcome.counts(), _report(outcome, options))
    return DONE


def _report(outcome: "Outcome", options: Options) -> str:
    dropped = sum(outcome.dropped.values())
    lines = [f"{counted(outcome.kept, 'dialogue')} kept in {options.out}, {dropped:,} dropped"]
    lines += [f"  {reason:<16}{times:>8,}" for reason, times in outcome.dropped.items()]
    for part, times in outcome.not_judged.items():
        lines.append(f"  {times:,} of them could not be judged by {_LACKING[part]}, and stay")
    outside = counted(outcome.out_of_role.total(), "utterance")
    lines.append(f"{outside} outside the role, {outcome.left_out:,} of them left out")
    lines += [f"  {kind:<16}{count:>8,}" for kind, count in outcome.counts()["out_of_role"].items()]
    return "\n".join(lines)


def _minutes(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:
        raise ValueError
    return number


def _values(text: str) -> frozenset[int]:
    values = frozenset() if text == "none" else frozenset(int(value) for value in text.split(","))
    if not values <= set(range(LOWEST, HIGHEST + 1)):
        raise ValueError
    return values


# argparse names these in its message when a value is refused.
_minutes.__name__, _values.__name__ = "number of minutes", "list of values from 0 to 5"


def _arguments(parser: argparse.ArgumentParser) -> None:
    corpus_path(parser)
    new_folder_option(parser)
    parser.epilog = _NOTE
    parser.add_argument(
        "--fewest-utterances", type=count, default=FEWEST_UTTERANCES, metavar="N", help="drop shorter dialogues (30)"
    )
    parser.add_argument(
        "--fewest-minutes",
        type=_minutes,
        default=FEWEST_MINUTES,
        metavar="M",
        help="drop dialogues that took less (30)",
    )
    parser.add_argument(
        "--all-alike",
        type=_values,
        default=frozenset({THOUGHTLESS}),
        metavar="VALUES",
        help="drop feedback whose twenty items all have one of these values, such as 0,3,5, or none (3)",
    )
    parser.add_argument(
        "--leave-out-of-role",
        nargs="?",
        const="all",
        default="",
        metavar="KINDS",
        help="leave out utterances outside the role, of all kinds or of some: bracketed,unclosed,aside,closing",
    )
    parser.add_argument(
        "--skip-unreadable", action="store_true", help="drop rows that can't be used, instead of refusing the corpus"
    )


VERB = Verb("corpus curate", "apply the paper's filters and tag talk outside the role", _corpus_curate, _arguments)
