"""A file is replaced by one of its own kind only."""

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.tasks.lines import write_lines
from kokorochat.tasks.score import score_header

HEADER = score_header(None, 0, 0, False, "a test")


def test_an_older_file_of_the_same_kind_may_be_replaced(tmp_path):
    assert write_lines(tmp_path / "samples", HEADER, []) == 0
    assert write_lines(tmp_path / "samples", HEADER, []) == 0


@pytest.mark.parametrize("content", ['{"dialogue": []}', "prose\n", "\n"])
def test_anything_else_is_left_as_it_is(content, tmp_path):
    file = tmp_path / "1.json"
    file.write_text(content)
    with pytest.raises(InputError, match="holds something else"):
        write_lines(file, HEADER, [])
    assert file.read_text() == content


def test_a_folder_or_a_device_is_never_replaced(tmp_path):
    with pytest.raises(InputError, match="no ordinary file"):
        write_lines(tmp_path, HEADER, [])
