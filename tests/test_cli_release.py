"""`corpus release` on the command line, and what a stopped one leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import read_corpus
from kokorochat.corpus.writing import write_corpus

FORM = 'name = "Ours"\nversion = "1.0"\nlicence = "CC-BY-4.0"\nlanguages = ["ja"]\n' + "".join(
    f'{key} = "As agreed."\n' for key in ("consent", "collection", "limits", "contact", "citation")
)


@pytest.fixture
def form(tmp_path: Path) -> Path:
    path = tmp_path / "about.toml"
    path.write_text(FORM, encoding="utf-8")
    return path


def _release(source: Path, form: Path, out: Path, *options: str) -> list[str]:
    return ["corpus", "release", str(source), "--about", str(form), "--out", str(out), *options]


def test_the_document_has_the_keys_that_scripts_rely_on(form, tmp_path, capsys):
    (tmp_path / "gone").write_text("dialogue 1\n")
    options = ("--leave-out", str(tmp_path / "gone"), "--keep-key", str(tmp_path / "key.json"), "--json")
    assert main(_release(DEMO_CORPUS, form, tmp_path / "out", *options)) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"dialogues", "people", "files", "checks", "left_out"}
    assert (document["dialogues"], document["people"], document["left_out"]) == (15, 12, 1)
    assert document["files"] == sum(path.is_file() for path in (tmp_path / "out").rglob("*"))
    assert set(document["checks"]) == {"error", "warning", "info"}


def test_the_template_is_printed_without_a_corpus(capsys):
    with pytest.raises(SystemExit) as left:
        main(["corpus", "release", "--template"])
    assert left.value.code == 0
    assert 'licence = ""' in capsys.readouterr().out


def test_what_a_person_must_look_at_is_listed_by_place_and_never_by_words(form, tmp_path, capsys):
    (first, *rest) = read_corpus(DEMO_CORPUS)
    words = replace(first.utterances[5], text="連絡は hanako@example.org へ")
    first = replace(first, utterances=(*first.utterances[:5], words, *first.utterances[6:]))
    write_corpus([first, *rest], tmp_path / "corpus")
    assert main(_release(tmp_path / "corpus", form, tmp_path / "out")) == 2
    said = capsys.readouterr().err
    assert "1:5" in said
    assert "[e-mail]" in said
    assert "hanako" not in said
    assert main(_release(tmp_path / "corpus", form, tmp_path / "out", "--reviewed-by", "A. Reader")) == 0


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL], ids=lambda sign: sign.name)
def test_a_release_that_is_stopped_half_way_is_not_there(form, tmp_path, sign):
    dialogues = list(read_corpus(DEMO_CORPUS))
    copies = []
    for number in range(1500):
        talk = dialogues[number % 16]
        first = replace(talk.utterances[0], text=f"{number}回目です")
        copies.append(replace(talk, id=str(number + 1), utterances=(first, *talk.utterances[1:])))
    write_corpus(copies, tmp_path / "corpus")
    out, key = tmp_path / "there" / "out", tmp_path / "private" / "key.json"
    command = [sys.executable, "-m", "kokorochat", *_release(tmp_path / "corpus", form, out, "--keep-key", str(key))]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ)
    while running.poll() is None and not list(out.parent.glob(".new.*/kokorochat_dialogues/[0-9]*.json")):
        time.sleep(0.005)
    running.send_signal(sign)
    _, said = running.communicate(timeout=60)
    assert running.returncode == (130 if sign is signal.SIGINT else -sign)
    assert b"Traceback" not in said
    assert said.endswith(b"kokorochat: stopped\n") == (sign is signal.SIGINT)
    assert not out.exists()
    assert not key.exists()
    left = list(out.parent.iterdir())
    # Nobody can clean up after a kill; what is left then is hidden and its owner's alone.
    assert left == [] if sign is signal.SIGINT else [path.stat().st_mode & 0o777 for path in left] == [0o700]
    assert main(_release(tmp_path / "corpus", form, out, "--keep-key", str(key))) == 0
