"""`corpus compare` on the command line: one document for scripts, a table for people, and an exit code."""

import json
import shutil

import pytest

from kokorochat.cli import main
from kokorochat.cli.corpus.compare import _WIDE
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import SOURCES

RELIED_ON = {
    *("name", "human_made", "scored", "n_scored", "score_items", "language"),
    *("dialogues", "avg_utterances", "count_unit", "paper", "status"),
}


def test_every_row_has_the_keys_that_scripts_rely_on(capsys):
    assert main(["corpus", "compare", str(DEMO_CORPUS), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert all(row.keys() >= RELIED_ON and row["paper"].keys() == {"dialogues", "avg_utterances"} for row in rows)


def test_the_table_for_people_fits_and_its_numbers_stand_right(monkeypatch, capsys):
    monkeypatch.delenv("COLUMNS", raising=False)
    assert main(["corpus", "compare", str(DEMO_CORPUS)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 120
    rows = [line for line in lines[2:] if not line.startswith(" ")]
    assert {line.index("65,000") + 6 for line in rows if "65,000" in line} == {lines[1].rindex("dialogues") + 9}
    assert any("16 of 6,589 dialogues are there" in line for line in lines)


def test_no_name_of_a_corpus_runs_into_the_next_column():
    ((_, _, width), *_) = _WIDE
    assert max(len(source.name) for source in SOURCES) < -width


@pytest.mark.parametrize("columns", ["80", "120"])
def test_no_head_of_a_column_runs_into_the_next(columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["corpus", "compare", str(DEMO_CORPUS)]) == 0
    heads = capsys.readouterr().out.splitlines()[1].split()
    assert heads[-5:] == ["dialogues", "average", "dialogues", "average", "status"]


def test_a_narrow_terminal_gets_a_table_that_fits_it(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["corpus", "compare", str(DEMO_CORPUS)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert {line.index("65,000") + 6 for line in lines if "65,000" in line} == {lines[1].rindex("dialogues") + 9}


def test_a_row_that_can_not_be_used_is_shown_and_exits_with_1(tmp_path, capsys):
    corpus = shutil.copytree(DEMO_CORPUS, tmp_path / "corpus")
    (corpus / "3.json").write_text("{}")
    assert main(["corpus", "compare", str(corpus)]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "unreadable: 1 of 16 rows can't be used" in shown
    assert "3.json" in shown


def test_a_place_without_a_corpus_exits_with_2_and_one_sentence(tmp_path, capsys):
    assert main(["corpus", "compare", str(DEMO_CORPUS), str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
