"""`corpus curate` and `corpus check` as they are typed."""

import json
import shutil

import pytest

from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS


def test_curate_prints_what_was_kept_and_why_the_rest_was_not(tmp_path, capsys):
    command = ["corpus", "curate", str(DEMO_CORPUS), "--out", str(tmp_path / "out"), "--json"]
    assert (
        main([*command, "--fewest-utterances", "20", "--fewest-minutes", "0", "--leave-out-of-role", "bracketed"]) == 0
    )
    document = json.loads(capsys.readouterr().out)
    assert document["kept"] + sum(document["dropped"].values()) == 16
    assert document["left_out"] == document["out_of_role"]["bracketed"] > 0


@pytest.mark.parametrize(
    "options",
    [
        ["--fewest-utterances", "-1"],
        ["--fewest-minutes", "nan"],
        ["--all-alike", "3,6"],
        ["--all-alike", "all"],
    ],
)
def test_a_threshold_that_is_none_is_refused(options, tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        main(["corpus", "curate", str(DEMO_CORPUS), "--out", str(tmp_path / "out"), *options])
    assert left.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_an_unknown_kind_of_talk_is_refused_with_those_that_are_known(tmp_path, capsys):
    command = [
        "corpus",
        "curate",
        str(DEMO_CORPUS),
        "--out",
        str(tmp_path / "out"),
        "--leave-out-of-role",
        "small-talk",
    ]
    assert main(command) == 2
    assert "bracketed" in capsys.readouterr().err


def test_check_groups_its_lines_by_kind_and_says_how_many_it_left_out(tmp_path, capsys):
    shutil.copytree(DEMO_CORPUS, tmp_path / "corpus")
    for number in (3, 4, 5):
        (tmp_path / "corpus" / f"{number}.json").write_text("{")
    assert main(["corpus", "check", str(tmp_path / "corpus"), "--most", "2"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "error unreadable"
    assert lines[1].startswith(f"  {tmp_path}/corpus/3.json: ")
    assert lines[3] == "  … and 1 more (--json lists all)"
    assert lines[-1].startswith("error 3, ")


def test_check_and_its_document_count_alike(tmp_path, capsys):
    main(["corpus", "check", str(DEMO_CORPUS), "--json"])
    document = json.loads(capsys.readouterr().out)
    main(["corpus", "check", str(DEMO_CORPUS)])
    assert capsys.readouterr().out.splitlines()[-1] == ", ".join(
        f"{level} {count:,}" for level, count in document["counts"].items()
    )
    assert len(document["findings"]) == sum(document["counts"].values())


def test_check_names_the_dialogue_where_a_file_holds_several(tmp_path, capsys):
    talk = [{"role": "client", "content": "A"}, {"role": "counselor", "content": "B"}]
    records = [{"id": id, "messages": [*talk, {"role": "client", "content": id}], "topic": "Others"} for id in "ab"]
    (tmp_path / "chat.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    assert main(["corpus", "check", str(tmp_path / "chat.jsonl")]) == 0
    told = capsys.readouterr().out
    assert "chat.jsonl, dialogue a, topic.sub: " in told
    assert "chat.jsonl, dialogue b, topic.sub: " in told


def test_curate_says_what_could_not_be_judged_and_why(tmp_path, capsys):
    talk = [{"role": role, "content": f"{role} {number}"} for number in range(20) for role in ("client", "counselor")]
    (tmp_path / "chat.jsonl").write_text(json.dumps({"messages": talk, "ratings": {"warm": 3}}) + "\n")
    assert main(["corpus", "curate", str(tmp_path / "chat.jsonl"), "--out", str(tmp_path / "out")]) == 0
    told = capsys.readouterr().out
    assert "1 of them could not be judged by minutes: they have no times" in told
    assert "1 of them could not be judged by ratings: they have no twenty-item feedback" in told
