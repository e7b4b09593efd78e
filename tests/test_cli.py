"""The command line: results on stdout, faults in one sentence, exit codes that scripts can rely on."""

import json
import subprocess
import sys

import pytest

from kokorochat.cli import VERBS, main
from kokorochat.corpus.demo import DEMO_CORPUS


def test_json_is_one_document_and_nothing_else(capsys):
    assert main(["corpus", "stats", str(DEMO_CORPUS), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dialogues"] == 16


def test_the_table_for_people_shows_the_same_figures(capsys):
    assert main(["corpus", "stats", str(DEMO_CORPUS)]) == 0
    assert "700" in capsys.readouterr().out


def test_a_check_that_finds_an_error_exits_with_1(tmp_path, capsys):
    (tmp_path / "1.json").write_text("{}")
    assert main(["corpus", "check", f"kokorochat={tmp_path}", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["error"] == 1
    assert set(document["findings"][0]) == {"level", "code", "file", "dialogue", "where", "message"}


def test_bad_input_exits_with_2_and_one_sentence(tmp_path, capsys):
    assert main(["corpus", "stats", str(tmp_path / "nowhere")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "nowhere" in captured.err
    assert captured.err.count("\n") == 1


def test_a_difference_exits_with_1_and_equality_with_0(tmp_path, capsys):
    assert main(["corpus", "diff", str(DEMO_CORPUS), str(DEMO_CORPUS), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"equal": True, "differences": []}
    assert main(["corpus", "diff", str(DEMO_CORPUS), str(DEMO_CORPUS / "1.json"), "--json"]) == 1


def test_what_can_not_be_ignored_is_refused(capsys):
    assert main(["corpus", "diff", str(DEMO_CORPUS), str(DEMO_CORPUS), "--ignore", "words"]) == 2
    assert "words" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_explains_itself(verb, capsys):
    with pytest.raises(SystemExit) as left:
        main([*verb.name.split(), "--help"])
    assert left.value.code == 0
    assert verb.help.split()[0] in capsys.readouterr().out


def test_reading_only_the_first_line_is_no_error():
    command = f"{sys.executable} -m kokorochat corpus stats {DEMO_CORPUS} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
