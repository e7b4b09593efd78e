"""A corpus in another container is the same corpus, to the byte when it comes back."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.cli import main
from kokorochat.corpus.converting import convert
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpus, read_corpus
from kokorochat.corpus.sources import kokorochat
from kokorochat.corpus.sources.published import encode
from kokorochat.corpus.sources.source import Entry
from kokorochat.domain.errors import InputError
from kokorochat.domain.installation import install_extra
from strategies import dialogues, one_folder

CONTAINERS = ("json", "jsonl", "parquet")


def _converted(path, to, out):
    corpus = find_corpus(path)
    return convert(corpus.source, corpus.entries(), to, out)


@pytest.mark.parametrize("to", CONTAINERS)
def test_the_published_bytes_come_back_from_every_container(tmp_path, to):
    _converted(DEMO_CORPUS, to, tmp_path / "there")
    converted = _converted(tmp_path / "there", "json", tmp_path / "back")
    assert (converted.dialogues, converted.files) == (16, 16)
    for file in DEMO_CORPUS.glob("*.json"):
        assert (tmp_path / "back" / file.name).read_bytes() == file.read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("to", CONTAINERS)
def test_all_released_bytes_come_back_from_every_container(corpus_path, tmp_path, to):
    _converted(corpus_path, to, tmp_path / "there")
    assert _converted(tmp_path / "there", "json", tmp_path / "back").dialogues == 6_589
    released = find_corpus(corpus_path).files
    unequal = [file.name for file in released if (tmp_path / "back" / file.name).read_bytes() != file.read_bytes()]
    assert unequal == []


@pytest.mark.slow
@one_folder
@given(st.lists(dialogues(), min_size=1, max_size=4, unique_by=lambda dialogue: dialogue.id))
def test_any_dialogues_come_back_from_every_container(tmp_path_factory, several):
    folder = tmp_path_factory.mktemp("any")
    entries = [Entry(dialogue, "file") for dialogue in several]
    for to in CONTAINERS:
        convert(kokorochat.SOURCE, entries, to, folder / to)
        found = sorted(read_corpus(folder / to), key=lambda dialogue: int(dialogue.id))
        assert [encode(d) for d in found] == [encode(d) for d in sorted(several, key=lambda d: int(d.id))]


@pytest.mark.parametrize("to", CONTAINERS)
def test_nothing_is_left_when_a_dialogue_fails_half_way(spoiled, tmp_path, to):
    folder = spoiled(lambda record: record.pop("topic"))
    with pytest.raises(InputError, match=r"3\.json"):
        _converted(folder, to, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


@pytest.mark.parametrize("to", CONTAINERS)
def test_a_folder_with_something_in_it_is_never_written_to(corpus, to):
    before = sorted(corpus.iterdir())
    with pytest.raises(InputError, match="not an empty folder"):
        _converted(corpus, to, corpus)
    assert sorted(corpus.iterdir()) == before


def test_two_dialogues_of_one_id_are_never_one_file(tmp_path):
    (entry,) = find_corpus(DEMO_CORPUS / "1.json").entries()
    with pytest.raises(InputError, match="dialogue 1: is there twice"):
        convert(kokorochat.SOURCE, [entry, entry], "json", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
    assert convert(kokorochat.SOURCE, [entry, entry], "jsonl", tmp_path / "out").dialogues == 2


def test_the_command_says_how_much_was_written(tmp_path, capsys):
    assert main(["corpus", "convert", str(DEMO_CORPUS), "--to", "parquet", "--out", str(tmp_path / "a"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"dialogues": 16, "files": 1}
    assert main(["corpus", "stats", str(tmp_path / "a" / "kokorochat.parquet"), "--json"]) == 0
    from_parquet = capsys.readouterr().out
    assert main(["corpus", "stats", str(DEMO_CORPUS), "--json"]) == 0
    assert capsys.readouterr().out == from_parquet


def test_without_the_extra_its_install_is_named(monkeypatch, tmp_path, capsys):
    for name in ("pyarrow", "pyarrow.parquet", "kokorochat.corpus.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "kokorochat.corpus.parquet")
    monkeypatch.delitem(sys.modules, "kokorochat.corpus.sources.published_parquet", raising=False)
    assert main(["corpus", "convert", str(DEMO_CORPUS), "--to", "parquet", "--out", str(tmp_path / "out")]) == 2
    assert install_extra("data") in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
