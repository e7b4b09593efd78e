"""The paper's two searches to their ends, in small: the shipped metrics stand where fine-tuned runs leave them."""

import json
import re
from pathlib import Path

import pytest

from factories import short_demo
from kokorochat.learning.sweeps.settings import load_sweep
from parts import need_qlora

need_qlora()

RUNS = Path(__file__).parents[3] / "runs"
SMALLER = {
    "base": "{ width = 64, layers = 1, heads = 4, vocabulary = 400 }",
    "most_steps": "2",
    "validate_every": "1",
    "validation_most": "1",
    "validation_dialogues": "0",
    "warmup": "1",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sweep", "run", "figure"),
    [("sweep-response", "tiny-cpu", "loss"), ("sweep-score", "tiny-cpu-score", "accuracy")],
)
def test_a_search_ends_with_the_cell_whose_best_look_is_the_best(sweep, run, figure, shell, tmp_path):
    shipped = load_sweep(RUNS / f"{sweep}.toml").file
    text = (RUNS / f"{run}.toml").read_text(encoding="utf-8")
    for key, value in SMALLER.items():
        text = re.sub(rf"(?m)^{key} = .*$", f"{key} = {value}", text)
    (tmp_path / "run.toml").write_text(text)
    file = tmp_path / "search.toml"
    rates = sorted(shipped.grid["rate"])
    file.write_text(
        f'run = "run.toml"\nmetric = "{shipped.metric}"\nbetter = "{shipped.better}"\n[grid]\n'
        f"rate = [{rates[0]}, {rates[-1]}]\n"
    )
    corpus = short_demo(tmp_path / "corpus", best={"5": 100, "14": 100})
    code, found, said = shell("sweep", file, "--corpus", corpus, "--out", tmp_path / "out")
    assert (code, found["counts"]["done"], found["counts"]["failed"]) == (0, 2, 0), said
    means = {}
    for row in found["rows"]:
        [cell] = row["cells"]
        told = json.loads((tmp_path / "out" / "cells" / cell / "trained" / "run.json").read_text())
        looks = [look[figure] for look in told["validation"]]
        assert len(looks) == 2
        assert row["mean"] == (min(looks) if shipped.better == "less" else max(looks))
        means[cell] = row["mean"]
    [best] = found["best"]["cells"]
    assert means[best] == (min(means.values()) if shipped.better == "less" else max(means.values()))
