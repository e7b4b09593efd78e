"""`combined:DIR`: of the replies that retrieval finds, the one that the neighbours and a foresight agree on best.

With `+small:DIR` behind it, replies that a small language model draws join the pool, and may be said.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kokorochat.domain.errors import InputError
from kokorochat.learning.combined.foresight import BAGS, STAGES, Foresight, Words
from kokorochat.learning.response_config import CombinedRun, RetrievalRun
from kokorochat.learning.retrieval.index import KINDS
from kokorochat.learning.retrieval.responder import RetrievalResponder
from kokorochat.learning.retrieval.storing import StoredIndex, read_index
from kokorochat.learning.stored import ARRAYS, REMEDY, Description, StoredModel, read_model, save_model
from kokorochat.tasks.lines import digest

if TYPE_CHECKING:
    from kokorochat.learning.small.responder import SmallResponder

FORMAT, FORMAT_VERSION = "kokorochat-foresight", 2
INDEX, FORESIGHT = "index", "foresight"
"""The folders of the two parts, inside `model`."""


class ForesightDescription(Description, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands beside the arrays: how large they are.

    Attributes:
        run: the settings under which the foresight was learnt and counts.
        index: the fingerprint of the index by whose numbers it knows words.
        read: words that are read.
        singles: words that are foreseen.
        pairs: pairs of words that are foreseen.
    """

    run: CombinedRun
    index: str = ""
    read: int
    singles: int
    pairs: int


class CombinedResponder(RetrievalResponder):
    """Answers by retrieval and a foresight; nothing is drawn, so equal histories get equal answers."""

    def __init__(
        self,
        name: str,
        stored: StoredIndex,
        foresight: StoredModel[ForesightDescription],
        small: "SmallResponder | None" = None,
    ) -> None:
        super().__init__(name, stored)
        self.fingerprint = digest(f"{stored.fingerprint} {foresight.fingerprint}".encode())
        combined = foresight.told.run
        self.decoding += f" and foreseen words (weight {combined.foresight}, commonness {combined.commonness})"
        self._weight, self._commonness = combined.foresight, combined.commonness
        self._foresight = Foresight(_arrays(foresight))
        self._small, self._drawn_weight = small, combined.drawn_weight
        if small is not None:
            self.fingerprint = digest(f"{self.fingerprint} {small.fingerprint}".encode())
            self.decoding += (
                f" and {small.run.drawn} replies of a small language model (weight {combined.drawn_weight})"
            )

    def drawn(self, turns: Sequence[tuple[bool, str]]) -> tuple[Sequence[str], float]:
        """What the small language model draws, if there is one."""
        return (self._small.replies(turns), self._drawn_weight) if self._small else super().drawn(turns)

    def besides(self, turns: Sequence[tuple[bool, Words]], replies: Sequence[Words]) -> NDArray[np.float64]:
        """What the foresight says of replies."""
        return self._weight * self._foresight.worth(turns, replies, self._commonness)


def save_foresight(folder: Path, run: CombinedRun, index: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Store what was learnt.

    Args:
        index: the fingerprint of the index on which it was learnt.
    """
    description = ForesightDescription(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        run=run,
        index=index,
        read=len(arrays["read"]),
        singles=len(arrays["foreseen_words"]),
        pairs=len(arrays["foreseen_pairs"]),
    )
    save_model(folder, description, arrays)


def load_combined(folder: Path, small: Path | None = None) -> CombinedResponder:
    """The responder that `train` wrote to a folder.

    Args:
        small: the folder of a small language model whose replies join the pool.

    Raises:
        InputError: none is there, or it is damaged, or its tokenizer is not installed; or the small one is for another
            role or was made of another part of the corpus.
    """
    place = folder / "model"
    foresight = read_model(place / FORESIGHT, ForesightDescription, "a foresight")
    foresight.check({"format": FORMAT, "format_version": FORMAT_VERSION})
    index, name = read_index(place / INDEX, KINDS), f"combined:{folder}"
    if index.fingerprint != foresight.told.index or index.told.run != index_run(foresight.told.run):
        raise InputError(str(place / INDEX), "is not the index that the foresight was learnt on", REMEDY)
    _check_numbers(foresight, len(index.told.words))
    if small is None:
        return CombinedResponder(name, index, foresight)
    # torch takes seconds to import, and is no part of an installation that does without it.
    from kokorochat.learning.small.responder import load_small

    model = load_small(small)
    # A small language model always says what a counselor says.
    mine_and_its = {"role": (foresight.told.run.role, "counselor")} | {
        key: (getattr(foresight.told.run, key), getattr(model.run, key))
        for key in ("part", "joiner", "keep_out_of_role")
    }
    for key, (mine, other) in mine_and_its.items():
        if mine != other:
            raise InputError(f"{model.name}: {key}", f"is {other!r}, and that of {name} is {mine!r}", "Train one anew")
    return CombinedResponder(f"{name}+{model.name}", index, foresight, model)


def index_run(run: CombinedRun) -> RetrievalRun:
    """The settings of the index alone."""
    shared = {name: getattr(run, name) for name in RetrievalRun.__struct_fields__ if name != "model"}
    return RetrievalRun(model="retrieval", **shared)


def _check_numbers(stored: StoredModel[ForesightDescription], words: int) -> None:
    """See that the foresight is of words that the index has; one more stands for all that it doesn't have."""
    for name in ("read", "foreseen_words", "foreseen_pairs"):
        numbers = stored.arrays.get(name)
        if numbers is not None and numbers.size and not 0 <= numbers.min() <= numbers.max() <= words:
            raise InputError(f"{stored.place / ARRAYS}, {name}", "holds words that the index doesn't have", REMEDY)


def _arrays(stored: StoredModel[ForesightDescription]) -> dict[str, NDArray[Any]]:
    """The arrays, each of the shape that is due.

    Raises:
        InputError: one is missing or of another shape.
    """
    told, width, hidden = stored.told, stored.told.run.width, stored.told.run.hidden
    foreseen = told.singles + told.pairs
    shapes = {
        "vectors": (BAGS, told.read, width),
        "stages": (STAGES, width),
        "first": ((BAGS + 1) * width, hidden),
        "first_bias": (hidden,),
        "second": (hidden, hidden),
        "second_bias": (hidden,),
        "last": (hidden, foreseen),
        "last_bias": (foreseen,),
        "usual": (foreseen,),
    }
    numbers = {"read": (told.read,), "foreseen_words": (told.singles,), "foreseen_pairs": (told.pairs, 2)}
    return {name: stored.take(name, shape, "float32") for name, shape in shapes.items()} | {
        name: stored.take(name, shape, "int32") for name, shape in numbers.items()
    }
