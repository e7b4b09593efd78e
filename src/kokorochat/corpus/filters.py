"""The paper's filters: what was too short to be kept, and whose feedback was filled in without a thought (§4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from kokorochat.domain.dialogue import Dialogue

FEWEST_UTTERANCES, FEWEST_MINUTES, THOUGHTLESS = 30, 30, 3
"""Dialogues of fewer messages or minutes were dropped, and those with all twenty items at the middle of the scale."""


@dataclass(frozen=True, slots=True)
class Filters:
    """The rule by which a corpus is curated; by default the paper's.

    Attributes:
        fewest_utterances: a dialogue of fewer messages is dropped. Messages are counted unmerged, talk outside the
            role included, as the paper counts them.
        fewest_minutes: a dialogue of fewer minutes from the first to the last message is dropped.
        all_alike: feedback whose twenty items all have one of these values is dropped.
    """

    fewest_utterances: int = FEWEST_UTTERANCES
    fewest_minutes: float = FEWEST_MINUTES
    all_alike: frozenset[int] = frozenset({THOUGHTLESS})

    @property
    def names(self) -> tuple[str, ...]:
        """The reasons that `reasons` may give, in its order."""
        alike = ("all-threes",) if THOUGHTLESS in self.all_alike else ()
        return "few-utterances", "short", *alike, *(("straight-lined",) if self.all_alike - {THOUGHTLESS} else ())

    def reasons(self, dialogue: Dialogue) -> dict[str, str]:
        """Why a dialogue is dropped, as {reason: in words}; empty if it is kept.

        What can't be judged is no reason: minutes without times, items without feedback.
        """
        feedback = dialogue.feedback
        return self.reasons_by(len(dialogue.utterances), dialogue.minutes, feedback.items if feedback else None)

    def reasons_by(self, count: int, minutes: float | None, items: Sequence[int] | None) -> dict[str, str]:
        """As `reasons`, for whoever has counted without a dialogue: messages, minutes, and the twenty items."""
        found = {}
        if count < self.fewest_utterances:
            found["few-utterances"] = f"{count} messages, fewer than {self.fewest_utterances}"
        if minutes is not None and minutes < self.fewest_minutes:
            # Cut, not rounded: 29:59 would be told as 30.0, fewer than 30.
            found["short"] = f"{floor(10 * minutes) / 10:.1f} minutes, fewer than {self.fewest_minutes:g}"
        if items is not None and len(set(items)) == 1 and items[0] in self.all_alike:
            value = items[0]
            found["all-threes" if value == THOUGHTLESS else "straight-lined"] = f"all twenty items are {value}"
        return found


PAPER = Filters()
