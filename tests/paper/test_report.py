"""All tables of a plan that was carried out, whatever runs its rows are of."""

from pathlib import Path

from kokorochat.paper.plan import ANALYSIS, Plan, Row
from kokorochat.paper.report import report
from kokorochat.paper.systems import load_systems
from systems_files import SPLIT, a_system, scored


class Made:
    """A workshop in which every step is done."""

    def __init__(self, measured):
        self.measured, self.faults = measured, {}

    def document(self, step):
        if step == ANALYSIS:
            return {"statistics": {"dialogues": 16}}
        return self.measured[step]


def reported(tmp_path, seeds, measured):
    """The tables of one score system by number, of runs under these seeds."""
    file = Path(tmp_path / "s.toml")
    file.write_text(SPLIT + a_system("model = 'x'", task="score"), encoding="utf-8")
    systems = load_systems(file)
    row = Row(systems.system[0], systems.split[0], "evaluate", seeds=seeds)
    told = report(Plan(systems, rows=[row]), Made({"evaluate": measured}), "a test")
    return {table.number: [one for one in table.rows if one.origin == "ours"] for table in told.tables}


def test_each_run_stands_under_its_own_seed_however_few_there_are(tmp_path):
    tables = reported(tmp_path, ((2, 0),), scored(0.7))
    assert [row.english for row in tables["6"]] == ["One, seed 2"]
    assert [(row.runs, row.only_seed) for row in tables["5"]] == [(1, 2)]


def test_a_model_that_no_seed_has_drawn_has_no_row_for_any(tmp_path):
    tables = reported(tmp_path, (), scored(0.7, runs=[scored(0.6), scored(0.8)]))
    assert [len(tables[number]) for number in ("5", "6", "8 mae")] == [1, 0, 1]
    assert tables["5"][0].only_seed is None
