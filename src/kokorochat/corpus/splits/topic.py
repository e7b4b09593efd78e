"""The split for learning topics: that of scores, for whatever has a topic."""

from collections.abc import Collection, Sequence

from kokorochat.corpus.splits.dividing import Divider
from kokorochat.corpus.splits.outline import Outline, check_ids
from kokorochat.corpus.splits.score import BETWEEN, FEWEST, WORDS, tenths
from kokorochat.corpus.splits.split import Split, make_split
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted

NO_TOPIC = "has no topic"


def topic_split(
    outlines: Sequence[Outline], labelled: Collection[str], seed: int, test_seed: int = 0, group: str = "client"
) -> Split:
    """Train, validation and test as 8 : 1 : 1, or as near to that as whole groups allow.

    The test part depends on `test_seed` alone.

    Args:
        outlines: of the whole corpus, in its order: the split depends on it.
        labelled: ids of the dialogues that have a topic; the others are dropped.
        group: one of `grouping.GROUPS`; no group is in two parts.

    Raises:
        InputError: too few dialogues have a topic, or there are too few groups, or the corpus lacks the people.
    """
    check_ids(outlines)
    there = [position for position, one in enumerate(outlines) if one.id in labelled]
    others = [position for position, one in enumerate(outlines) if one.id not in labelled]
    if len(there) < FEWEST:
        problem = f"{counted(len(there), 'dialogue')} with a topic: too few for 8 : 1 : 1"
        raise InputError("topic split", problem, "Give ten or more that have one")
    divider = Divider(outlines, group)
    parts, between = tenths(divider, there, seed, test_seed, "topic split")
    return make_split("topic", "8:1:1", WORDS, divider, seed, test_seed, parts, {NO_TOPIC: others, BETWEEN: between})
