"""How adapters learn: the paper's three optimizers, the rate, and a state that can be stored and taken up again."""

import math
from collections.abc import Mapping
from typing import Any

from kokorochat.learning.finetuned.libraries import bitsandbytes, torch
from kokorochat.learning.finetuned.settings import FineTuning

_CONSTANT = ("qmap1", "qmap2")
"""What an 8-bit optimizer keeps with each weight and never changes: the values that its bytes stand for."""


class Optimizer:
    """An optimizer by its name in a run file; betas and epsilon are those that transformers has as defaults."""

    def __init__(self, weights: Mapping[str, Any], run: FineTuning) -> None:
        self._weights, self._run = dict(weights), run
        options: dict[str, Any] = {"lr": run.rate, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": run.weight_decay}
        given = list(self._weights.values())
        self._inner: Any
        if run.optimizer == "adamw_torch_fused":
            self._inner = torch.optim.AdamW(given, fused=True, **options)
        else:
            kinds = {"adamw_8bit": bitsandbytes.optim.AdamW8bit, "paged_adamw_8bit": bitsandbytes.optim.PagedAdamW8bit}
            self._inner = kinds[run.optimizer](given, **options)

    def step(self, share: float) -> float:
        """Change each weight against its gradient, and forget that; gives the gradient's length before it was cut.

        Where that is no finite number nothing is changed.

        Args:
            share: of the full rate.
        """
        [group] = self._inner.param_groups
        group["lr"] = share * self._run.rate
        clip = self._run.clip or math.inf
        length = torch.nn.utils.clip_grad_norm_(list(self._weights.values()), clip)
        if math.isfinite(length):
            self._inner.step()
        self._inner.zero_grad(set_to_none=True)
        return float(length)

    def bits(self) -> dict[str, int]:
        """How many weights keep what they remember in 8 bits, and how many in 32."""
        found = {"8": 0, "32": 0}
        for weight in self._weights.values():
            state = self._inner.state.get(weight, {})
            eight = any(value.dtype == torch.uint8 for value in state.values() if torch.is_tensor(value))
            found["8" if eight else "32"] += weight.numel()
        return found

    def state(self) -> dict[str, Any]:
        """All that the next step depends on besides the weights, by name."""
        found = {}
        for name, weight in self._weights.items():
            for key, value in self._inner.state.get(weight, {}).items():
                if key not in _CONSTANT:
                    found[f"{name}.{key}"] = value if torch.is_tensor(value) else torch.tensor(value)
        return found

    def take_up(self, state: Mapping[str, Any]) -> None:
        """Go on from a stored state.

        Raises:
            KeyError: a part of it isn't there.
            RuntimeError: a part of it is of another shape.
        """
        if not state:
            return
        [group] = self._inner.param_groups
        for number, (name, weight) in enumerate(self._weights.items()):
            if self._run.optimizer == "adamw_torch_fused":
                self._inner.state[weight] = {
                    key: state[f"{name}.{key}"].to(weight.device) for key in ("step", "exp_avg", "exp_avg_sq")
                }
                continue
            # The library makes the places itself: those of a paged optimizer are in a memory of their own.
            self._inner.init_state(group, weight, 0, number)
            places = self._inner.state[weight]
            for key, place in places.items():
                if key in _CONSTANT:
                    continue
                stored = state[f"{name}.{key}"]
                if torch.is_tensor(place):
                    place.copy_(stored)
                else:
                    places[key] = int(stored)


def rate_share(step: int, steps: int, run: FineTuning) -> float:
    """The share of the full rate in a step, counted from 0: it rises over the warm-up and then falls to nothing."""
    rising = (step + 1) / max(run.warmup, 1)
    if rising < 1 or run.schedule == "constant":
        return min(1.0, rising)
    left = (steps - step) / max(steps - run.warmup, 1)
    if run.schedule == "cosine":
        return 0.5 * (1 - math.cos(math.pi * min(1.0, left)))
    return min(1.0, left)
