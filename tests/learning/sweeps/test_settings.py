"""A sweep file: what it holds is a grid of runs, or a message that names file and key."""

import tomllib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kokorochat.domain.errors import InputError
from kokorochat.learning.config import load_run
from kokorochat.learning.sweeps.cells import run_text
from kokorochat.learning.sweeps.settings import load_sweep
from sweeps import write_sweep


def test_every_value_meets_every_other_under_every_seed(tmp_path):
    sweep = load_sweep(write_sweep(tmp_path, "longest_gram = [1, 2]\nrarest = [0.1, 0.2, 0.3]", "seeds = [0, 7]"))
    assert len(sweep.cells) == 2 * 3 * 2
    assert sweep.cells[1].name == "longest_gram=1,rarest=0.2,seed=0"
    assert len({cell.name for cell in sweep.cells}) == 12
    assert {cell.seed for cell in sweep.cells} == {0, 7}


def test_a_cells_run_file_is_the_base_with_the_cells_values(tmp_path):
    sweep = load_sweep(write_sweep(tmp_path, "dynamics = [0.0, 0.5]"))
    (tmp_path / "cell.toml").write_text(sweep.cells[1].text)
    assert load_run(tmp_path / "cell.toml") == msgspec.structs.replace(load_run(tmp_path / "base.toml"), dynamics=0.5)


def test_values_may_be_lists_of_tables_and_names_stay_fit_for_a_folder(tmp_path):
    sweep = load_sweep(write_sweep(tmp_path, 'texts = [[], [{ role = "client" }], [{ role = "counselor" }]]'))
    names = [cell.name for cell in sweep.cells]
    assert len(set(names)) == 3
    assert not any(set(name) & set('/{}[]" ') for name in names)


def test_a_cells_base_is_found_from_the_run_files_own_folder(tmp_path):
    sweep = write_sweep(
        tmp_path / "sweep", 'rate = [1e-3, 2e-3]\nbase = ["llama", "some/llama"]', "run = '../base.toml'"
    )
    (tmp_path / "llama").mkdir()
    values = 'task = "response"\nmodel = "finetuned"\nbase = "llama"\nbatch = 1\nepochs = 1\nvalidate_every = 0\n'
    (tmp_path / "base.toml").write_text(f"{values}rate = 1.0\n")
    cells = load_sweep(sweep).cells
    assert cells[0].name == "rate=0.001,base=llama,seed=0"
    (tmp_path / "cell.toml").write_text(cells[0].run_file)
    assert tomllib.loads(cells[0].run_file)["base"] == load_run(tmp_path / "cell.toml").base == str(tmp_path / "llama")
    assert tomllib.loads(cells[1].run_file)["base"] == "some/llama"


def test_a_sweep_is_the_same_one_wherever_its_base_and_template_lie(tmp_path):
    values = 'task = "response"\nmodel = "finetuned"\nbase = "llama"\ntemplate = "chat.jinja"\n'
    values += "batch = 1\nepochs = 1\nvalidate_every = 0\nrate = 1.0\n"
    found = []
    for place in (tmp_path / "here", tmp_path / "there"):
        file = write_sweep(place, "rate = [1e-3, 2e-3]")
        (place / "llama").mkdir()
        (place / "chat.jinja").touch()
        (place / "base.toml").write_text(values)
        found.append(load_sweep(file))
    assert found[0].definition("corpus") == found[1].definition("corpus")
    assert tomllib.loads(found[1].cells[0].run_file)["template"] == str(tmp_path / "there" / "chat.jinja")


values = st.recursive(
    st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab ä\"'", max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc_", min_size=1), values, max_size=4))
def test_a_run_file_says_what_it_was_made_of(settings):
    assert tomllib.loads(run_text(settings)) == settings


@pytest.mark.parametrize(
    ("grid", "more", "said"),
    [
        ("longest_grams = [1]", "", "grid.longest_grams: is no setting of"),
        ("longest_gram = []", "", "grid.longest_gram: has no values"),
        ("", "", "grid: Expected `object` of length >= 1"),
        ("longest_gram = 1", "", "grid.*Expected `array`"),
        ("longest_gram = [1, 9]", "", "cell longest_gram=9,seed=0, longest_gram: Expected `int` <= 4"),
        ("longest_gram = [1, 1]", "", "are the same run"),
        ("dynamics = [1, 1.0]", "", "are the same run"),
        ("longest_gram = [1, 2]", "seeds = [3, 3]", "are the same run"),
        ("seed = [1, 2]", "", "grid.seed: can't be swept: seeds stand in `seeds`"),
        ("model = ['ordinal']", "", "grid.model: can't be swept"),
        ("longest_gram = [1]", "seeds = []", "seeds: Expected `array` of length >= 1"),
        ("longest_gram = [1]", "seeds = [-1]", "seeds"),
        ("longest_gram = [1]", "better = 'lower'", "better: .*'lower' is none of the values that are known here"),
        ("longest_gram = [1]", "metric = 'acc'", "metric: 'acc' is no path in metrics.json or run.json"),
        ("longest_gram = [1]", "metric = 'run.'", "metric: 'run.' is no path"),
        ("longest_gram = [1]", "metrics = 'run.seconds'", "metrics: is not a field that is known here"),
        ("longest_gram = [1]", "run = 'gone.toml'", r"gone\.toml: can't be read"),
        ("longest_gram = [1", "", "not readable as TOML"),
        (f"rarest = {[n / 20_000 for n in range(10_001)]}", "", "has 10,001 cells"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, grid, more, said):
    with pytest.raises(InputError, match=said):
        load_sweep(write_sweep(tmp_path, grid, more))


def test_a_wrong_run_file_is_named_itself(tmp_path):
    file = write_sweep(tmp_path)
    (tmp_path / "base.toml").write_text('task = "score"\nmodel = "ordinal"\nalpha = 1\n')
    with pytest.raises(InputError, match=r"base\.toml, alpha"):
        load_sweep(file)
