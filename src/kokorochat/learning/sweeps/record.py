"""Optuna's record of a sweep: a study of its grid with a trial for each cell that ended, which its tools can read."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kokorochat.learning.sweeps.cells import Cell, label
from kokorochat.learning.sweeps.ledger import Ledger, Standing, settled
from kokorochat.learning.sweeps.metric import value_at
from kokorochat.learning.sweeps.settings import Sweep

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

TENFOLD = 10
"""Positive numbers that lie as far apart have a logarithmic scale."""


def study_name(sweep: Sweep) -> str:
    """The study's name; another metric of the same cells is another study."""
    return f"{sweep.name} by {sweep.file.metric}, {sweep.file.better} is better"


def record(sweep: Sweep, ledger: Ledger, standings: Sequence[Standing]) -> int:
    """Add the trials that are missing; how many these were.

    What it holds follows from the ledger. So a worker may be killed at any moment: the next one adds what it could not.

    Raises:
        Unreachable: the storage can't be reached.
    """
    import optuna
    from optuna.trial import TrialState, create_trial

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    better, added = sweep.file.better, 0
    ended = {one.cell: one for one in settled(standings)}
    with ledger.recording() as storage:
        study = optuna.create_study(
            storage=storage,
            study_name=study_name(sweep),
            direction="minimize" if better == "less" else "maximize",
            load_if_exists=True,
        )
        known = {(trial.user_attrs.get("cell"), trial.user_attrs.get("attempt")) for trial in study.get_trials()}
        grid = _as_optuna_lists_it(sweep)
        for cell in sweep.cells:
            one = ended.get(cell.name)
            if one is None or (cell.name, one.attempts) in known:
                continue
            value = value_at(one.documents, sweep.file.metric, better) if one.documents else None
            told = {"attempt": one.attempts, "worker": one.worker, "seconds": one.seconds, "reason": one.reason}
            model = grid[_place(cell)]
            study.add_trial(
                create_trial(
                    state=TrialState.FAIL if value is None else TrialState.COMPLETE,
                    value=value,
                    params=model.params,
                    distributions=model.distributions,
                    user_attrs={"cell": cell.name, **{key: it for key, it in told.items() if it is not None}},
                    system_attrs=model.system_attrs,
                )
            )
            added += 1
    return added


def space(sweep: Sweep) -> dict[str, list[Any]]:
    """The grid as Optuna takes it: scalars, and of what is none its text."""
    return {**{key: [_scalar(value) for value in values] for key, values in sweep.file.grid.items()}} | {
        "seed": list(sweep.file.seeds)
    }


def _as_optuna_lists_it(sweep: Sweep) -> "dict[tuple[tuple[str, Any], ...], FrozenTrial]":
    """A trial for each cell as GridSampler itself makes it, so that a GridSampler knows what has been visited."""
    import optuna

    grid = space(sweep)
    distributions = {key: _distribution(values) for key, values in grid.items()}
    study = optuna.create_study(sampler=optuna.samplers.GridSampler(grid))
    for _ in sweep.cells:
        study.ask(distributions)
    return {tuple(sorted(trial.params.items())): trial for trial in study.get_trials()}


def _place(cell: Cell) -> tuple[tuple[str, Any], ...]:
    values = {key: _scalar(value) for key, value in cell.settings.items()} | {"seed": cell.seed}
    return tuple(sorted(values.items()))


def _scalar(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else label(value)


def _distribution(values: Sequence[Any]) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    whole = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) < len(values) or len(set(numbers)) < 2:
        return CategoricalDistribution(list(values))
    if len(whole) == len(values):
        return IntDistribution(min(whole), max(whole), log=is_logarithmic(whole))
    return FloatDistribution(min(numbers), max(numbers), log=is_logarithmic(numbers))


def is_logarithmic(numbers: Sequence[float]) -> bool:
    """Whether numbers are better shown by their ratios than by their differences."""
    return min(numbers) > 0 and max(numbers) >= TENFOLD * min(numbers)
