"""The collector rests while a corpus is built, and is afterwards as it was."""

import gc

import pytest

from kokorochat.corpus.collector import collector_paused
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.parquet import write_parquet
from kokorochat.corpus.reading import find_corpus


def test_it_rests_in_the_block_and_runs_again_after_a_fault():
    def fail() -> None:
        with collector_paused():
            assert not gc.isenabled()
            raise ValueError("fault")

    with pytest.raises(ValueError, match="fault"):
        fail()
    assert gc.isenabled()


def test_who_switched_it_off_keeps_it_off():
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_whoever_takes_dialogues_one_by_one_has_it_running(tmp_path):
    write_parquet(find_corpus(DEMO_CORPUS).entries(), tmp_path / "a.parquet")
    assert all(gc.isenabled() for _ in find_corpus(tmp_path / "a.parquet").dialogues())


def test_a_loaded_corpus_is_the_list_of_its_dialogues():
    corpus = find_corpus(DEMO_CORPUS)
    assert corpus.load() == list(corpus.dialogues())
