"""Files are written whole or not at all."""

import pytest

from kokorochat.corpus.reading import read_corpus
from kokorochat.corpus.writing import new_folder, write_corpus, write_file, write_private
from kokorochat.domain.errors import InputError


def test_a_corpus_is_written_as_it_was_read(corpus, tmp_path):
    assert write_corpus(read_corpus(corpus), tmp_path / "out") == 16
    for file in corpus.iterdir():
        assert (tmp_path / "out" / file.name).read_bytes() == file.read_bytes()


def test_nothing_is_left_when_a_dialogue_fails_half_way(spoiled, tmp_path):
    folder = spoiled(lambda record: record.pop("topic"))
    with pytest.raises(InputError):
        write_corpus(read_corpus(folder), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def test_a_folder_with_something_in_it_is_never_written_to(corpus):
    with pytest.raises(InputError, match="not an empty folder"):
        write_corpus([], corpus)


def test_a_file_is_replaced_as_a_whole(tmp_path):
    file = tmp_path / "deep" / "file"
    write_file(file, b"old")
    write_file(file, b"new")
    assert file.read_bytes() == b"new"
    assert [path.name for path in file.parent.iterdir()] == ["file"]


def test_a_place_that_can_not_be_written_is_named(corpus, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        write_corpus(read_corpus(corpus), tmp_path / "file" / "out")


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(InputError, match="not an empty folder"):
        write_corpus([], tmp_path / "link")


def test_a_private_file_is_its_owners_alone_and_never_replaces_another(tmp_path):
    write_private(tmp_path / "deep" / "key", b"secret")
    assert (tmp_path / "deep" / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(InputError, match="can't be written"):
        write_private(tmp_path / "deep" / "key", b"another")
    assert (tmp_path / "deep" / "key").read_bytes() == b"secret"


def test_a_refusal_without_a_name_is_told_by_its_sentence(tmp_path):
    with pytest.raises(InputError, match="8 requested and 0 written"), new_folder(tmp_path / "out"):
        raise OSError("8 requested and 0 written")
    assert not [*tmp_path.iterdir()]
