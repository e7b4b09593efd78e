"""The command line: results on stdout, faults in one sentence, exit codes that scripts can rely on."""

import json
import subprocess
import sys

import pytest

from kokorochat.cli import VERBS, main
from kokorochat.cli.verb import progress, telling_what_is_kept
from kokorochat.corpus.demo import DEMO_CORPUS


def test_json_is_one_document_and_nothing_else(capsys):
    assert main(["corpus", "stats", str(DEMO_CORPUS), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dialogues"] == 16


def test_the_table_for_people_shows_the_same_figures(capsys):
    assert main(["corpus", "stats", str(DEMO_CORPUS)]) == 0
    assert "700" in capsys.readouterr().out


def test_the_table_shows_a_dash_for_people_without_ids_and_no_row_for_a_score_or_check_that_nobody_gave(
    tmp_path, capsys
):
    (tmp_path / "chat.jsonl").write_text('{"messages": [{"role": "client", "content": "A"}]}\n')
    assert main(["corpus", "stats", str(tmp_path / "chat.jsonl")]) == 0
    told = capsys.readouterr().out
    rows = {line[:28].strip(): line[28:].split() for line in told.splitlines()}
    assert rows["speakers"] == ["–", "–", "–"]
    assert rows["counselor–client pairs"] == ["–"]
    assert "score" not in told
    assert "checked" not in told


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


def test_differences_are_told_in_words_and_no_more_of_them_than_wished(capsys):
    whole, one = str(DEMO_CORPUS), str(DEMO_CORPUS / "1.json")
    assert main(["corpus", "diff", whole, one, "--most", "2"]) == 1
    first, second, rest = capsys.readouterr().out.splitlines()
    assert first.endswith(": only in A")
    assert second.endswith(": only in A")
    assert rest == "… and 13 more (--json lists all)"
    assert main(["corpus", "diff", one, whole, "--ignore", "time"]) == 1
    assert capsys.readouterr().out.count(": only in B") == 15


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["check", "--most", "0"], "1 or more"),
        (["split", "--task", "score", "--seed", "-1"], "0 to 2**32 - 1"),
        (["split", "--task", "score", "--threshold", "2"], "0 or more, below 1"),
    ],
)
def test_a_number_that_is_refused_is_answered_with_those_that_are_not(options, told, tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        main(["corpus", *options, str(DEMO_CORPUS)])
    assert left.value.code == 2
    assert told in capsys.readouterr().err


def test_what_can_not_be_ignored_is_refused(capsys):
    assert main(["corpus", "diff", str(DEMO_CORPUS), str(DEMO_CORPUS), "--ignore", "words"]) == 2
    assert "words" in capsys.readouterr().err


def test_a_split_is_written_and_its_parts_are_told(tmp_path, capsys):
    folder = tmp_path / "split"
    assert main(["corpus", "split", str(DEMO_CORPUS), "--task", "score", "--out", str(folder), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {name: part["dialogues"] for name, part in document["parts"].items()} == {
        "train": 14,
        "validation": 1,
        "test": 1,
    }
    assert sum(part["utterances"] for part in document["parts"].values()) == 700
    assert len((folder / "train.txt").read_text().splitlines()) == 14


@pytest.mark.parametrize("group", ["client", "counselor", "person", "duplicates", "duplicates --threshold 0.3"])
def test_a_split_by_each_group_says_so(group, tmp_path, capsys):
    command = ["corpus", "split", str(DEMO_CORPUS), "--task", "score", "--out", str(tmp_path / "s"), "--group"]
    assert main([*command, *group.split()]) == 0
    assert f"8:1:1 by {group.replace('--threshold', '>')}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--task", "response"], "a score of 99 or more"),
        (["--task", "score", "--threshold", "0.3"], "near-duplicates only"),
    ],
)
def test_a_split_that_can_not_be_made_leaves_nothing(options, told, tmp_path, capsys):
    assert main(["corpus", "split", str(DEMO_CORPUS), *options, "--out", str(tmp_path / "split")]) == 2
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_explains_itself(verb, capsys):
    with pytest.raises(SystemExit) as left:
        main([*verb.name.split(), "--help"])
    assert left.value.code == 0
    assert verb.help.split()[0] in capsys.readouterr().out


def test_what_takes_long_tells_how_far_it_is_in_a_log_too(capsys, monkeypatch):
    assert list(progress("ab", "reading", 2)) == ["a", "b"]
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("kokorochat.cli.verb.LINE_SECONDS", 0)
    assert list(progress("ab", "reading", 2)) == ["a", "b"]
    assert capsys.readouterr().err == "reading: 1 of 2\nreading: 2 of 2\n"


@pytest.mark.parametrize(
    ("left", "told"),
    [
        ((), "nothing is kept"),
        (("out.partial",), "the last state stands in"),
        (("out.partial/log.jsonl", "out.partial/state.safetensors"), "the last state stands in"),
        (("out.partial/log.jsonl",), "no state stands in"),
    ],
)
def test_whoever_stops_a_command_hears_what_is_kept(left, told, tmp_path):
    for name in left:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(KeyboardInterrupt, match=told), telling_what_is_kept(tmp_path / "out"):
        raise KeyboardInterrupt


def test_reading_only_the_first_line_is_no_error():
    command = f"{sys.executable} -m kokorochat corpus stats {DEMO_CORPUS} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
