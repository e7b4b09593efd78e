"""What a split needs to know of a dialogue, so that a corpus need not be held while it is divided."""

from collections.abc import Sequence
from dataclasses import dataclass

from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.errors import InputError


@dataclass(frozen=True, slots=True)
class Outline:
    """A dialogue without its talk.

    Attributes:
        id: of the dialogue, once in a corpus.
        utterances: how many there are, unmerged.
        score: the client's total; None where there is none.
        counselor: the person in that role; None where the corpus names none. So for `client`.
        group: what the source itself keeps together, such as a video; None without.
        texts: what the client said within the role-play, for near-duplicates; empty where they aren't looked for.
    """

    id: str
    utterances: int
    score: int | None = None
    counselor: str | None = None
    client: str | None = None
    group: str | None = None
    texts: tuple[str, ...] = ()


def outline(entry: Entry, with_texts: bool = False) -> Outline:
    """The outline of an entry.

    Args:
        with_texts: keep the client's messages, which splits by near-duplicates compare.
    """
    dialogue, texts = entry.dialogue, tuple[str, ...]()
    if with_texts:
        from kokorochat.corpus.near_duplicates import client_texts

        texts = client_texts(dialogue)
    count = len(dialogue.utterances)
    return Outline(dialogue.id, count, entry.score, dialogue.counselor, dialogue.client, entry.group, texts)


def check_ids(outlines: Sequence[Outline]) -> None:
    """See that each id names one dialogue: a part is a list of ids.

    Raises:
        InputError: two dialogues share one.
    """
    seen: set[str] = set()
    for one in outlines:
        if one.id in seen:
            remedy = "Give each dialogue an id of its own; `corpus check` names the files"
            raise InputError(f"dialogue {one.id}", "two dialogues of the corpus have this id", remedy)
        seen.add(one.id)
