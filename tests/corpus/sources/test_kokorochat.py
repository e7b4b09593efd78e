"""KokoroChat as released; tests/corpus/sources/test_published*.py hold its shape to its laws."""

import shutil
from pathlib import Path

from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.sources.kokorochat import DIALOGUE_FOLDER


def write_fixture(folder: Path) -> Path:
    for number in (2, 3, 10):
        shutil.copy(DEMO_CORPUS / f"{number}.json", folder)
    return folder


def test_what_lies_beside_the_data_folder_of_the_publisher_is_no_dialogue(tmp_path):
    data = tmp_path / DIALOGUE_FOLDER
    data.mkdir()
    write_fixture(data)
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "README.md").write_text("about")
    found = find_corpus(tmp_path)
    assert found.source.format == "kokorochat"
    assert [dialogue.id for dialogue in found.dialogues()] == ["2", "3", "10"]
