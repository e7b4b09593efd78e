"""Files are written whole or not at all."""

import errno
import os
import subprocess
import sys

import pytest

from kokorochat.corpus.reading import read_corpus
from kokorochat.corpus.writing import forget_killed, new_folder, write_corpus, write_file, write_private
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


AT_WORK = """
import sys, time
from pathlib import Path
from kokorochat.corpus.writing import new_folder
with new_folder(Path(sys.argv[1])) as scratch:
    (scratch / "1.json").write_text("words")
    print("at work", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def at_work(tmp_path):
    """Starts a process that fills a folder and never comes to an end."""
    started = []

    def start(out):
        process = subprocess.Popen([sys.executable, "-c", AT_WORK, str(out)], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "at work\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_what_a_killed_process_has_left_is_removed_by_the_next(at_work, tmp_path):
    out = tmp_path / "out"
    killed = at_work(out)
    assert len([*tmp_path.glob(".new.*/1.json")]) == 1
    killed.kill()
    killed.wait()
    assert len([*tmp_path.iterdir()]) == 1
    with new_folder(out) as scratch:
        assert [*tmp_path.iterdir()] == [scratch]
    assert [*tmp_path.iterdir()] == [out]


def test_what_a_process_at_work_has_made_stays_and_so_does_what_is_for_another_folder(at_work, tmp_path):
    at_work(tmp_path / "out")
    killed = at_work(tmp_path / "other")
    killed.kill()
    killed.wait()
    there = {*tmp_path.glob(".new.*")}
    forget_killed(tmp_path / "out")
    with new_folder(tmp_path / "out") as scratch:
        assert {*tmp_path.glob(".new.*")} == {*there, scratch}
    assert len(there) == 2
    assert all((folder / "1.json").read_text() == "words" for folder in there)
    forget_killed(tmp_path / "other")
    assert len([*tmp_path.glob(".new.*")]) == 1


def test_a_full_disk_is_told_with_what_helps(tmp_path):
    with pytest.raises(InputError, match=r"No space left on device.*Make room"), new_folder(tmp_path / "out"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with (
        pytest.raises(InputError, match=r"Permission denied.*Name a folder that you own"),
        new_folder(tmp_path / "out"),
    ):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
