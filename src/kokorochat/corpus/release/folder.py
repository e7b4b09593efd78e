"""The release: read, checked, renamed, written, read back and compared, and only then put in place."""

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from kokorochat import __version__
from kokorochat.corpus.diff import corpus_differences
from kokorochat.corpus.reading import Corpus, find_corpus
from kokorochat.corpus.release import pseudonyms
from kokorochat.corpus.release.about import licence_text, load_about
from kokorochat.corpus.release.card import Told, dataset_card
from kokorochat.corpus.release.cells import alone
from kokorochat.corpus.release.choices import Choices
from kokorochat.corpus.release.figures import figures_of
from kokorochat.corpus.release.gate import Examination, examine
from kokorochat.corpus.release.leaving_out import Remaining
from kokorochat.corpus.release.manifest import File, write_manifest
from kokorochat.corpus.release.origin import check_dialogues, check_format
from kokorochat.corpus.release.shapes import Shape, shape_of
from kokorochat.corpus.release.times import relative
from kokorochat.corpus.sources.source import Entry
from kokorochat.corpus.writing import check_free, new_folder, write_private
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError

Rows = Iterable[Entry | InputError]


@dataclass(frozen=True)
class Released:
    """What was released, for whoever released it; the figures are exact.

    Attributes:
        people: different ids of counselors and clients in the source, those left out not counted.
        left_out: dialogues that were left out.
    """

    dialogues: int
    people: int
    left_out: int
    files: tuple[File, ...]
    examination: Examination


def write_release(
    corpus: Corpus,
    form: Path,
    out: Path,
    choices: Choices | None = None,
    created: date | None = None,
    progress: Callable[[Rows, str], Rows] = lambda rows, _: rows,
) -> Released:
    """Write a user's own corpus as a folder that can be put on a hub or into an archive.

    Args:
        form: the file that says what can't be computed, see `about.About`.
        out: a new folder.
        choices: by default those that tell the least about people.
        created: the day of the release; today in UTC.
        progress: shows that reading goes on.

    Raises:
        InputError: the form, the corpus, a choice or a place can't be used; the corpus is published by somebody else;
            it has an error or something that nobody looked at (`gate.Refused`). Then nothing is left at `out`.
    """
    choices = choices or Choices()
    choices.check()
    about = load_about(form)
    licence = licence_text(about, form)
    _check_places(corpus.path, out, choices.linking_key)
    check_format(corpus)
    rows = tuple(progress(corpus.rows(), "reading"))
    remaining = Remaining(corpus.source, corpus.path, corpus.files, choices.leave_out, rows)
    examination = examine(remaining, bool(choices.reviewed_by))
    entries, left_out = _chosen(corpus, rows, choices)
    check_dialogues(entry.dialogue for entry in entries)
    names, released = _renamed(entries, choices)
    shape = shape_of(corpus.source.format)
    told = Told(about, figures_of(released), examination, choices, shape, created or datetime.now(UTC).date())
    with ExitStack() as undo:
        with new_folder(out) as scratch:
            shape.write(released, scratch)
            _compare(entries, released, shape, scratch)
            (scratch / "README.md").write_text(dataset_card(told), encoding="utf-8")
            (scratch / "LICENSE").write_text(licence, encoding="utf-8")
            files = write_manifest(scratch, _told(told, left_out))
            _give_one_time(scratch, told.created)
            if names is not None and choices.linking_key is not None:
                write_private(choices.linking_key, names.linking_key(f"{about.name} {about.version}"))
                undo.callback(choices.linking_key.unlink, missing_ok=True)
        undo.pop_all()
    people = {person for entry in entries for person in (entry.dialogue.counselor, entry.dialogue.client)} - {None}
    return Released(len(released), len(people), left_out, tuple(files), examination)


def _check_places(path: Path, out: Path, key: Path | None) -> None:
    check_free(out)
    for name, place in (("--out", out), ("--keep-key", key)):
        if place is not None and path.is_dir() and _real(place).is_relative_to(_real(path)):
            raise InputError(f"{name} {place}", "lies inside the corpus", "Name a place outside it")
    if key is not None:
        if _real(key).is_relative_to(_real(out)):
            remedy = "Keep it where only you can read it: whoever has it can undo the renaming"
            raise InputError(f"--keep-key {key}", "lies inside the release", remedy)
        if os.path.lexists(key):
            raise InputError(f"--keep-key {key}", "is there already", "Keep it, and name a new file")


def _real(path: Path) -> Path:
    """Where a path leads; unlike `Path.resolve`, also of one whose links lead nowhere."""
    return Path(os.path.realpath(path))


def _chosen(corpus: Corpus, rows: Sequence[Entry | InputError], choices: Choices) -> tuple[list[Entry], int]:
    """The entries that are released, and how many are left out."""
    everything = [row for row in rows if isinstance(row, Entry)]
    missing = choices.leave_out.missing(entry.dialogue for entry in everything)
    if missing and not choices.missing_ok:
        raise InputError(
            missing[0],
            f"is not in the corpus ({len(missing)} such lines)" if len(missing) > 1 else "is not in the corpus",
            "Correct it, or say that this is meant: --leave-out-missing ok",
        )
    entries = [entry for entry in everything if not choices.leave_out.holds(entry.dialogue)]
    if not entries:
        raise InputError(str(corpus.path), "has no dialogue left to release", "Leave fewer out")
    return entries, len(everything) - len(entries)


def _renamed(entries: Sequence[Entry], choices: Choices) -> tuple[pseudonyms.Pseudonyms | None, list[Entry]]:
    """The entries as they are released, by number, and what was renamed."""
    released = [replace(entry, file="", where="", remarks=()) for entry in entries]
    if not choices.keep_times:
        released = [replace(entry, dialogue=relative(entry.dialogue)) for entry in released]
    if choices.keep_ids:
        return None, released
    names = pseudonyms.draw(entries, secrets.token_bytes(pseudonyms.SECRET_BYTES), choices.link_roles)
    return names, sorted((names.renamed(entry) for entry in released), key=lambda entry: int(entry.dialogue.id))


def _compare(source: Sequence[Entry], released: Sequence[Entry], shape: Shape, folder: Path) -> None:
    """See that each copy of the corpus in the folder reads as what was to be written, and tells what the source tells.

    Raises:
        InputError: it does not; words are not shown.
    """
    for place in shape.places:
        again = find_corpus(f"{shape.name}={folder / place}").entries()
        read = [replace(entry, file="", where="", remarks=()) for entry in again]
        if read != list(released):
            raise InputError(place, "does not read as it was written", "Check the disk and try again; else report it")
        differences = corpus_differences(_dialogues(source), _dialogues(read), {"time", "ids"})
        if (first := next(differences, None)) is not None:
            where = f"dialogue {first['dialogue']}, {first['where']}"
            raise InputError(where, f"differs from the source in {place}", "Nothing was released; report it")


def _dialogues(entries: Iterable[Entry]) -> Iterator[Dialogue]:
    return (entry.dialogue for entry in entries)


def _told(told: Told, left_out: int) -> dict[str, Any]:
    """What the manifest says beside the list of files."""
    about, summary = told.about, told.figures.summary
    speakers = {role: alone(count) for role, count in summary["speakers"].items() if role != "total"}
    return {
        "name": about.name,
        "version": about.version,
        "licence": about.licence,
        "created": told.created.isoformat(),
        "tool": f"kokorochat {__version__}",
        "format": told.shape.name,
        "options": told.choices.described(),
        "counts": {"dialogues": summary["dialogues"], "utterances": summary["utterances"]["total"], "people": speakers},
        "some_left_out_on_request": left_out > 0,
        "checks": {level: alone(count) for level, count in told.examination.levels.items()},
        "reviewed_by": list(told.choices.reviewed_by),
    }


def _give_one_time(folder: Path, day: date) -> None:
    """Set the time of all files to the start of a day: the order of writing would be told to archives."""
    moment = datetime.combine(day, time(), UTC).timestamp()
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (moment, moment))
