"""Files of systems for tests of the paper's tables, and what is measured of them."""

from pathlib import Path

from kokorochat.domain.feedback import ITEM_KEYS

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


def scored(mae, **more):
    """What `evaluate score` gives, all items alike."""
    one = {"mean": mae, "sd_items": 0.1, "sd_runs": 0.02}
    return {
        **{"n": 10, "acc": one, "acc_soft": one, "qwk": {"mean": 0.3}, "spearman_total": {"rho": 0.6}},
        **{"mae": {**one, "n": 200}, "unparsable": 0, "missing": 0},
        "items": {key: {"acc": mae, "acc_soft": mae, "mae": mae} for key in ITEM_KEYS},
        "interval": {
            **{name: [mae - 1, mae + 1] for name in ("acc", "acc_soft", "mae")},
            "items": {key: {name: [mae - 2, mae + 2] for name in ("acc", "acc_soft", "mae")} for key in ITEM_KEYS},
            "by": "client",
            "clusters": 7,
        },
        "signature": f"score|{mae}",
        **more,
    }
