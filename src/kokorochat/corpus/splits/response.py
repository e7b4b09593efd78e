"""The paper's split for response generation (§5.1, D.1): tests of the best sessions, and three sets to learn from."""

from collections.abc import Sequence
from random import Random

from kokorochat.corpus.splits.dividing import Divider
from kokorochat.corpus.splits.grouping import people_in
from kokorochat.corpus.splits.outline import Outline, check_ids
from kokorochat.corpus.splits.score import NO_SCORE
from kokorochat.corpus.splits.split import Split, make_split
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted

TEST_FROM, HIGH_FROM = 99, 70
"""Scores from which a dialogue is in the test part, and in Kokoro-High; below 70 it is in Kokoro-Low."""

RULE = f"score {TEST_FROM}/{HIGH_FROM}, 9:1"
WORDS = (
    f"test: score {TEST_FROM} or more; low: below {HIGH_FROM}; high: {HIGH_FROM} to {TEST_FROM - 1}; "
    f"full: up to {TEST_FROM - 1}; a tenth of each of low, high and full validates, drawn by seed, and the others train"
)
"""The rule for headers, and for whoever reads `split.json`."""

ALL = "all"
"""The one part of a corpus that is left whole."""

_PARTNER = "a partner to practise with needs none: `train --part all`"

FEWEST = 10
"""Dialogues to learn from: fewer have no tenth for validation."""


def response_split(
    outlines: Sequence[Outline], seed: int, group: str = "none", threshold: float | None = None
) -> Split:
    """`test` (score ≥ 99), `low` (< 70), `high` (70 – 98), `full` (≤ 98); of the last three also train and validation.

    The paper prints 90 % and 10 % and not how they are drawn. Here each of the three is divided for itself, by dialogue
    and at random: floor(n / 10) validate, of fewer than ten none. So the parts of `full` are not the unions of those of
    `low` and `high`: each of the paper's three models is chosen on a validation part of its own.

    With a group, the test part stays as it is, and a dialogue that shares a client, a counselor, a person in any role
    or a case with it is dropped from the others; train and validation then share no group either. By "person" the
    dialogues between people of both are lost as well, to `low-dropped`, `high-dropped` and `full-dropped`.
    Dialogues without a score are dropped.

    Args:
        outlines: of the whole corpus, in its order: the split depends on it.
        group: one of `grouping.GROUPS`.
        threshold: for "duplicates", see `near_duplicates`; None for its default.

    Raises:
        InputError: the corpus has no dialogue for the test part or too few others, or lacks the people.
    """
    check_ids(outlines)
    scores = {position: one.score for position, one in enumerate(outlines) if one.score is not None}
    test = [position for position, score in scores.items() if score >= TEST_FROM]
    if not test:
        problem = f"no dialogue of the corpus has a score of {TEST_FROM} or more"
        remedy = f"Name a corpus with such sessions, which are the paper's test part; {_PARTNER}"
        raise InputError("response split", problem, remedy)
    divider = Divider(outlines, group, threshold)
    shares, reason = _shared_with(divider, test)
    full = [position for position in scores if scores[position] < TEST_FROM and position not in shares]
    if len(full) < FEWEST:
        problem = f"{counted(len(full), 'dialogue')} to learn from: too few for 9 : 1"
        remedy = f"Give ten or more with a score below {TEST_FROM}"
        remedy += f"{'' if group == 'none' else ', or name another group'}; {_PARTNER}"
        raise InputError("response split", problem, remedy)
    parts = {
        "test": test,
        "low": [position for position in full if scores[position] < HIGH_FROM],
        "high": [position for position in full if scores[position] >= HIGH_FROM],
        "full": full,
    }
    for name in ("low", "high", "full"):
        whole = parts[name]
        validation, train, lost = divider.divide(whole, len(whole) // 10, Random(f"{name} validation {seed}"))
        parts |= {f"{name}-train": train, f"{name}-validation": validation}
        if lost:
            parts[f"{name}-dropped"] = lost
    unrated = [position for position in range(len(outlines)) if position not in scores]
    dropped = {NO_SCORE: unrated, reason: [position for position in sorted(shares) if position in scores]}
    return make_split("response", RULE, WORDS, divider, seed, None, parts, dropped)


def undivided(outlines: Sequence[Outline], seed: int) -> Split:
    """All dialogues of a corpus, rated or not, as the one part `all`: for a model that nobody measures on it.

    Raises:
        InputError: there is no dialogue.
    """
    check_ids(outlines)
    if not outlines:
        raise InputError("response split", "the corpus has no dialogue", "Name another corpus")
    ids = [one.id for one in outlines]
    words = "all dialogues are learnt, and none is left to be measured on"
    utterances = {one.id: one.utterances for one in outlines}
    return Split("response", "all sessions", words, "none", None, seed, None, {ALL: ids}, {}, utterances)


def _shared_with(divider: Divider, test: Sequence[int]) -> tuple[set[int], str]:
    """The other dialogues that share their group or a person with the test part, and how to say so."""
    groups = {divider.groups[position] for position in test}
    shares = {position for position, group in enumerate(divider.groups) if group in groups}
    if divider.group == "person":
        people = {person for position in test for person in people_in(divider.outlines[position], "person")} - {None}
        for position, one in enumerate(divider.outlines):
            if not people.isdisjoint(people_in(one, "person")):
                shares.add(position)
    what = {"none": "its source group", "duplicates": "a case"}.get(divider.group, f"a {divider.group}")
    return shares - set(test), f"it shares {what} with the test part"
