"""From what a user names to a corpus."""

import json
import shutil

import pytest

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpora, find_corpus, read_corpus
from kokorochat.corpus.sources.kokorochat import DIALOGUE_FOLDER
from kokorochat.domain.errors import InputError


def test_files_come_by_number_and_not_by_name(corpus):
    assert [file.stem for file in find_corpus(corpus).files] == [str(number) for number in range(1, 17)]


def test_the_publishers_folder_and_the_data_folder_in_it_are_the_same_corpus(corpus):
    publisher = corpus.parent / "publisher"
    publisher.mkdir()
    corpus.rename(publisher / DIALOGUE_FOLDER)
    assert [d.id for d in read_corpus(publisher)] == [d.id for d in read_corpus(publisher / DIALOGUE_FOLDER)]


def test_one_file_is_a_corpus(corpus):
    assert [dialogue.id for dialogue in read_corpus(corpus / "7.json")] == ["7"]


def test_lines_of_the_published_shape_are_the_same_corpus_as_files(corpus):
    records = [json.loads(file.read_bytes()) for file in find_corpus(corpus).files]
    lines = corpus.parent / "corpus.jsonl"
    lines.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    assert list(read_corpus(lines)) == list(read_corpus(corpus))


def test_a_path_that_leads_nowhere_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        find_corpora(tmp_path / "nowhere")


def test_what_is_no_known_corpus_is_refused_with_the_formats_that_are(tmp_path):
    (tmp_path / "notes.json").write_text("{}")
    with pytest.raises(InputError, match=r"no known corpus is recognised there.*chat=PATH.*kokorochat"):
        find_corpora(tmp_path)


def test_an_unknown_format_is_refused_with_those_that_are_known(corpus):
    with pytest.raises(InputError, match=r"'kokoro' is not a format.*kokorochat"):
        find_corpora(f"kokoro={corpus}")


def test_a_named_format_takes_files_that_are_not_recognised(tmp_path):
    (tmp_path / "1.json").write_text("{}")
    (row,) = find_corpus(f"kokorochat={tmp_path}").rows()
    assert isinstance(row, InputError)


def test_a_broken_first_file_does_not_hide_the_corpus(corpus):
    (corpus / "1.json").write_text("")
    rows = list(find_corpus(corpus).rows())
    assert [isinstance(row, InputError) for row in rows] == [True] + [False] * 15


def test_a_path_with_an_equals_sign_is_a_path(tmp_path):
    shutil.copytree(DEMO_CORPUS, tmp_path / "a=b")
    assert len(list(read_corpus(tmp_path / "a=b"))) == 16


def test_a_name_that_only_looks_like_a_number_is_read_last(corpus):
    (corpus / "1.json").rename(corpus / "².json")
    assert find_corpus(corpus).files[-1].stem == "²"
