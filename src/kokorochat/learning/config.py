"""Run files: one TOML file is one row of a table in the paper, or of ours beside it."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kokorochat.corpus.faults import field_fault
from kokorochat.corpus.splits.grouping import Group
from kokorochat.domain.errors import InputError
from kokorochat.tasks.lines import file_bytes

Positive = Annotated[int, msgspec.Meta(ge=1)]
Seed = Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
Strength = Annotated[float, msgspec.Meta(gt=0, le=1e12)]


class ScoreRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one run of score prediction with the ordinal model."""

    task: Literal["score"]
    """The task that is learnt."""

    model: Literal["ordinal"]
    """The kind of model: the prefix of MODEL on the command line."""

    corpus: str | None = None
    """The corpus folder, from the run file's own folder; `--corpus` goes before it."""

    seed: Seed = 0
    """Draws train and validation and starts the decomposition; `--seed` goes before it. The paper takes five."""

    test_seed: Seed = 0
    """Draws the test part, which all seeds share (paper D.2)."""

    group: Group = "none"
    """What no two parts shall share; `--group` goes before it. The paper divides at random."""

    keep_out_of_role: bool = False
    """Leave bracketed talk and the closing exchange in the input; both tell of the rating, so not by default."""

    longest_gram: Annotated[int, msgspec.Meta(ge=1, le=4)] = 2
    """Character n-grams of 1 up to so many characters are counted, separately for each role."""

    max_grams: Positive = 10_000
    """The most frequent n-grams that are kept for each role."""

    components: Positive = 150
    """Dimensions of the truncated SVD for each role; fewer where the training part is smaller than that."""

    alphas: Annotated[tuple[Strength, ...], msgspec.Meta(min_length=1)] = (30.0, 100.0, 300.0, 1000.0)
    """Strengths of the ridge penalty; the one with the smallest squared error on the validation part is kept."""


class TopicRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one run of topic prediction with the embedded classifier."""

    task: Literal["topic"]
    """The task that is learnt."""

    model: Literal["topics"]
    """The kind of model: the prefix of MODEL on the command line."""

    corpus: str | None = None
    """The corpus folder, from the run file's own folder; `--corpus` goes before it."""

    seed: Seed = 0
    """Draws train and validation and starts the solver; `--seed` goes before it."""

    test_seed: Seed = 0
    """Draws the test part, which all seeds share."""

    group: Group = "client"
    """What no two parts shall share; `--group` goes before it. Clients come back with the same matter."""

    longest_gram: Annotated[int, msgspec.Meta(ge=1, le=4)] = 2
    """Character n-grams of 1 up to so many characters are counted, separately for each role."""

    max_grams: Positive = 20_000
    """The most frequent n-grams that are kept for each role."""

    strengths: Annotated[tuple[Strength, ...], msgspec.Meta(min_length=1)] = (0.1, 0.3, 1.0, 3.0)
    """Values of C, small for a strong penalty; the one with the greatest kappa on the validation part is kept."""


Run = ScoreRun | TopicRun

_RUN_OF: dict[object, type[ScoreRun] | type[TopicRun]] = {"score": ScoreRun, "topic": TopicRun}


def load_run(path: Path) -> Run:
    """Read a run file.

    Raises:
        InputError: it can't be read as TOML, or a key is unknown, missing or of the wrong type; it names file and key.
    """
    try:
        values = tomllib.loads(file_bytes(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(
            str(path), f"not readable as TOML in UTF-8 ({fault})", "Compare it with those in runs/"
        ) from None
    task = values.get("task")
    kind = _RUN_OF.get(task) if isinstance(task, str) else None
    if kind is None:
        raise InputError(f"{path}, task", f"{task!r} is no task", f"Name one of: {', '.join(map(str, _RUN_OF))}")
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as fault:
        key, problem = field_fault(fault)
        known = f"A run file of this task has these keys: {', '.join(kind.__struct_fields__)}"
        raise InputError(f"{path}, {key}" if key else str(path), problem, known) from None
