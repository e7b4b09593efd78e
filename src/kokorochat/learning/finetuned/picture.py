"""The course of the loss as a picture."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np


def loss_picture(rows: Sequence[dict[str, Any]], kept: int) -> bytes:
    """The loss of each step, a smoothed line through them, and the looks at the validation part, as SVG.

    Args:
        rows: of the journal.
        kept: the step whose adapters are kept.
    """
    from matplotlib.figure import Figure

    train = [(row["step"], row["loss"]) for row in rows if row["kind"] == "train"]
    looks = [(row["step"], row["loss"]) for row in rows if row["kind"] == "validation"]
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    steps, losses = np.array(train, dtype=float).T
    axes.plot(steps, losses, color="#9aa5b1", linewidth=0.8, label="training, each step")
    axes.plot(steps, _smoothed(losses), color="#3e4c59", linewidth=1.6, label="training, smoothed")
    if looks:
        axes.plot(*zip(*looks, strict=True), color="#0b7285", marker="o", markersize=4, label="validation")
    axes.axvline(kept, color="#0b7285", linewidth=0.8, linestyle=":", label=f"kept: step {kept:,}")
    axes.set_xlabel("step")
    axes.set_ylabel("nats a token or reply, as weighted")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e4e7eb", linewidth=0.6)
    axes.legend(frameon=False, fontsize=9)
    drawn = io.BytesIO()
    # Without a date, so that the same run draws the same bytes.
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def _smoothed(values: Any) -> Any:
    """The running mean with a memory of a twentieth of the course."""
    share = 1 / max(1.0, len(values) / 20)
    found, mean = [], values[0]
    for value in values:
        mean += share * (value - mean)
        found.append(mean)
    return found
