"""Client-Reactions: counseling sessions by text with clients' reactions; its authors did not release the data.

So this is a row of Table 1 with its source, and nothing is ever read.
"""

from collections.abc import Iterator
from pathlib import Path

from kokorochat.corpus.sources.place import Place
from kokorochat.corpus.sources.source import BOTH_HUMAN, Entry, Source, Table1Row
from kokorochat.domain.errors import InputError


def _find(place: Place) -> tuple[Path, ...]:
    return ()


def _read(path: Path) -> Iterator[Entry | InputError]:
    return iter(())


SOURCE = Source(
    format="client-reactions",
    name="Client-Reactions",
    publisher="dll-wu/Client-Reactions",
    licence="data not public",
    language="Chinese",
    human=BOTH_HUMAN,
    unit="utterance",
    find=_find,
    read=_read,
    paper=Table1Row(True, True, 4, "Chinese", 2_382, 78.5),
    unreleased=(
        "Ask its authors by e-mail, as the README of dll-wu/Client-Reactions says. Their paper (Li et al., ACL 2023) "
        "counts 2,382 sessions, 479 of them rated on 4 items of 1 to 5, and 186,972 utterances, 78.49 a session"
    ),
)
