"""Run files: one TOML file is one row of a table in the paper, or of ours beside it."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec

from kokorochat.corpus.faults import field_fault
from kokorochat.corpus.splits.grouping import Group
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.learning.bounds import Positive, Seed, Share, Strength, Weight
from kokorochat.learning.finetuned.settings import BASE, PLAIN, ResponseFineTuning, ScoreFineTuning
from kokorochat.learning.response_config import CombinedRun, RetrievalRun, SmallRun
from kokorochat.tasks.lines import file_bytes

Named = TypeVar("Named")


class TextBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one role says in one stretch of the talk, read as one bag of n-grams."""

    role: Role
    """Who says it."""

    last: Share = 1.0
    """The stretch: the last part of the utterances, 1 for the whole talk."""

    weight: Strength = 1.0
    """How much it counts beside the other blocks and `dynamics`."""


class ScoreRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one run of score prediction with the ordinal model."""

    task: Literal["score"]
    """The task that is learnt."""

    model: Literal["ordinal"]
    """The kind of model: the prefix of MODEL on the command line."""

    corpus: str | None = None
    """The corpus folder, from the run file's own folder; `--corpus` goes before it."""

    seed: Seed = 0
    """Draws train and validation; `--seed` goes before it. The paper takes five. Nothing else is drawn."""

    test_seed: Seed = 0
    """Draws the test part, which all seeds share (paper D.2)."""

    group: Group = "none"
    """What no two parts shall share; `--group` goes before it. The paper divides at random."""

    keep_out_of_role: bool = False
    """Leave bracketed talk and the closing exchange in the input; both tell of the rating, so not by default."""

    knows_rater: bool = False
    """Tell the model who rates, in training and in answering. That is another task, and every signature says so."""

    longest_gram: Annotated[int, msgspec.Meta(ge=1, le=4)] = 4
    """Character n-grams of 1 up to so many characters are counted, separately for each block."""

    rarest: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.002
    """The share of the training dialogues in which an n-gram must stand, and never fewer than two of them."""

    texts: tuple[TextBlock, ...] = (
        TextBlock(Role.CLIENT, 1.0, 1.5),
        TextBlock(Role.CLIENT, 0.25, 1.0),
        TextBlock(Role.CLIENT, 0.125, 1.0),
        TextBlock(Role.COUNSELOR, 1.0, 1.0),
        TextBlock(Role.COUNSELOR, 0.25, 0.5),
    )
    """What is read of the words."""

    dynamics: Weight = 0.4
    """How much the course of the talk counts: lengths, times and marks; 0 leaves it out."""

    rater_effect: Weight = 0.4
    """The variance of a rater's own level. It is told apart from what the talk does where parts share no client, or
    where the model knows the rater; elsewhere no id is used."""

    alphas: Annotated[tuple[Strength, ...], msgspec.Meta(min_length=1)] = (4.0, 7.0, 12.0)
    """Strengths of the ridge penalty; that with the smallest squared error on training dialogues left out is kept."""


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


Run = ScoreRun | TopicRun | RetrievalRun | SmallRun | CombinedRun | ResponseFineTuning | ScoreFineTuning

_RUN_OF: dict[str, dict[str, type[Run]]] = {
    "score": {"ordinal": ScoreRun, "finetuned": ScoreFineTuning},
    "topic": {"topics": TopicRun},
    "response": {
        "retrieval": RetrievalRun,
        "small": SmallRun,
        "combined": CombinedRun,
        "finetuned": ResponseFineTuning,
    },
}


def load_run(path: Path) -> Run:
    """Read a run file.

    Raises:
        InputError: it can't be read as TOML, or a key is unknown, missing or of the wrong type; it names file and key.
    """
    return run_of(with_places(read_settings(path), path.parent), str(path))


def with_places(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The same values, in which files and folders of fine-tuning that are named from a folder stand by their full path.

    So they are found from anywhere: by a model that is stored, by the cell of a sweep. What is no folder there stays:
    it is a name in the local cache of models.
    """
    if values.get("model") != "finetuned":
        return values
    found, base, template = dict(values), values.get("base"), values.get("template")
    if isinstance(base, str) and os.path.isdir(folder / base):
        found["base"] = os.path.abspath(folder / base)
    if isinstance(template, str) and template not in (BASE, PLAIN):
        found["template"] = os.path.abspath(folder / template)
    return found


def read_settings(path: Path) -> dict[str, Any]:
    """The values of a TOML file, as they are written there.

    Raises:
        InputError: it can't be read as TOML.
    """
    try:
        return tomllib.loads(file_bytes(path).decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(
            str(path), f"not readable as TOML in UTF-8 ({fault})", "Compare it with those in runs/"
        ) from None


def run_of(values: dict[str, Any], place: str) -> Run:
    """The run that a run file's values say.

    Args:
        place: where they stand, for messages.

    Raises:
        InputError: a key is unknown, missing or of the wrong type; it names place and key.
    """
    kinds = _named(values, "task", _RUN_OF, place)
    kind = _named(values, "model", kinds, place)
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as fault:
        key, problem = field_fault(fault)
        raise InputError(f"{place}, {key}" if key else place, problem, _remedy(kind, key)) from None


def _remedy(kind: type[Run], key: str) -> str:
    """What a run file may say at a key that says something else, or which keys there are."""
    shape = cast("msgspec.inspect.StructType", msgspec.inspect.type_info(kind))
    types = {field.encode_name: field.type for field in shape.fields}
    type_there = types.get(key)
    if isinstance(type_there, msgspec.inspect.LiteralType):
        return f"Name one of: {', '.join(map(str, type_there.values))}"
    if type_there is not None or {".", "["} & set(key):
        return "Compare it with those in runs/"
    return f"A run file of this task has these keys: {', '.join(types)}"


def with_test_seed(run: Run, test_seed: int) -> Run:
    """The same run with another test part.

    Raises:
        InputError: the task's test part isn't drawn.
    """
    if "test_seed" not in run.__struct_fields__:
        problem = f"the test part of the {run.task} task isn't drawn"
        raise InputError("--test-seed", problem, "Leave it out")
    return msgspec.structs.replace(run, test_seed=test_seed)


def with_part(run: Run, part: str) -> Run:
    """The same run on another part of the corpus.

    Raises:
        InputError: the task has no such parts, or the model can't learn from that one.
    """
    if "part" not in run.__struct_fields__:
        raise InputError("--part", f"the {run.task} task learns from its training part", "Leave it out")
    try:
        return msgspec.convert(msgspec.to_builtins(run) | {"part": part}, type(run))
    except msgspec.ValidationError:
        remedy = "Name low, high or full; all sessions are for retrieval and combined"
        raise InputError("--part", f"a {run.model} model can't learn from {part!r}", remedy) from None


def _named(values: dict[str, Any], key: str, known: dict[str, Named], place: str) -> Named:
    """What the run file's value of a key stands for."""
    value = values.get(key)
    found = known.get(value) if isinstance(value, str) else None
    if found is None:
        raise InputError(f"{place}, {key}", f"{value!r} is no {key}", f"Name one of: {', '.join(known)}")
    return found
