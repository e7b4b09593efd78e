"""Times counted from the first message: how long things took stays, when they were goes."""

from dataclasses import replace
from datetime import datetime, timedelta

from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError

START = datetime(2000, 1, 1)
"""When every released session begins."""


def relative(dialogue: Dialogue) -> Dialogue:
    """The same dialogue, begun at `START`.

    The feedback's time keeps its distance from the first message in whole minutes, rounded down, because the release of
    the paper gives whole minutes and seconds would tell at which second of the minute a session began; it never falls
    before the minute of the last message. Without a time of any message, that of the feedback is left out.

    Raises:
        InputError: its times lie so far apart that the last ones would be behind the end of all calendars.
    """
    try:
        return _relative(dialogue)
    except OverflowError:
        problem = "its times lie further apart than can be counted from 2000-01-01"
        raise InputError(f"dialogue {dialogue.id}", problem, "Mend its times") from None


def _relative(dialogue: Dialogue) -> Dialogue:
    first = next((utterance.time for utterance in dialogue.utterances if utterance.time is not None), None)
    feedback = dialogue.feedback
    if first is None:
        return replace(dialogue, feedback=replace(feedback, given_at=None)) if feedback else dialogue
    utterances = tuple(
        replace(utterance, time=None if utterance.time is None else START + (utterance.time - first))
        for utterance in dialogue.utterances
    )
    if feedback is not None and feedback.given_at is not None:
        last = max(utterance.time for utterance in utterances if utterance.time is not None)
        given_at = max(_whole_minutes(START + (feedback.given_at - first)), _whole_minutes(last))
        feedback = replace(feedback, given_at=given_at)
    return replace(dialogue, utterances=utterances, feedback=feedback)


def _whole_minutes(time: datetime) -> datetime:
    return time - (time - START) % timedelta(minutes=1)
