"""Client-Reactions was not released: it is a row with its source, and nothing is read."""

import json
from pathlib import Path

import pytest

from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.client_reactions import SOURCE
from kokorochat.corpus.sources.place import Place
from kokorochat.domain.errors import InputError


def write_fixture(folder: Path) -> Path:
    """What the authors' code expects, as far as it shows; not read, since no file was published to compare with."""
    session = {"concate_session": [{"speaker": "咨询师", "text": "您好。", "annotation": None}]}
    (folder / "sessions.json").write_text(json.dumps([session], ensure_ascii=False), encoding="utf-8")
    return folder


def test_nothing_is_found(tmp_path):
    assert SOURCE.find(Place(write_fixture(tmp_path), named=True)) == ()
    assert list(SOURCE.read(tmp_path)) == []


def test_who_names_it_is_told_where_it_may_be_had(tmp_path):
    with pytest.raises(InputError, match=r"Client-Reactions was not released.*dll-wu/Client-Reactions"):
        find_corpus(f"client-reactions={write_fixture(tmp_path)}")
