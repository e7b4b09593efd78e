"""Who asked not to be in a release."""

import pytest

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.corpus.release.leaving_out import load_leave_out
from kokorochat.domain.errors import InputError


def _load(tmp_path, text):
    (tmp_path / "gone").write_text(text, encoding="utf-8")
    return load_leave_out(tmp_path / "gone")


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("dialogue 12", {"12"}),
        ("person 1", {"6", "13"}),
        ("counselor 7", {"1", "2"}),
        ("client 7", {"10", "16"}),
        ("# nobody", set()),
    ],
)
def test_a_line_names_a_dialogue_or_a_person_in_one_role_or_in_either(tmp_path, line, ids):
    leave_out = _load(tmp_path, f"\ufeff{line}\n\n")
    assert {dialogue.id for dialogue in read_corpus(DEMO_CORPUS) if leave_out.holds(dialogue)} == ids


def test_what_is_not_there_is_told_with_its_line(tmp_path):
    leave_out = _load(tmp_path, "person 1\n\ncounselor 3  # of the client's role only\ndialogue 99\n")
    missing = leave_out.missing(read_corpus(DEMO_CORPUS))
    assert missing == [f"{tmp_path}/gone, line 3: counselor 3", f"{tmp_path}/gone, line 4: dialogue 99"]


@pytest.mark.parametrize("line", ["12", "person", "people 12"])
def test_a_line_that_says_neither_kind_nor_id_is_named(tmp_path, line):
    with pytest.raises(InputError, match="gone, line 2: is not a kind and an id"):
        _load(tmp_path, f"# asked\n{line}\n")


def test_a_list_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        load_leave_out(tmp_path / "nowhere")
