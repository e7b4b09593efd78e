"""The two shapes of a release: the published one, and chat lines for a corpus that lacks what it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kokorochat.corpus import parquet
from kokorochat.corpus.parquet import Columns, write_parquet
from kokorochat.corpus.sources import chat, published
from kokorochat.corpus.sources.kokorochat import DIALOGUE_FOLDER
from kokorochat.corpus.sources.source import Entry

_LINES = "dialogues.jsonl"
TABLE = "data/train.parquet"
"""The copy that a hub shows and loads."""


@dataclass(frozen=True)
class Shape:
    """How dialogues lie in a release.

    Attributes:
        name: the format as `FORMAT=PATH` names it.
        places: what holds the whole corpus, each by itself, from the release's folder.
        described: the files, in words for the card.
        fields: (name, type, meaning) of each field.
        columns: those of the table.
    """

    name: str
    places: tuple[str, ...]
    described: tuple[str, ...]
    fields: tuple[tuple[str, str, str], ...]
    columns: Columns

    def write(self, entries: Sequence[Entry], folder: Path) -> None:
        """Write all entries below the release's folder, in their order, once as text and once as a table."""
        if self is PUBLISHED:
            (folder / DIALOGUE_FOLDER).mkdir()
            for entry in entries:
                file = folder / DIALOGUE_FOLDER / f"{entry.dialogue.id}.json"
                file.write_bytes(published.encode(entry.dialogue))
        else:
            with (folder / _LINES).open("wb") as stream:
                stream.writelines(chat.encode(entry) + b"\n" for entry in entries)
        (folder / TABLE).parent.mkdir()
        write_parquet(entries, folder / TABLE, self.columns)


PUBLISHED = Shape(
    "kokorochat",
    (DIALOGUE_FOLDER, TABLE),
    (
        f"`{DIALOGUE_FOLDER}/ID.json` holds one dialogue each, in the shape in which KokoroChat was published;",
        f"`{TABLE}` holds the same dialogues as rows, with the same fields.",
    ),
    (
        ("dialogue[].role", "string", "`counselor` or `client`"),
        ("dialogue[].time", "time without a zone", "may tie, never decreases"),
        ("dialogue[].utterance", "string", "one message as it was sent"),
        ("topic.main_jp, topic.main_en", "string", "one of eleven topics, in either language"),
        ("topic.sub", "string", "the topic in a short phrase"),
        ("review_by_client_jp, review_by_client_en", "28 fields", "the feedback, under keys of either language:"),
        ("… evaluation_id", "integer", "the dialogue's number, and its file's name"),
        ("… evaluation_created_at", "time, whole minutes", "when the feedback was given"),
        ("… client_id, counselor_id", "integer", "the two people"),
        ("… score", "integer, 0–100", "the total"),
        ("… the twenty items", "integer, 0–5", "see Questionnaire"),
        ("… the three checks", "null or `チェックあり`", "set by the client"),
    ),
    parquet.PUBLISHED,
)

CHAT = Shape(
    "chat",
    (_LINES, TABLE),
    (
        f"`{_LINES}` holds one dialogue a line; a field that a dialogue lacks is absent.",
        f"`{TABLE}` holds the same dialogues as rows.",
    ),
    (
        ("id", "string", "the dialogue's number"),
        ("messages[].role", "string", "`counselor` or `client`"),
        ("messages[].content", "string", "one message as it was sent"),
        ("messages[].time", "time without a zone", "may tie, never decreases"),
        ("counselor, client", "string", "the two people"),
        ("topic", "object", "`main`, one of eleven topics, and `sub`, a short phrase"),
        ("score, ratings, checks, rated_at", "integer, object, array, time", "the client's feedback"),
        ("group", "string", "dialogues of one group must not be torn apart by a split"),
        ("counts, labels", "object", "lengths in other units than messages, and what annotators marked"),
    ),
    parquet.CHAT,
)


def shape_of(format: str) -> Shape:
    """The shape in which a corpus of this format is released: its own, so that nothing of it is lost."""
    return PUBLISHED if format == PUBLISHED.name else CHAT
