"""Synthetic dialogues for tests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.corpus.splits.outline import Outline
from kokorochat.corpus.writing import write_corpus
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.feedback import Feedback
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.tasks.sample import Sample
from kokorochat.tasks.score import score_sample

_START = datetime(2024, 5, 1, 10)


def a_dialogue(
    *words: str,
    id: str = "1",
    items: Sequence[int] | None = (3, 4) * 10,
    gap: int | None = 30,
    client: str | None = "7002",
    topic: Topic | None = None,
) -> Dialogue:
    """A dialogue whose counselor opens and in which the two take turns, but where a text begins with a role and `: `.

    Args:
        items: the feedback; None for a dialogue without it.
        gap: seconds from message to message; None for a dialogue without times.
    """
    utterances = []
    for index, text in enumerate(words or ("こんにちは。", "眠れません。", "眠れないのですね。", "はい。")):
        role = (Role.COUNSELOR, Role.CLIENT)[index % 2]
        for named in Role:
            if text.startswith(f"{named.value}: "):
                role, text = named, text.removeprefix(f"{named.value}: ")
        time = None if gap is None else _START + timedelta(seconds=index * gap)
        utterances.append(Utterance(role, time, text))
    feedback = Feedback(tuple(items), frozenset(), sum(items), _START) if items is not None else None
    return Dialogue(id, tuple(utterances), counselor="7001", client=client, topic=topic, feedback=feedback)


def some_samples(count: int = 12) -> list[Sample]:
    """Samples in which a warm counselor is rated high and a curt one low."""

    def words(number: int) -> Iterable[str]:
        for turn in range(4 + number % 3):
            yield "ゆっくり聴かせてくださいね" if number % 2 else "それで？"
            yield f"なんだか{'とても ' * (number % 4)}つらいです{turn}"

    return [
        score_sample(a_dialogue(*words(number), id=str(number), items=(4 if number % 2 else 1,) * 20))
        for number in range(count)
    ]


def an_outline(
    number: int,
    score: int | None = 60,
    client: str | None = None,
    counselor: str | None = None,
    group: str | None = None,
    texts: Sequence[str] = (),
) -> Outline:
    """The outline of a dialogue whose id is the number, and of as many utterances."""
    return Outline(str(number), number, score, counselor, client, group, tuple(texts))


MATTERS = {
    TopicClass.SCHOOL: "学校で友達ができません",
    TopicClass.WORKPLACE: "上司に怒られてばかりです",
    TopicClass.SPOUSE: "夫と話をしていません",
}


def some_topics(count: int = 30, clients: int = 10) -> list[Dialogue]:
    """Dialogues of three topics, each told by its words; every client brings each topic."""
    dialogues = []
    for number in range(count):
        topic, matter = list(MATTERS.items())[number % 3]
        words = ("どうされましたか。", f"{matter}。{number}回目です", "それはつらいですね", "はい。お願いします")
        about = Topic(topic, matter)
        dialogues.append(a_dialogue(*words, id=str(number), client=str(number // 3 % clients), topic=about))
    return dialogues


THREE_BEST = {"5": 100, "9": 99, "14": 100}


def short_demo(folder: Path, utterances: int = 8, best: Mapping[str, int] = THREE_BEST) -> Path:
    """The beginnings of the demo's sessions, some of them rated as in `well_rated_demo`."""
    rated = well_rated_demo(folder / "whole", best)
    write_corpus((replace(d, utterances=d.utterances[:utterances]) for d in read_corpus(rated)), folder / "short")
    return folder / "short"


def well_rated_demo(folder: Path, best: Mapping[str, int] = THREE_BEST) -> Path:
    """The demo with some of its sessions, {id: 95 to 100}, rated so high that they are the test part of responses."""

    def rated(dialogue: Dialogue) -> Dialogue:
        if dialogue.id not in best or dialogue.feedback is None:
            return dialogue
        items = (best[dialogue.id] - 95,) + (5,) * 19
        return replace(dialogue, feedback=Feedback(items, frozenset(), sum(items), dialogue.feedback.given_at))

    write_corpus(map(rated, read_corpus(DEMO_CORPUS)), folder)
    return folder
