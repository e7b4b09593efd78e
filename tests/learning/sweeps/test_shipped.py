"""The paper's two grids: 45 cells each, with the paper's choice among them (Appendix D); and a small one."""

from pathlib import Path

import pytest

from kokorochat.learning.config import load_run
from kokorochat.learning.sweeps.settings import load_sweep

RUNS = Path(__file__).parents[3] / "runs"


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("sweep-response", {"optimizer": "adamw_8bit", "warmup": 100, "rate": 1e-3}),
        ("sweep-score", {"optimizer": "adamw_torch_fused", "warmup": 100, "rate": 2e-4}),
    ],
)
def test_a_grid_of_the_paper_has_45_cells_and_the_papers_choice_is_one(name, chosen):
    sweep = load_sweep(RUNS / f"{name}.toml")
    assert len(sweep.cells) == 45
    assert sum(dict(cell.settings) == chosen for cell in sweep.cells) == 1


def test_a_small_grid_needs_neither_a_gpu_nor_a_download():
    sweep = load_sweep(RUNS / "sweep-tiny.toml")
    assert len(sweep.cells) == 4
    assert load_run(RUNS / sweep.file.run).device == "cpu"
