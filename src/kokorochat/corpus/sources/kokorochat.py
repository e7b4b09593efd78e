"""KokoroChat as its publisher released it, or any corpus in that shape: JSON files, lines of JSON, or Parquet."""

from collections.abc import Iterator
from pathlib import Path

from kokorochat.corpus.sources.containers import file_content, json_lines
from kokorochat.corpus.sources.place import Place
from kokorochat.corpus.sources.published import decode
from kokorochat.corpus.sources.source import BOTH_HUMAN, Entry, Scale, Source, Table1Row
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import HIGHEST, ITEM_KEYS, LOWEST

DIALOGUE_FOLDER = "kokorochat_dialogues"
"""The data folder inside the publisher's repository."""


def _find(place: Place) -> tuple[Path, ...]:
    folder = place.folder(DIALOGUE_FOLDER)
    for pattern, keys in (
        ("*.json", ("dialogue", "utterance")),
        ("*.jsonl", ("dialogue", "utterance")),
        ("*.parquet", ("dialogue", "review_by_client_en")),
    ):
        files = place.files(pattern, folder)
        if found := place.those(files, lambda seen, keys=keys: seen.has(*keys)):  # type: ignore[misc]
            return found
    return ()


def _read(path: Path) -> Iterator[Entry | InputError]:
    if path.suffix == ".parquet":
        from kokorochat.corpus.sources.published_parquet import read

        yield from read(path)
    elif path.suffix == ".jsonl":
        for number, line in json_lines(path):
            where = f"line {number}"
            yield _entry(line, str(path), where) if isinstance(line, bytes) else line
    else:
        data = file_content(path)
        yield _entry(data, str(path)) if isinstance(data, bytes) else data


def _entry(data: bytes, file: str, where: str = "") -> Entry | InputError:
    try:
        dialogue = decode(data, f"{file}, {where}" if where else file)
    except InputError as fault:
        return fault
    return Entry(dialogue, file, where, dialogue.feedback.by_key() if dialogue.feedback else None)


SOURCE = Source(
    format="kokorochat",
    name="KokoroChat",
    publisher="UEC-InabaLab/KokoroChat",
    licence="CC BY-NC-ND 4.0",
    language="Japanese",
    human=BOTH_HUMAN,
    unit="utterance",
    find=_find,
    read=_read,
    scale=Scale(ITEM_KEYS, LOWEST, HIGHEST),
    paper=Table1Row(True, True, 20, "Japanese", 6_589, 91.2),
)
