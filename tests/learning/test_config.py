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
    file = tmp_path / "run.toml"
    file.write_text(f"task = 'score'\nmodel = 'ordinal'\n{line}\n")
    with pytest.raises(InputError) as fault:
        load_run(file)
    assert fault.value.place == f"{file}, {key}"


@pytest.mark.parametrize("content", [b"task = ", b"\xff", b"task = 'score'"])
def test_a_file_that_is_no_run_is_refused(tmp_path, content):
    file = tmp_path / "run.toml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"run\.toml"):
        load_run(file)
