"""Run files: every shipped one is valid, and a wrong one is named by file and key."""

from pathlib import Path

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.learning.config import load_run

RUNS = sorted(file for file in (Path(__file__).parents[2] / "runs").glob("*.toml") if not file.match("sweep-*"))


@pytest.mark.parametrize("file", RUNS, ids=lambda file: file.stem)
def test_a_shipped_run_file_is_valid_and_names_every_setting(file):
    run = load_run(file)
    written = file.read_text(encoding="utf-8")
    assert [key for key in run.__struct_fields__ if key != "corpus" and f"{key} = " not in written] == []


_TUNED = """
task = "response"
model = "finetuned"
rate = 1e-3
batch = 4
epochs = 1
validate_every = 0
"""


def test_a_base_and_a_template_are_found_from_the_run_files_own_folder(tmp_path, monkeypatch):
    for folder in ("runs/models/llama", "elsewhere/models/llama", "elsewhere/some/llama"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere")
    file = tmp_path / "runs" / "run.toml"
    file.write_text(f'{_TUNED}base = "models/llama"\ntemplate = "../mine.jinja"\n')
    for named in (file, Path("../runs/run.toml")):
        run = load_run(named)
        assert (run.base, run.template) == (str(tmp_path / "runs/models/llama"), str(tmp_path / "mine.jinja"))
    # What is no folder there is a name in the cache, whatever lies where the command is typed.
    file.write_text(f'{_TUNED}base = "some/llama"\ntemplate = "plain"\n')
    assert (load_run(file).base, load_run(file).template) == ("some/llama", "plain")
    file.write_text(f'{_TUNED}base = "{tmp_path}/elsewhere/some/llama"\n')
    assert (load_run(file).base, load_run(file).template) == (str(tmp_path / "elsewhere/some/llama"), "base")


def fault_of(tmp_path, line):
    """What is wrong with a run file of the ordinal model that has one line of this kind."""
    file = tmp_path / "run.toml"
    file.write_text(f"task = 'score'\nmodel = 'ordinal'\n{line}\n")
    with pytest.raises(InputError) as fault:
        load_run(file)
    return fault.value


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("learning_rate = 1e-4", "learning_rate"),
        ("rarest = '150'", "rarest"),
        ("rarest = true", "rarest"),
        ("rarest = 2.0", "rarest"),
        ("alphas = []", "alphas"),
        ("alphas = [1.0, 'x']", "alphas[1]"),
        ("alphas = [nan]", "alphas[0]"),
        ("texts = [{role = 'client', last = 0.0}]", "texts[0].last"),
        ("texts = [{role = 'client'}, {role = 'client', last = 1.01}]", "texts[1].last"),
        ("texts = [{role = 'client', last = nan}]", "texts[0].last"),
        ("texts = [{role = 'client', last = '1'}]", "texts[0].last"),
        ("texts = [{role = 'client', weight = 0.0}]", "texts[0].weight"),
        ("texts = [{role = 'both'}]", "texts[0].role"),
        ("[corpus]", "corpus"),
    ],
)
def test_an_unknown_key_or_a_wrong_value_is_named(tmp_path, line, key):
    fault = fault_of(tmp_path, line)
    assert fault.place == f"{tmp_path / 'run.toml'}, {key}"


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("group = 'clint'", "Name one of: client, counselor, duplicates, none, person"),
        ("grouped = 'client'", "A run file of this task has these keys: task, model, corpus, "),
        ("learning-rate = 1", "A run file of this task has these keys: task, model, corpus, "),
        ("rarest = 2.0", "Compare it with those in runs/"),
        ("texts = [{who = 'client'}]", "Compare it with those in runs/"),
    ],
)
def test_the_remedy_lists_what_may_stand_there(tmp_path, line, remedy):
    assert fault_of(tmp_path, line).remedy.startswith(remedy)


def test_the_remedy_for_a_key_that_is_missing_lists_them(tmp_path):
    file = tmp_path / "run.toml"
    file.write_text("task = 'score'\nmodel = 'finetuned'\n")
    with pytest.raises(InputError, match="missing required field") as fault:
        load_run(file)
    assert fault.value.remedy.startswith("A run file of this task has these keys: ")


@pytest.mark.parametrize("content", [b"task = ", b"\xff", b"task = 'score'"])
def test_a_file_that_is_no_run_is_refused(tmp_path, content):
    file = tmp_path / "run.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"run\.toml"):
        load_run(file)
