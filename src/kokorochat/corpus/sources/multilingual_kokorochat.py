"""Multilingual KokoroChat: the same dialogues in English and Chinese, translated by models from the people's Japanese.

Ids, roles, times, topic and review are KokoroChat's, so the corpora join on dialogue and position; some dialogues are
absent. What a translation left undone is remarked on and never mended.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec

from kokorochat.corpus.faults import decoded
from kokorochat.corpus.sources.containers import file_content
from kokorochat.corpus.sources.place import Place
from kokorochat.corpus.sources.published import LocalTime, PublishedTopic, ReviewEn, reviewed_dialogue
from kokorochat.corpus.sources.source import BOTH_HUMAN, Entry, Remark, Scale, Source
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import HIGHEST, ITEM_KEYS, LOWEST

_LEFT_OVER = (
    (
        "translators-note",
        re.compile(r"[(（\[【](?:note|translat(?:or|ion)\b|tn[:：]|译者?注|译者|注[:：]|翻译)", re.IGNORECASE),
        "a bracket with a note on the translation",
    ),
    (
        "prompt-scrap",
        re.compile(
            r"(?:\btranslat(?:e|ed|ion)\b|翻译|译文|原文|\boriginal (?:text|utterance))[^:：\n]{0,40}[:：]",
            re.IGNORECASE,
        ),
        "words on translating before a colon: perhaps of the prompt",
    ),
)
"""What translators left behind, by the words it begins with; one kind a message."""


class _Translation(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    role: Role
    time: LocalTime
    origin: str
    content: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    dialogue: Annotated[list[_Translation], msgspec.Meta(min_length=1)]
    topic: PublishedTopic
    review_by_client: ReviewEn  # type: ignore[valid-type]


_decoder = msgspec.json.Decoder(_File)


def _find(place: Place, prefix: str, folder: str) -> tuple[Path, ...]:
    files = place.files(f"{prefix}[0-9]*.json", place.folder(folder))
    return place.those(files, lambda seen: seen.has("dialogue", "origin", "content"))


def _read(path: Path, prefix: str) -> Iterator[Entry | InputError]:
    try:
        yield _entry(path, prefix)
    except InputError as fault:
        yield fault


def _entry(path: Path, prefix: str) -> Entry:
    data = file_content(path)
    if isinstance(data, InputError):
        raise data
    file = decoded(_decoder, data, str(path))
    utterances = tuple([Utterance(u.role, u.time, u.content) for u in file.dialogue])
    review = msgspec.structs.astuple(file.review_by_client)
    dialogue = reviewed_dialogue(utterances, file.topic.topic(str(path)), review)
    ratings = dialogue.feedback.by_key() if dialogue.feedback else None
    return Entry(dialogue, str(path), ratings=ratings, remarks=tuple(_remarks(dialogue, path, prefix)))


def _remarks(dialogue: Dialogue, path: Path, prefix: str) -> Iterator[Remark]:
    if path.stem != f"{prefix}{dialogue.id}":
        message = f"evaluation_id {dialogue.id} is not the file's name"
        yield Remark("warning", "id-is-not-file-name", "evaluation_id", message)
    for index, utterance in enumerate(dialogue.utterances):
        for code, pattern, what in _LEFT_OVER:
            if pattern.search(utterance.text):
                yield Remark("warning", code, f"{dialogue.id}:{index}", f"holds {what}")
                break


def _source(prefix: str, language: str, stated: int) -> Source:
    return Source(
        format=f"multilingual-kokorochat-{prefix}",
        name=f"Multilingual KokoroChat ({language})",
        publisher="UEC-InabaLab/MultilingualKokoroChat",
        licence="CC BY-NC-ND 4.0",
        language=language,
        human=BOTH_HUMAN,
        unit="utterance",
        find=partial(_find, prefix=prefix, folder=language),
        read=partial(_read, prefix=prefix),
        scale=Scale(ITEM_KEYS, LOWEST, HIGHEST),
        stated=stated,
    )


# The README's numbers do not agree with the folders: how many were released is not known.
ENGLISH = _source("en", "English", 6_565)
CHINESE = _source("zh", "Chinese", 6_582)
