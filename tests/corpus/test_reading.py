"""From a path to dialogues."""

import pytest

from kokorochat.corpus.reading import DIALOGUE_FOLDER, corpus_files, read_corpus
from kokorochat.domain.errors import InputError


def test_files_come_by_number_and_not_by_name(corpus):
    assert [file.stem for file in corpus_files(corpus)] == [str(number) for number in range(1, 17)]


def test_the_publishers_folder_and_the_data_folder_in_it_are_the_same_corpus(corpus):
    publisher = corpus.parent / "publisher"
    publisher.mkdir()
    corpus.rename(publisher / DIALOGUE_FOLDER)
    assert [d.id for d in read_corpus(publisher)] == [d.id for d in read_corpus(publisher / DIALOGUE_FOLDER)]


def test_one_file_is_a_corpus(corpus):
    assert [dialogue.id for dialogue in read_corpus(corpus / "7.json")] == ["7"]


def test_a_path_that_leads_nowhere_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        corpus_files(tmp_path / "nowhere")


def test_a_folder_without_dialogues_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no \.json file"):
        corpus_files(tmp_path)


def test_a_name_that_only_looks_like_a_number_is_read_last(corpus):
    (corpus / "1.json").rename(corpus / "².json")
    assert corpus_files(corpus)[-1].stem == "²"
