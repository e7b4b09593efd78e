"""Files of systems for tests of the paper's tables."""

from pathlib import Path

SHIPPED = Path(__file__).parents[1] / "runs" / "paper" / "systems.toml"

SPLIT = """
[response]
group = "none"
seed = 0
[[split]]
name = "random"
group = "none"
seeds = [1, 2]
test_seeds = [0, 3]
by = "dialogue"
"""


def a_system(more, name="one", task="response"):
    return f"[[system]]\nname = '{name}'\ntask = '{task}'\nenglish = 'One'\njapanese = '一'\n{more}\n"
