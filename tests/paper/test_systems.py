"""The file of systems: the shipped one is valid, and a wrong one is named by file and key."""

import pytest

from kokorochat.domain.errors import InputError
from kokorochat.paper.systems import load_systems, placeholders
from systems_files import SHIPPED, SPLIT, a_system


def test_the_shipped_file_names_run_files_that_are_there():
    systems = load_systems(SHIPPED)
    runs = [system.run for system in systems.system if system.run]
    assert {(SHIPPED.parent / run).resolve().name for run in runs} >= {"score-ordinal.toml", "response-retrieval.toml"}
    assert all((SHIPPED.parent / run).is_file() for run in runs)
    assert systems.split[0].seeds == (1, 2, 3, 4, 5)


def test_a_row_is_made_of_all_pairs_of_seeds(tmp_path):
    (tmp_path / "s.toml").write_text(SPLIT + a_system("model = 'baseline:previous-turn'"), encoding="utf-8")
    assert load_systems(tmp_path / "s.toml").split[0].runs == [(1, 0), (2, 0), (1, 3), (2, 3)]


def test_a_model_may_name_the_folders_of_others():
    assert placeholders("combined:{one}+out/x+{other}") == ["one", "other"]
    assert placeholders("small:out/x") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[response", "not readable as TOML"),
        (SPLIT.replace("seeds = [1, 2]", "seeds = []"), "split[0].seeds"),
        (SPLIT.replace('"random"', '"../x"'), "split[0].name"),
        (SPLIT.replace("[1, 2]", "[1, 2, 1]") + a_system("model = 'x:y'"), "split random, seeds: 1 is there twice"),
        (SPLIT.replace("[0, 3]", "[3, 3]") + a_system("model = 'x:y'"), "split random, test_seeds: 3 is there twice"),
        (SPLIT + a_system("colour = 'red'"), "colour"),
        (SPLIT + a_system(""), "names none of a run file, a model and answers"),
        (SPLIT + a_system("model = 'x:y'\nrun = 'x.toml'"), "or more than one"),
        (SPLIT + a_system("model = 'x:y'\nanswers = ['a']"), "or more than one"),
        (SPLIT + a_system("answers = ['a', 'b']"), "holds several files"),
        (SPLIT + a_system("answers = ['a']\ntrivial = true\nzero_shot = true"), "both trivial and zero-shot"),
        (SPLIT + a_system("answers = ['a']\nsplits = ['client']", task="score"), "'client' is no split"),
        (SPLIT + a_system("answers = ['a']\nsplits = ['random']"), "only a score system has splits"),
        (SPLIT + a_system("model = 'x:y'") * 2, "is there twice"),
        (SPLIT + a_system("model = 'x:y'\nagainst = 'two'"), "'two' is no response system above it"),
        (SPLIT + a_system("model = 'x:{two}'"), "{two} is no trained response system above it"),
        (SPLIT + a_system("model = 'x:y'", task="topic"), "a topic system has a run file"),
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path, text, told):
    file = tmp_path / "s.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_systems(file)
    assert str(file) in str(refused.value)
    assert told in str(refused.value)
