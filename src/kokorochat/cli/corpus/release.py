"""`corpus release`: a user's own corpus, ready for a hub or an archive."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kokorochat.cli.verb import DONE, Options, Verb, corpus_path, new_folder_option, progress, show, tell
from kokorochat.domain.printable import counted, printable


def _corpus_release(options: Options) -> int:
    import gc

    from kokorochat.corpus.reading import find_corpus
    from kokorochat.corpus.release.choices import Choices
    from kokorochat.corpus.release.folder import write_release
    from kokorochat.corpus.release.gate import Refused
    from kokorochat.corpus.release.leaving_out import LeaveOut, load_leave_out

    choices = Choices(
        keep_ids=options.keep_ids,
        link_roles=options.link_roles,
        keep_times=options.keep_times,
        leave_out=load_leave_out(options.leave_out) if options.leave_out else LeaveOut(),
        missing_ok=options.leave_out_missing == "ok",
        reviewed_by=tuple(options.reviewed_by),
        linking_key=options.keep_key,
    )
    # As in `corpus stats`: millions of small objects and no cycles.
    gc.disable()
    try:
        released = write_release(find_corpus(options.path), options.about, options.out, choices, progress=progress)
    except Refused as refusal:
        for finding in refusal.findings:
            place = f"{finding.file} {finding.where}".strip()
            told = f"{finding.level}: {place}: {finding.message} [{finding.code}]"
            print(printable(told), file=sys.stderr)
        raise
    document = {
        "dialogues": released.dialogues,
        "people": released.people,
        "files": len(released.files),
        "checks": released.examination.levels,
        "left_out": released.left_out,
    }
    text = (
        f"{counted(released.dialogues, 'dialogue')} of {counted(released.people, 'person', 'people')}, "
        f"{released.left_out:,} left out, {counted(len(released.files), 'file')} in {options.out}.\n"
        "What is put on a hub can't be called back: read README.md there first."
    )
    show(options, document, text)
    return DONE


class _Template(argparse.Action):
    """Prints the empty form and leaves, like `--help`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        from kokorochat.corpus.release.about import TEMPLATE

        tell(TEMPLATE.read_text(encoding="utf-8").removesuffix("\n"))
        parser.exit()


def _release(parser: argparse.ArgumentParser) -> None:
    corpus_path(parser)
    parser.epilog = (
        "docs/release.md says what is changed and what remains. Only a corpus of your own may be released: "
        "KokoroChat itself (UEC-InabaLab) is CC BY-NC-ND 4.0, and it and other published corpora are refused."
    )
    parser.add_argument(
        "--about", type=Path, required=True, metavar="FILE", help="the form that --template prints, filled in"
    )
    parser.add_argument("--template", action=_Template, nargs=0, help="print the empty form and leave")
    new_folder_option(parser)
    parser.add_argument(
        "--reviewed-by",
        action="append",
        default=[],
        metavar="NAME",
        help="who looked at what the checks found; published in the manifest; may be given twice",
    )
    parser.add_argument(
        "--leave-out", type=Path, metavar="FILE", help="who asked for deletion: lines `person ID`, `dialogue ID`"
    )
    parser.add_argument(
        "--leave-out-missing", choices=("error", "ok"), default="error", help="if such an id is not there"
    )
    parser.add_argument("--link-roles", action="store_true", help="one number for a person who played both roles")
    parser.add_argument(
        "--keep-key", type=Path, metavar="FILE", help="keep the table from ids to new numbers in a private file"
    )
    parser.add_argument("--keep-ids", action="store_true", help="leave the ids of dialogues and people as they are")
    parser.add_argument("--keep-times", action="store_true", help="leave dates and times as they are")


VERB = Verb("corpus release", "write your own corpus for a hub or an archive", _corpus_release, _release)
