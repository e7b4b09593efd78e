"""What is printed is to be read: no terminal obeys it, no line is forged, and a place that takes no words is told."""

import json
import os
import subprocess
import sys

import pytest

from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.domain.printable import printable

EVIL = "a\x1b[31m\x07\x9b1m\u202eb\nerror forged"


def _corpus(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def _record(**more):
    talk = [{"role": role, "content": f"{role} {turn}"} for turn in range(2) for role in ("client", "counselor")]
    return {"messages": talk, **more}


def _harmless(text):
    return not any(letter in text for letter in "\x1b\x07\x9b\u202e\x7f") and "\nerror forged" not in text


def _run(arguments, **options):
    command = [sys.executable, "-m", "kokorochat", *map(os.fspath, arguments)]
    return subprocess.run(command, capture_output="stdout" not in options, check=False, **options)


def test_what_a_terminal_would_obey_is_shown_as_what_it_is():
    assert printable("あ👩\u200d🎓 é\tb") == "あ👩\u200d🎓 é\\tb"
    assert printable(EVIL) == "a\\x1b[31m\\x07\\x9b1m\\u202eb\\nerror forged"
    assert printable("\udcff\u2028") == "\\udcff\\u2028"
    assert printable("a\nb\r", breaks=True) == "a\nb\\r"


def test_a_finding_tells_an_evil_id_or_file_in_one_harmless_line(tmp_path, capsys):
    twice = [{"role": "client", "content": "x"}, {"role": "client", "content": "x"}]
    corpus = _corpus(tmp_path / "a\x1b[31m\nerror forged.jsonl", _record(id=EVIL, messages=twice))
    for arguments in (
        ["check", corpus],
        ["compare", corpus],
        ["check", corpus, "--json"],
        ["compare", corpus, "--json"],
    ):
        main(["corpus", *map(str, arguments)])
        told = capsys.readouterr()
        assert _harmless(told.out + told.err), arguments
        if "--json" in arguments:
            assert json.loads(told.out)


def test_json_holds_an_evil_id_as_it_is(tmp_path, capsys):
    corpus = _corpus(tmp_path / "c.jsonl", _record(id=EVIL, messages=[{"role": "client", "content": " "}]))
    main(["corpus", "check", str(corpus), "--json"])
    assert EVIL in {finding["dialogue"] for finding in json.loads(capsys.readouterr().out)["findings"]}


def test_a_difference_and_a_fault_tell_it_harmlessly_too(tmp_path, capsys):
    one, other = _corpus(tmp_path / "a.jsonl", _record(id=EVIL)), _corpus(tmp_path / "b.jsonl", _record(id="b"))
    assert main(["corpus", "diff", str(one), str(other)]) == 1
    assert _harmless(capsys.readouterr().out)
    broken = _corpus(tmp_path / "c.jsonl", _record(id="c", messages=[{"role": EVIL, "content": "x"}]))
    assert main(["corpus", "stats", str(broken)]) == 2
    assert main(["corpus", "stats", str(tmp_path / EVIL)]) == 2
    told = capsys.readouterr().err
    assert _harmless(told)
    assert told.count("\n") == 2


def test_a_refused_release_lists_its_places_harmlessly(tmp_path, capsys):
    form = tmp_path / "about.toml"
    keys = ("name", "version", "licence", "consent", "collection", "limits", "contact", "citation")
    form.write_text("".join(f'{key} = "x"\n' for key in keys) + 'languages = ["ja"]\n')
    talk = [{"role": role, "content": f"{role}@example.org"} for role in ("client", "counselor")]
    corpus = _corpus(tmp_path / "c.jsonl", _record(id=EVIL, messages=talk))
    assert main(["corpus", "release", str(corpus), "--about", str(form), "--out", str(tmp_path / "out")]) == 2
    assert _harmless(capsys.readouterr().err)


def test_a_name_that_is_not_utf_8_can_be_told(tmp_path):
    folder = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(folder)
    name = os.fsdecode(folder + b"/c\xfe.jsonl")
    with open(name, "w", encoding="utf-8") as file:
        file.write(json.dumps(_record(id="1", messages=[{"role": "client", "content": " "}])))
    for more in ([], ["--json"]):
        done = _run(["corpus", "check", name, *more], env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"})
        assert done.returncode in (0, 1), done.stderr.decode()
        assert b"\\udcfe" in done.stdout
        assert not more or json.loads(done.stdout)


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_where_only_ascii_can_be_written_the_rest_is_spelt_out(more):
    done = _run(["corpus", "stats", DEMO_CORPUS, *more], env={**os.environ, "PYTHONIOENCODING": "ascii:strict"})
    assert done.returncode == 0, done.stderr.decode()
    assert not more or json.loads(done.stdout)["dialogues"] == 16


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("verb", ["stats", "check"])
def test_a_place_for_the_result_that_is_full_is_one_sentence(verb):
    with open("/dev/full", "wb") as full:
        done = _run(["corpus", verb, DEMO_CORPUS, "--json"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1, done.stderr.decode()
    assert b"No space left" in done.stderr


def test_a_command_whose_output_is_closed_does_its_work():
    command = f"exec '{sys.executable}' -m kokorochat corpus stats '{DEMO_CORPUS}' >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], check=False).returncode == 0


def test_fewer_lines_than_none_are_refused(capsys):
    with pytest.raises(SystemExit) as leaving:
        main(["corpus", "check", str(DEMO_CORPUS), "--most", "-3"])
    assert leaving.value.code == 2
