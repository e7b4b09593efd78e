"""A split at rest comes back as it was, or is refused with what is wrong with it."""

import json

import pytest

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.splits.files import read_split, write_split
from kokorochat.corpus.splits.outline import outline
from kokorochat.corpus.splits.response import response_split
from kokorochat.corpus.splits.score import score_split
from kokorochat.domain.errors import InputError

CORPUS = find_corpus(DEMO_CORPUS)
OUTLINES = [outline(entry) for entry in CORPUS.entries()]
IDS = {one.id for one in OUTLINES}


def best(number):
    """Outlines of more dialogues than the demo has, some of them of the best."""
    return [
        type(one)(f"{one.id}-{n}", one.utterances, one.score + 10, one.counselor, one.client)
        for n in range(number)
        for one in OUTLINES
    ]


@pytest.fixture
def stored(tmp_path):
    write_split(score_split(OUTLINES, 3), CORPUS, tmp_path / "split", "kokorochat corpus split")
    return tmp_path / "split"


def test_what_was_written_comes_back(tmp_path):
    for split in (score_split(OUTLINES, 3, 4, "none"), response_split(best(9), 1, "client")):
        folder = tmp_path / split.task
        write_split(split, CORPUS, folder, "the command")
        there = read_split(folder)
        assert there.parts == split.parts
        assert (there.header.rule, there.header.group, there.header.seed) == (split.rule, split.group, split.seed)
        assert there.header.command == "the command"


def test_nothing_but_ids_and_how_it_was_made_is_stored(stored):
    assert sorted(file.name for file in stored.iterdir()) == ["split.json", "test.txt", "train.txt", "validation.txt"]
    assert {id for file in stored.glob("*.txt") for id in file.read_text().split()} == IDS
    header = json.loads((stored / "split.json").read_text(encoding="utf-8"))
    assert header["parts"]["test"]["dialogues"] == 1
    assert header["source"] == {"format": "kokorochat", "path": str(DEMO_CORPUS.resolve()), "dialogues": 16}
    assert (header["seed"], header["test_seed"], header["threshold"]) == (3, 0, None)


def test_a_folder_with_something_in_it_is_not_written_to(stored):
    before = {file: file.read_bytes() for file in stored.iterdir()}
    with pytest.raises(InputError, match="not an empty folder"):
        write_split(score_split(OUTLINES, 4), CORPUS, stored)
    assert before == {file: file.read_bytes() for file in stored.iterdir()}


def test_an_id_of_two_lines_is_refused_and_nothing_stays(tmp_path):
    broken = [type(OUTLINES[0])("a\nb", 30, 50), *OUTLINES]
    with pytest.raises(InputError, match="one line"):
        write_split(score_split(broken, 0), CORPUS, tmp_path / "split")
    assert list(tmp_path.iterdir()) == []


def test_an_id_that_is_not_in_the_corpus_is_named(stored):
    assert read_split(stored, IDS).parts == score_split(OUTLINES, 3).parts
    test = read_split(stored).parts["test"][0]
    with pytest.raises(InputError, match=rf"test\.txt: dialogue {test} is not in the corpus"):
        read_split(stored, IDS - {test})


def _replace_first(file, id):
    lines = file.read_text().splitlines()
    file.write_text("".join(f"{line}\n" for line in [id, *lines[1:]]))


def test_an_id_in_two_parts_is_named(stored):
    test = read_split(stored).parts["test"][0]
    _replace_first(stored / "train.txt", test)
    with pytest.raises(InputError, match=f"dialogue {test} is in train too"):
        read_split(stored)


def test_a_part_of_a_part_that_is_not_in_it_is_named(tmp_path):
    write_split(response_split(best(9), 0), CORPUS, tmp_path / "split")
    high = read_split(tmp_path / "split").parts["high"][0]
    _replace_first(tmp_path / "split" / "low-train.txt", high)
    with pytest.raises(InputError, match=f"dialogue {high} is not in low"):
        read_split(tmp_path / "split")


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("split.json", None, r"split\.json: can't be read"),
        ("split.json", b"{", "not readable as JSON"),
        ("split.json", b"\xff", "not readable as JSON"),
        ("split.json", b'{"kind": "samples"}', "field"),
        ("test.txt", None, r"test\.txt: can't be read"),
        ("test.txt", b"\xff\n", "not readable in UTF-8"),
        ("test.txt", b"", "doesn't hold the 1 ids"),
        ("test.txt", b"3", "doesn't hold the 1 ids"),
        ("train.txt", b"3\n" * 14, "dialogue 3 is there twice"),
    ],
)
def test_a_damaged_split_is_refused(stored, file, content, told):
    (stored / file).unlink() if content is None else (stored / file).write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_split(stored)


def test_a_part_that_no_such_split_has_is_refused_and_no_file_is_opened_by_its_name(stored):
    header = json.loads((stored / "split.json").read_text(encoding="utf-8"))
    header["parts"]["../test"] = header["parts"]["test"]
    (stored / "split.json").write_text(json.dumps(header), encoding="utf-8")
    with pytest.raises(InputError, match=r"'\.\./test' is no part of a score split"):
        read_split(stored)
