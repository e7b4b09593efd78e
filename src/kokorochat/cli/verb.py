"""What all verbs share: the row in the table, exit codes, progress and the two forms of output."""

import argparse
import json
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import printable, printable_json, writable

if TYPE_CHECKING:
    from kokorochat.evaluation.resampling import Resampling

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
    """The same things, with a progress bar on standard error if that is a terminal, and else now and then a line."""
    if not sys.stderr.isatty():
        return _told_in_lines(things, what, total)
    from tqdm import tqdm

    shown: Iterable[T] = tqdm(things, desc=what, total=total, file=sys.stderr, leave=False)
    return shown


LINE_SECONDS = 60
"""Between two lines about what takes long, in a log or another place that is no terminal."""


def _told_in_lines(things: Iterable[T], what: str, total: int | None) -> Iterator[T]:
    told = time.monotonic()
    for number, thing in enumerate(things, 1):
        yield thing
        if time.monotonic() - told >= LINE_SECONDS:
            print(f"{what}: {number:,}" + (f" of {total:,}" if total else ""), file=sys.stderr, flush=True)
            told = time.monotonic()


@contextmanager
def telling_what_is_kept(out: Path) -> Iterator[None]:
    """Where the user stops what is done inside, the exception says what is left of it.

    Args:
        out: what was to be made; what it can be made of later stands beside it, with `.partial` behind its name.
    """
    try:
        yield
    except KeyboardInterrupt:
        kept = Path(f"{out}.partial")
        if not kept.exists():
            told = "nothing is kept"
        elif kept.is_dir() and not any(kept.glob("*.safetensors")):
            told = f"no state stands in {kept} yet; --resume begins anew"
        else:
            told = f"the last state stands in {kept}; --resume goes on from there"
        raise KeyboardInterrupt(told) from None


def whole(text: str) -> int:
    """The value of an option that takes a whole number from 1."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def amount(text: str) -> float:
    """Of one that takes a number from 0."""
    number = float(text)
    if not 0 <= number < float("inf"):
        raise ValueError
    return number


def seconds(text: str) -> float:
    """Of one that takes more than nothing."""
    number = amount(text)
    if number == 0:
        raise ValueError
    return number


# argparse names these in its message when a value is refused.
whole.__name__, amount.__name__, seconds.__name__ = "number (1 or more)", "number (0 or more)", "number of seconds"


def show(options: Options, document: dict[str, Any], text: str) -> None:
    """Print a result: the document with `--json`, the text for people without."""
    tell(told_as_json(document) if options.json else text)


def told_as_json(document: dict[str, Any]) -> str:
    """A document as standard output can take it."""
    told = printable_json(json.dumps(document, ensure_ascii=False, indent=2))
    try:
        told.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(document, indent=2)
    return told


def tell(text: str) -> None:
    """Print lines on standard output, whatever they hold and wherever it leads.

    Raises:
        InputError: it can't be written.
    """
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(printable(text, breaks=True).encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except BrokenPipeError:
        raise
    except OSError as fault:
        drop_output()
        remedy = "Make room, or send it to another place"
        raise InputError("standard output", f"can't be written ({fault.strerror})", remedy) from None


def drop_output() -> None:
    """Give up what standard output still holds: else it is tried again, with a traceback, when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def count(text: str) -> int:
    """A whole number from the command line, 0 or more."""
    number = int(text)
    if number < 0:
        raise ValueError
    return number


def typed() -> str:
    """What was typed, for the header of a file: it tells how to make the file again."""
    return writable(shlex.join(["kokorochat", *sys.argv[1:]]))


def corpus_path(parser: argparse.ArgumentParser) -> None:
    """The argument PATH of a verb that reads one corpus."""
    parser.add_argument("path", metavar="PATH", help="a corpus: folder, file or hf:OWNER/NAME; or FORMAT=PATH")


def new_folder_option(parser: argparse.ArgumentParser) -> None:
    """The option --out of a verb that writes a folder."""
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a new folder")


def group_option(parser: argparse.ArgumentParser, default: str | None = "none") -> None:
    """The option --group of a verb that divides a corpus.

    Args:
        default: None where a run file says it.
    """
    from kokorochat.corpus.splits.grouping import GROUPS

    told = default or "else the run file's"
    parser.add_argument("--group", choices=GROUPS, default=default, help=f"what no two parts shall share ({told})")


def resampling_options(parser: argparse.ArgumentParser) -> None:
    """The options of a verb that gives intervals by bootstrap; see `resampling`."""
    parser.add_argument("--resamples", type=int, default=1000, metavar="N", help="of the bootstrap (1000)")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of the bootstrap (0)")


def resampling(options: Options, by: str = "dialogue") -> "Resampling":
    """The bootstrap that these options ask for.

    Raises:
        InputError: it is too small or too large.
    """
    from kokorochat.evaluation.resampling import Resampling

    if options.resamples < 100:
        raise InputError("--resamples", f"{options.resamples} are too few for an interval of 95 %", "Give 100 or more")
    if options.resamples > 100_000:
        problem = f"{options.resamples:,} fill the memory and tell no more than 10,000"
        raise InputError("--resamples", problem, "Give 100,000 or fewer")
    return Resampling(options.resamples, options.seed, by)


def seed(text: str) -> int:
    """A seed from the command line: a whole number from 0 to 2**32 - 1."""
    number = int(text)
    if not 0 <= number < 2**32:
        raise ValueError
    return number


def at_least_1(text: str) -> int:
    """A number of lines from the command line."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


# argparse names these in its message when a value is refused.
seed.__name__, at_least_1.__name__ = "seed (0 to 2**32 - 1)", "number of lines (1 or more)"
