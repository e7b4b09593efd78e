"""Whose corpus it is: one that somebody else published is not released again."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from kokorochat.corpus.reading import Corpus
from kokorochat.corpus.sources import kokorochat
from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError

OWN_FORMATS = ("kokorochat", "chat")
"""The shapes that users' own corpora have; each other format is that of one published corpus."""

SKETCH_SIZE = 256
"""Of the 6,589 published dialogues, those with the smallest fingerprints: half a hundred dialogues hold two of them."""

_SKETCH = Path(__file__).with_name("published_kokorochat.txt")
_HEAD = 64 * 1024


def check_format(corpus: Corpus) -> None:
    """See that the format is one that users' own corpora have, and that nobody else is named beside the files.

    Raises:
        InputError: it is a published corpus; the message names its licence.
    """
    source = corpus.source
    if source.format not in OWN_FORMATS:
        raise InputError(
            str(corpus.path),
            f"is {source.name}, published by {source.publisher} (licence: {source.licence}), and not yours to release",
            "Point to its publisher; a corpus of your own is released from the shapes " + " and ".join(OWN_FORMATS),
        )
    publisher = kokorochat.SOURCE.publisher
    owner = publisher.partition("/")[0]
    for file in _papers(corpus.path):
        if owner.encode() in _head(file):
            raise InputError(
                str(file),
                f"names {owner}: {publisher} is {kokorochat.SOURCE.licence} and must not be released again",
                "If the corpus is your own, move that file away from it",
            )


def check_dialogues(dialogues: Iterable[Dialogue]) -> None:
    """See that none of the dialogues is one of KokoroChat's, whatever its ids, its times or its language became.

    Raises:
        InputError: one is; the message names it.
    """
    published = frozenset(_SKETCH.read_text(encoding="ascii").split())
    for dialogue in dialogues:
        if fingerprint(dialogue) in published:
            source = kokorochat.SOURCE
            raise InputError(
                f"dialogue {dialogue.id}",
                f"is one of {source.publisher}, which is {source.licence} and must not be released again",
                "Release only what was collected by yourself",
            )


def fingerprint(dialogue: Dialogue) -> str | None:
    """Twelve hexadecimal digits that stand for who spoke when and the twenty items; None without feedback.

    Neither words nor ids nor times are in it, so that a renumbered, shifted, replayed or translated copy has the same.
    """
    if dialogue.feedback is None:
        return None
    turns = "".join("o" if utterance.role is Role.COUNSELOR else "l" for utterance in dialogue.utterances)
    items = "".join(str(value) for value in dialogue.feedback.items)
    return hashlib.sha256(f"{turns} {items}".encode()).hexdigest()[:12]


def _papers(path: Path) -> list[Path]:
    """README and LICENSE files in the corpus' folder, and in the repository around its data folder."""
    folder = path if path.is_dir() else path.parent
    folders = [folder, folder.parent] if folder.name == kokorochat.DIALOGUE_FOLDER else [folder]
    papers = []
    for place in folders:
        try:
            papers += [file for file in place.iterdir() if file.name.lower().startswith(("readme", "licen"))]
        except OSError:
            # A folder that may not be listed: its dialogues are still compared with the published ones.
            continue
    return sorted(file for file in papers if file.is_file())


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError as fault:
        raise InputError(str(file), f"can't be read ({fault.strerror})", "Check its permissions") from None
