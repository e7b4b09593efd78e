"""How likely a chat model held each value of an item, from what else the digits in its reply might have been."""

import math
import re

from kokorochat.domain.feedback import HIGHEST, ITEM_KEYS, LOWEST
from kokorochat.llm.chat import Choice, Reply

_VALUES = range(LOWEST, HIGHEST + 1)

_DIGIT = re.compile(rf"\s*([{LOWEST}-{HIGHEST}])[\s,}}]*")
"""A token that is one value and no more of the reply than what stands around it."""


def digit_probabilities(reply: Reply) -> dict[str, list[float]] | None:
    """Six probabilities for each of the twenty items, of a reply whose values could be read.

    They are those of the tokens in the value's place that are one of the six digits, made to sum up to 1; a digit that
    the endpoint doesn't name among the likeliest has 0.

    Returns:
        None where they can't be told for sure: the endpoint gives no alternatives, its tokens aren't the text, an item
        isn't found exactly once, or a value isn't a token of its own.
    """
    if "".join(choice.text for choice in reply.choices)[: len(reply.text)] != reply.text:
        return None
    found = {}
    for key in ITEM_KEYS:
        places = [match.start(1) for match in re.finditer(rf'"{key}"\s*:\s*([{LOWEST}-{HIGHEST}])', reply.text)]
        probabilities = _of_token(reply.choices, places[0]) if len(places) == 1 else None
        if probabilities is None:
            return None
        found[key] = probabilities
    return found


def _of_token(choices: tuple[Choice, ...], place: int) -> list[float] | None:
    """The six probabilities in the token that holds the letter at a place."""
    end = 0
    for choice in choices:
        end += len(choice.text)
        if place < end:
            break
    else:
        return None
    chosen = _DIGIT.fullmatch(choice.text)
    weights = dict.fromkeys(_VALUES, 0.0)
    for token, logarithm in choice.alternatives.items():
        match = _DIGIT.fullmatch(token)
        if match:
            weights[int(match[1])] += math.exp(min(logarithm, 0.0))
    total = sum(weights.values())
    if chosen is None or weights[int(chosen[1])] == 0:
        return None
    return [weights[value] / total for value in _VALUES]
