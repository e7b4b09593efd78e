"""The paper's split for score prediction (§5.2, D.2), and the same by groups."""

from collections.abc import Sequence
from random import Random

from kokorochat.corpus.splits.dividing import Divider
from kokorochat.corpus.splits.outline import Outline, check_ids
from kokorochat.corpus.splits.split import Split, make_split
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted

FEWEST = 10
"""Dialogues with a score: fewer have no tenth."""

WORDS = "test: a tenth, drawn by test_seed alone; validation: as many of the others, drawn by seed; train: what is left"
"""The rule for whoever reads `split.json`."""

NO_SCORE, BETWEEN = "has no score", "its two people are in different parts"
"""Reasons for which a dialogue is in no part."""


def score_split(
    outlines: Sequence[Outline], seed: int, test_seed: int = 0, group: str = "none", threshold: float | None = None
) -> Split:
    """Train, validation and test as 8 : 1 : 1 at random; the test part depends on `test_seed` alone.

    So the paper's five seeds share one test set. Both small parts are floor(n / 10) dialogues (6,589 → 658, the size
    that the paper's Table 8 implies), or as near to that as whole groups allow. By "person" the dialogues between
    people of different parts are dropped, few of them (see `people`), and the parts are near 8 : 1 : 1 of what is kept.
    Dialogues without a score are dropped.

    Args:
        outlines: of the whole corpus, in its order: the split depends on it.
        group: one of `grouping.GROUPS`; no group is in two parts.
        threshold: for "duplicates", see `near_duplicates`; None for its default.

    Raises:
        InputError: the corpus has too few dialogues with a score, or too few groups, or lacks the people.
    """
    check_ids(outlines)
    unrated = [position for position, one in enumerate(outlines) if one.score is None]
    rated = [position for position, one in enumerate(outlines) if one.score is not None]
    if not rated:
        remedy = "Name a corpus whose clients rated their sessions"
        raise InputError("score split", "no dialogue of the corpus has a score", remedy)
    if len(rated) < FEWEST:
        problem = f"{counted(len(rated), 'dialogue')}: too few for 8 : 1 : 1"
        raise InputError("score split", problem, "Give ten or more that have a score")
    divider = Divider(outlines, group, threshold)
    parts, between = tenths(divider, rated, seed, test_seed, "score split")
    return make_split("score", "8:1:1", WORDS, divider, seed, test_seed, parts, {NO_SCORE: unrated, BETWEEN: between})


def tenths(
    divider: Divider, positions: Sequence[int], seed: int, test_seed: int, what: str
) -> tuple[dict[str, list[int]], list[int]]:
    """Train, validation and test as 8 : 1 : 1 of some dialogues, and those that are lost between people.

    Args:
        positions: of the dialogues, in ascending order; ten or more.
        what: the split's name, for the message.

    Raises:
        InputError: a part is empty.
    """
    tenth = len(positions) // 10
    test, rest, border = divider.divide(positions, tenth, Random(f"test {test_seed}"))
    # Of what the line between people has left, a ninth may be less than a tenth of all.
    wanted = max(1, min(tenth, len(rest) // 9))
    validation, train, inner_border = divider.divide(rest, wanted, Random(f"validation {seed}"))
    parts = {"train": train, "validation": validation, "test": test}
    for name, part in parts.items():
        if not part:
            problem = f"nothing is left for {name}: too few groups, or one that holds nearly everything"
            remedy = "Name another group, or a higher --threshold for near-duplicates"
            raise InputError(f"{what} by {divider.group}", problem, remedy)
    return parts, sorted([*border, *inner_border])
