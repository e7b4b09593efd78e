"""The systems that have a row of ours, and the splits on which scores are predicted, from a file."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from kokorochat.corpus.faults import field_fault
from kokorochat.corpus.splits.grouping import Group
from kokorochat.domain.errors import InputError
from kokorochat.learning.bounds import Seed
from kokorochat.tasks.lines import file_bytes

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""Of a folder, too."""

Seeds = Annotated[tuple[Seed, ...], msgspec.Meta(min_length=1)]


class ScoreSplit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to divide the corpus for score prediction.

    Attributes:
        group: what no two parts share.
        seeds: of train and validation; `test_seeds` of the test part. A row is the mean over all pairs of them.
        by: what intervals draw again.
    """

    name: Name
    group: Group
    seeds: Seeds
    test_seeds: Seeds
    by: Literal["dialogue", "client"]

    @property
    def runs(self) -> list[tuple[int, int]]:
        """All pairs of a seed and a test seed."""
        return [(seed, test_seed) for test_seed in self.test_seeds for seed in self.seeds]


class ResponseSplit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the corpus is divided for response generation; its test part is fixed."""

    group: Group
    seed: Seed


class System(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of ours.

    Attributes:
        english: its name in the table; `japanese` the same.
        run: a run file, from the folder of the file of systems: the system is trained on the way. Or
        model: what `answer --model` takes; {NAME} in it is the folder of the trained system of that name. Or
        answers: files of `answer` that were made apart, from the working directory, such as those of an endpoint, which
            cost money; `make` tells how. Several are the runs of one system on one split.
        splits: of a score system: the names of those on which it has a row; all without it.
        folders: what must be there for `model`, from the working directory, such as a model that is trained apart;
            `make` is the command that makes it.
        against: of a response system: the name of the one that it is compared with.
        trivial: it reads nothing; a table shows it as the floor.
        zero_shot: it learnt nothing from the corpus; a table shows it apart from ours.
    """

    name: Name
    task: Literal["response", "score", "topic"]
    english: str
    japanese: str
    run: str | None = None
    model: str | None = None
    answers: tuple[str, ...] = ()
    splits: tuple[Name, ...] = ()
    folders: tuple[str, ...] = ()
    make: str | None = None
    against: Name | None = None
    trivial: bool = False
    zero_shot: bool = False


class Systems(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    response: ResponseSplit
    split: Annotated[tuple[ScoreSplit, ...], msgspec.Meta(min_length=1)]
    system: tuple[System, ...]


def load_systems(path: Path) -> Systems:
    """Read a file of systems.

    Raises:
        InputError: it can't be read as TOML, a key is unknown, missing or of the wrong type, or the systems don't go
            together; it names file and key.
    """
    remedy = "Compare it with runs/paper/systems.toml"
    try:
        values = tomllib.loads(file_bytes(path).decode())
        systems = msgspec.convert(values, Systems)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(str(path), f"not readable as TOML in UTF-8 ({fault})", remedy) from None
    except msgspec.ValidationError as fault:
        key, problem = field_fault(fault)
        raise InputError(f"{path}, {key}" if key else str(path), problem, remedy) from None
    _check(systems, path)
    return systems


def _check(systems: Systems, path: Path) -> None:
    def refuse(name: str, problem: str, remedy: str) -> InputError:
        return InputError(f"{path}, {name}", problem, remedy)

    for what, names in (
        ("system", [system.name for system in systems.system]),
        ("split", [split.name for split in systems.split]),
    ):
        for name in names:
            if names.count(name) > 1:
                raise refuse(f"{what} {name}", "is there twice", "Give each a name of its own")
    for split in systems.split:
        for key, seeds in (("seeds", split.seeds), ("test_seeds", split.test_seeds)):
            twice = next((seed for seed in seeds if seeds.count(seed) > 1), None)
            if twice is not None:
                # A run that counts twice makes the deviation over the runs smaller than it is.
                raise refuse(f"split {split.name}, {key}", f"{twice} is there twice", "Give each seed once")
    for place, system in enumerate(systems.system):
        before = {one.name: one for one in systems.system[:place]}
        if [system.run is not None, system.model is not None, bool(system.answers)].count(True) != 1:
            problem = "names none of a run file, a model and answers, or more than one"
            raise refuse(system.name, problem, "Name one of them")
        if system.task == "response" and len(system.answers) > 1:
            raise refuse(f"{system.name}, answers", "holds several files", "Name one: the test part is fixed")
        if system.trivial and system.zero_shot:
            raise refuse(system.name, "is both trivial and zero-shot", "Choose one: what reads nothing is trivial")
        known = [split.name for split in systems.split]
        unknown = next((name for name in system.splits if name not in known), None)
        if system.splits and (system.task != "score" or unknown is not None):
            problem = f"{unknown!r} is no split" if unknown else "only a score system has splits"
            raise refuse(f"{system.name}, splits", problem, f"Name some of: {', '.join(known)}")
        if system.task == "topic" and system.run is None:
            raise refuse(system.name, "a topic system has a run file", "Name it by `run`")
        other = before.get(system.against or "")
        if system.against and (other is None or other.task != "response" or system.task != "response"):
            problem = f"{system.against!r} is no response system above it"
            raise refuse(f"{system.name}, against", problem, "Compare a response system with one that stands before it")
        for name in placeholders(system.model or ""):
            if name not in before or before[name].run is None or before[name].task != "response":
                problem = f"{{{name}}} is no trained response system above it"
                raise refuse(f"{system.name}, model", problem, "Name one that has a run file and stands before it")


def placeholders(model: str) -> list[str]:
    """The names in braces of a model's specification."""
    return [piece.partition("}")[0] for piece in model.split("{")[1:]]
