"""The digest of what a corpus says: the same in whatever files it lies, another after any change that counts."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from factories import a_dialogue
from kokorochat.corpus.converting import convert
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.digests import SHORT, Contents
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.dialogue import Utterance
from kokorochat.domain.topic import Topic, TopicClass


def digest(*dialogues):
    return Contents([Entry(dialogue, "a test") for dialogue in dialogues]).read().digest


def test_whoever_reads_gets_every_entry_and_the_digest_afterwards():
    entries = list(find_corpus(DEMO_CORPUS).entries())
    contents = Contents(iter(entries))
    with pytest.raises(AssertionError):
        _ = contents.digest
    assert list(contents) == entries
    assert contents.digest.startswith(contents.short)
    assert len(contents.short) == SHORT


@pytest.mark.parametrize("shape", ["jsonl", "parquet"])
def test_a_corpus_in_other_files_is_the_same_corpus(shape, tmp_path):
    corpus = find_corpus(DEMO_CORPUS)
    convert(corpus.source, corpus.entries(), shape, tmp_path / "other")
    here, there = (Contents(find_corpus(place).entries()).read() for place in (DEMO_CORPUS, tmp_path / "other"))
    assert here.digest == there.digest


def test_any_change_that_counts_gives_another():
    first, second = a_dialogue(id="1"), a_dialogue(id="2")
    spoken = first.utterances[0]
    changed = [
        replace(first, id="3"),
        replace(first, client="7003"),
        replace(first, feedback=None),
        replace(first, topic=Topic(TopicClass.SCHOOL, "友達")),
        replace(first, utterances=(replace(spoken, text="こんばんは。"), *first.utterances[1:])),
        replace(first, utterances=(Utterance(spoken.role, None, spoken.text), *first.utterances[1:])),
    ]
    found = {digest(first, second), digest(second, first), digest(first), *(digest(one, second) for one in changed)}
    assert len(found) == 3 + len(changed)


DIGEST_OF_MARKS = """
import sys
from factories import a_dialogue
from dataclasses import replace
from kokorochat.corpus.digests import Contents
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.feedback import CHECK_KEYS
dialogue = a_dialogue(sys.argv[1].encode().decode("unicode_escape"))
marked = replace(dialogue, feedback=replace(dialogue.feedback, checks=frozenset(CHECK_KEYS)))
print(Contents([Entry(marked, "a test")]).read().digest)
"""


@pytest.mark.parametrize("text", ["hello", r"\ud83d"])
def test_every_process_finds_the_same(text):
    found = set()
    for seed in range(4):
        command = [sys.executable, "-c", DIGEST_OF_MARKS, text]
        environment = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPATH": str(Path(__file__).parents[1])}
        found.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(found) == 1


def test_a_text_that_json_can_not_say_has_a_digest_too():
    assert digest(a_dialogue("\ud83d")) != digest(a_dialogue("\ud83e"))
