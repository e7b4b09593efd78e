"""The counts of paper Table 3."""

from datetime import datetime

import pytest

from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.source import Entry
from kokorochat.corpus.statistics import corpus_statistics
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.feedback import Feedback
from kokorochat.domain.topic import Topic, TopicClass


def _entry(number: int, counselor: str, client: str, texts: list[tuple[Role, str]], **more: object) -> Entry:
    utterances = tuple(Utterance(role, datetime(2026, 1, 1), text) for role, text in texts)
    return Entry(Dialogue(str(number), utterances, counselor, client, **more), "corpus.jsonl")


def test_utterances_are_single_messages_and_lengths_code_points():
    talk = [(Role.COUNSELOR, "こんにちは"), (Role.CLIENT, "はい"), (Role.CLIENT, "😢"), (Role.COUNSELOR, "そうですか")]
    summary = corpus_statistics([_entry(1, "1", "2", talk)])
    assert summary["utterances"] == {"total": 4, "counselor": 2, "client": 2}
    assert summary["characters_per_utterance"] == {"total": 13 / 4, "counselor": 5.0, "client": 1.5}


def test_speakers_are_counted_once_and_pairs_in_their_order():
    talk = [(Role.CLIENT, "a")]
    summary = corpus_statistics([_entry(n, *pair, talk) for n, pair in enumerate([("1", "2"), ("2", "1"), ("1", "2")])])
    assert summary["speakers"] == {"total": 2, "counselor": 2, "client": 2}
    assert summary["pairs"] == 2


def test_screening_counts_each_check_and_dialogues_with_any():
    marked = Feedback((1,) * 20, frozenset({"harmful_due_to_ignorance", "unwilling_to_continue"}), 0)
    summary = corpus_statistics([_entry(1, "1", "2", [(Role.CLIENT, "a")], feedback=marked)])
    assert summary["screening"] == {"harmful": 1, "unethical": 0, "unwilling": 1, "any": 1}


def test_topics_come_by_frequency_with_their_share():
    topics = [TopicClass.SCHOOL, TopicClass.FAMILY, TopicClass.SCHOOL]
    entries = [_entry(n, "1", "2", [(Role.CLIENT, "a")], topic=Topic(t, "x")) for n, t in enumerate(topics)]
    first = corpus_statistics(entries)["topics"][0]
    assert (first["topic"], first["count"]) == ("School Issues", 2)
    assert first["percent"] == pytest.approx(200 / 3)


def test_an_empty_corpus_has_no_means():
    summary = corpus_statistics([])
    assert summary["score"] == {"mean": None, "median": None}
    assert summary["utterances_per_dialogue"]["total"] is None


@pytest.mark.slow
def test_the_release_gives_table_3_to_the_printed_digit(corpus_path):
    summary = corpus_statistics(find_corpus(corpus_path).entries())
    assert summary["dialogues"] == 6589
    assert list(summary["speakers"].values()) == [480, 424, 463]
    assert summary["pairs"] == 4900
    assert list(summary["utterances"].values()) == [600_939, 306_495, 294_444]
    assert [round(v, 2) for v in summary["utterances_per_dialogue"].values()] == [91.20, 46.52, 44.69]
    assert [round(v, 2) for v in summary["characters_per_utterance"].values()] == [28.39, 35.84, 20.63]
    assert (round(summary["score"]["mean"], 2), summary["score"]["median"]) == (63.58, 64)
    assert list(summary["screening"].values()) == [8, 4, 209, 215]
    shares = [round(topic["percent"], 2) for topic in summary["topics"]]
    assert shares == [20.19, 17.04, 14.66, 14.08, 12.87, 6.89, 6.65, 4.64, 2.12, 0.74, 0.11]
