"""New numbers for dialogues and people, drawn for one release.

The published corpus carries account numbers, and file numbers that grow with time: one number that is known opens all
dialogues of a person. Here each space of ids is ranked by a keyed hash, so that without the key a number tells nothing
of the id, of its place among the others, or of its number in another release.
"""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kokorochat.corpus.sources.source import Entry

SECRET_BYTES = 32


def numbers(ids: Iterable[str], secret: bytes, space: str, first: int = 1) -> dict[str, int]:
    """A number for each id, from `first` on without holes, in the order of HMAC-SHA256(secret, space and id).

    Args:
        space: another space of ids gets another order from the same secret.
    """

    def rank(identity: str) -> tuple[bytes, str]:
        return hmac.digest(secret, f"{space} {identity}".encode(), "sha256"), identity

    return {identity: number for number, identity in enumerate(sorted(set(ids), key=rank), start=first)}


@dataclass(frozen=True)
class Pseudonyms:
    """What each id of the source is called in the release, by kind.

    Attributes:
        counselors, clients: one and the same mapping if the roles are linked; else no number stands in both, because
            readers of the published shape take equal numbers for one person.
        groups: of what a corpus groups its dialogues by.
    """

    dialogues: Mapping[str, int]
    counselors: Mapping[str, int]
    clients: Mapping[str, int]
    groups: Mapping[str, int]

    def renamed(self, entry: Entry) -> Entry:
        """The same entry under its new numbers; what reading remarked is dropped, for it names the old ones."""
        dialogue = entry.dialogue
        return replace(
            entry,
            dialogue=replace(
                dialogue,
                id=str(self.dialogues[dialogue.id]),
                counselor=None if dialogue.counselor is None else str(self.counselors[dialogue.counselor]),
                client=None if dialogue.client is None else str(self.clients[dialogue.client]),
            ),
            group=None if entry.group is None else str(self.groups[entry.group]),
            remarks=(),
        )

    def linking_key(self, about: str) -> bytes:
        """The table from source ids to released numbers, as JSON; whoever holds it can undo the renaming.

        Args:
            about: the release that it belongs to.
        """
        table = {
            "release": about,
            "dialogues": self.dialogues,
            "counselors": self.counselors,
            "clients": self.clients,
            "groups": self.groups,
        }
        return json.dumps(table, ensure_ascii=False, indent=2).encode() + b"\n"


def draw(entries: Sequence[Entry], secret: bytes, link_roles: bool) -> Pseudonyms:
    """The numbers of one release.

    Args:
        secret: fresh for each release and never stored.
        link_roles: give a person who played both roles one number.
    """
    dialogues = [entry.dialogue for entry in entries]
    counselors = {dialogue.counselor for dialogue in dialogues if dialogue.counselor is not None}
    clients = {dialogue.client for dialogue in dialogues if dialogue.client is not None}
    if link_roles:
        by_counselor = by_client = numbers(counselors | clients, secret, "person")
    else:
        by_counselor = numbers(counselors, secret, "counselor")
        by_client = numbers(clients, secret, "client", first=len(counselors) + 1)
    groups = numbers((entry.group for entry in entries if entry.group is not None), secret, "group")
    return Pseudonyms(numbers((d.id for d in dialogues), secret, "dialogue"), by_counselor, by_client, groups)
