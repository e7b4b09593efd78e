"""Pipes, names that are no text, names without end, two runs at one place: each is one sentence, none a hang."""

import json
import os
import subprocess
import sys
import time

import pytest

from kokorochat.cli import main
from kokorochat.corpus.demo import DEMO_CORPUS
from kokorochat.corpus.reading import find_corpus
from kokorochat.corpus.splits.files import read_split
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.labels import read_labels
from kokorochat.learning.stored import Description, read_model
from kokorochat.tasks.growing import GrowingFile
from kokorochat.tasks.lines import file_bytes

_TOPICS = ("corpus", "topics", str(DEMO_CORPUS), "--model", "scripted:first-choice")


def _told(capsys, *arguments):
    """The sentence of a command that refuses."""
    assert main(list(map(str, arguments))) == 2
    told = capsys.readouterr().err.splitlines()
    return next(line for line in told if line.startswith("kokorochat: "))


@pytest.fixture
def pipe(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs pipes")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_nobody_waits_for_a_pipe_that_stands_for_a_file(pipe, tmp_path, capsys):
    out = tmp_path / "out"
    for arguments in (
        (*_TOPICS, "--out", out, "--reference", pipe),
        (*_TOPICS, "--out", pipe, "--resume"),
        ("train", pipe, "--corpus", DEMO_CORPUS, "--out", out),
        ("evaluate", "score", "--answers", pipe),
    ):
        assert "not a file" in _told(capsys, *arguments)
    assert not out.exists()


def test_nobody_waits_for_a_pipe_among_a_models_or_a_splits_files(pipe, tmp_path):
    pipe.rename(tmp_path / "weights.npz")
    (tmp_path / "model.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="not a file"):
        read_model(tmp_path, Description, "a model")
    os.mkfifo(tmp_path / "split.json")
    with pytest.raises(InputError, match="not a file"):
        read_split(tmp_path)


def test_a_file_nested_beyond_measure_is_a_named_fault(tmp_path):
    deep = b"[" * 200_000 + b"]" * 200_000
    for name in ("split.json", "model.json", "weights.npz", "labels"):
        (tmp_path / name).write_bytes(deep if name == "labels" else b'{"kind":"split","parts":%s,"x":1}' % deep)
    for read in (
        lambda: read_split(tmp_path),
        lambda: read_model(tmp_path, Description, "a model"),
        lambda: read_labels(tmp_path / "labels"),
    ):
        with pytest.raises(InputError):
            read()


@pytest.mark.parametrize("name", ["x" * 5000, "chat=" + "x" * 5000, "x" * 5000 + "=y", "hf:" + "x" * 5000 + "/y"])
def test_a_name_longer_than_any_file_has_is_a_fault(name, capsys):
    assert main(["corpus", "stats", name]) == 2
    assert capsys.readouterr().err.startswith("kokorochat: ")


@pytest.fixture
def odd(tmp_path):
    """A folder whose name and whose file's name are no UTF-8, with a corpus without ids."""
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/o\xff")
    try:
        os.mkdir(folder)
    except OSError:
        pytest.skip("the file system takes text alone")
    talk = [{"role": role, "content": f"{role}{turn}"} for turn in range(20) for role in ("client", "counselor")]
    with open(os.fsdecode(os.fsencode(folder) + b"/c\xfe.jsonl"), "w", encoding="utf-8") as file:
        for number in range(12):
            ratings = {"a": number % 5}
            said = [*talk, {"role": "client", "content": f"（{number}）終了です"}]
            file.write(json.dumps({"messages": said, "ratings": ratings}) + "\n")
    return folder


@pytest.mark.parametrize(
    "verb",
    [
        ("convert", "--to", "json"),
        ("convert", "--to", "parquet"),
        ("curate", "--fewest-utterances", "0"),
        ("split", "--task", "score"),
        ("analyze",),
    ],
)
def test_a_name_that_is_no_text_is_spelt_out_in_what_is_written(verb, odd, tmp_path, capsys, monkeypatch):
    out = os.path.join(odd, "out")
    arguments = ["corpus", verb[0], odd, *verb[1:], "--out", out]
    monkeypatch.setattr(sys, "argv", ["kokorochat", *arguments])
    assert main(arguments) == 0, capsys.readouterr().err
    for name in os.listdir(out):
        if name.endswith((".json", ".jsonl", ".csv", ".txt")):
            with open(os.path.join(out, name), encoding="utf-8") as file:
                file.read()
        if name.endswith(".parquet"):
            assert len(list(find_corpus(os.path.join(out, name)).entries())) == 12
    if verb[0] == "split":
        ids = {entry.dialogue.id for entry in find_corpus(odd).entries()}
        assert "c\\udcfe-1" in ids
        from pathlib import Path

        assert read_split(Path(out), ids)


def test_samples_and_labels_of_such_a_place_can_be_written(odd, capsys, monkeypatch):
    out = os.path.join(odd, "labels.jsonl")
    arguments = ["corpus", "topics", odd, "--model", "scripted:first-choice", "--out", out]
    monkeypatch.setattr(sys, "argv", ["kokorochat", *arguments])
    assert main(arguments) == 0, capsys.readouterr().err
    assert os.path.exists(out)


def test_samples_of_a_corpus_in_which_an_id_stands_twice_are_not_written(tmp_path, capsys):
    for number in (1, 2):
        source = (DEMO_CORPUS / f"{number}.json").read_text(encoding="utf-8")
        record = json.loads(source)
        record["review_by_client_en"]["evaluation_id"] = record["review_by_client_jp"]["評価ID"] = 1
        (tmp_path / f"{number}.json").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    out = tmp_path / "samples.jsonl"
    assert "1" in _told(capsys, "samples", "score", tmp_path, "--out", out)
    assert not out.exists()


def test_two_runs_at_one_place_do_not_write_over_each_other(tmp_path):
    from kokorochat.learning.labelling import Labelling
    from kokorochat.learning.topic_models import load_topic_model

    out = tmp_path / "labels.jsonl"

    def labelling(resume):
        model = load_topic_model("scripted:first-choice")
        return Labelling(model, find_corpus(DEMO_CORPUS), out, limit=None, resume=resume, command="topics")

    first, second, third = labelling(False), labelling(False), labelling(True)
    with first._file.grow([]) as add:
        for other in (second, third):
            with pytest.raises(InputError, match=r"another run|is there already"):
                other.run(1, lambda some, _: some)
        assert first._file.partial.exists()
        assert callable(add)
    assert third.run(1, lambda some, _: some)["labelled"] == 16
    before = file_bytes(out)
    with pytest.raises(InputError, match="is there already"):
        second.run(1, lambda some, _: some)
    assert file_bytes(out) == before
    assert not first._file.partial.exists()
    assert isinstance(first._file, GrowingFile)


@pytest.mark.parametrize("change", ["gone", "new", "changed"])
def test_a_corpus_that_changes_between_question_and_answer_is_named_and_the_labels_kept(change, tmp_path):
    from kokorochat.learning.labelling import Labelling
    from kokorochat.learning.topic_models import load_topic_model

    def record(number, word="x"):
        return json.dumps({"id": number, "messages": [{"role": "client", "content": f"{word} {number}"}]})

    corpus, out = tmp_path / "c.jsonl", tmp_path / "labels.jsonl"
    corpus.write_text("\n".join(record(n) for n in range(6)), encoding="utf-8")
    model = load_topic_model("scripted:first-choice")
    labelling = Labelling(model, find_corpus(corpus), out, limit=None, resume=False, command="topics")
    lines = {
        "gone": [record(n) for n in range(5)],
        "new": [record(n) for n in range(7)],
        "changed": [record(n, "y" if n == 5 else "x") for n in range(6)],
    }[change]
    corpus.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match="changed while"):
        labelling.run(1, lambda some, _: some)
    again = Labelling(model, find_corpus(corpus), out, limit=None, resume=True, command="topics")
    assert again.run(1, lambda some, _: some)["reused"] >= 5


def test_an_interrupt_leaves_no_half_of_anything(tmp_path):
    source = (DEMO_CORPUS / "1.json").read_text(encoding="utf-8")
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(1, 1500):
        record = json.loads(source)
        record["review_by_client_en"]["evaluation_id"] = record["review_by_client_jp"]["評価ID"] = number
        (corpus / f"{number}.json").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    place = tmp_path / "place"
    place.mkdir()
    command = [sys.executable, "-m", "kokorochat", "corpus", "convert", str(corpus), "--to", "json"]
    running = subprocess.Popen([*command, "--out", str(place / "out")], stderr=subprocess.PIPE)
    until = time.monotonic() + 30
    while not any(place.iterdir()) and running.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    running.send_signal(2)
    _, told = running.communicate(timeout=30)
    assert (running.returncode, told) == (130, b"kokorochat: stopped\n")
    assert list(place.iterdir()) == []
