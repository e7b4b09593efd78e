"""What the paper promises of a session and its feedback: filters, the total's rule, two people in two roles."""

from collections.abc import Iterator
from datetime import timedelta

from kokorochat.corpus.checks.finding import Note
from kokorochat.corpus.checks.talk import Talk
from kokorochat.corpus.filters import PAPER
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.feedback import total_score

LATE = timedelta(days=1)
"""Feedback that comes later is remembered rather than felt; the release has it up to 87 days after the session."""


def check_filters(dialogue: Dialogue) -> Iterator[Note]:
    """What the paper would have dropped (§4)."""
    for reason, words in PAPER.reasons(dialogue).items():
        yield "warning", reason, "score" if reason == "all-threes" else "dialogue", f"{words}; the paper drops such"


def check_people(talk: Talk) -> Iterator[Note]:
    """Two people, both of whom say something."""
    dialogue = talk.dialogue
    if dialogue.counselor is not None and dialogue.counselor == dialogue.client:
        yield "error", "same-person", "client_id", f"person {dialogue.client} plays both roles"
    if len(set(talk.counselor)) == 1:
        role = "counselor" if talk.counselor[0] else "client"
        yield "error", "one-role", "dialogue", f"every message is the {role}'s"
    if dialogue.topic is not None and not dialogue.topic.sub.strip():
        yield "warning", "empty-topic", "topic.sub", "the topic has no description"


def check_feedback(dialogue: Dialogue) -> Iterator[Note]:
    """The total's rule (A.3), ratings all alike, and when they were given."""
    feedback = dialogue.feedback
    if feedback is None:
        return
    due = total_score(feedback.items, feedback.checks)
    if feedback.total != due:
        yield "error", "total-rule", "score", f"score is {feedback.total}, the rule gives {due}"
    value = feedback.items[0]
    if feedback.items.count(value) == len(feedback.items) and value not in PAPER.all_alike:
        yield "info", "straight-lined", "score", f"all twenty items are {value}"
    last, given_at = dialogue.utterances[-1].time, feedback.given_at
    if last is None or given_at is None:
        return
    # The release gives feedback by the minute, so one within the last message's minute is not before it.
    if given_at < last.replace(second=0, microsecond=0):
        yield "error", "feedback-before-end", "evaluation_created_at", f"{given_at} is before the last message, {last}"
    elif given_at - last > LATE:
        days = (given_at - last) / timedelta(days=1)
        yield "info", "late-feedback", "evaluation_created_at", f"given {days:.1f} days after the last message"
