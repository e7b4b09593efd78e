"""Durations stay, dates go."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from factories import a_dialogue
from kokorochat.corpus.checks import check_dialogue
from kokorochat.corpus.release.times import START, relative


def _at(start: datetime, gaps: list[int], later: int):
    """A dialogue begun at `start`, rated so many seconds after its last message, in whole minutes as published."""
    talk = a_dialogue(*(f"言葉{n}" for n in range(len(gaps) + 1)))
    times = [start + timedelta(seconds=sum(gaps[:n])) for n in range(len(gaps) + 1)]
    utterances = tuple(replace(u, time=t) for u, t in zip(talk.utterances, times, strict=True))
    given_at = (times[-1] + timedelta(seconds=later)).replace(second=0)
    return replace(talk, utterances=utterances, feedback=replace(talk.feedback, given_at=given_at))


starts = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda time: time.replace(microsecond=0))
gaps = st.lists(st.integers(0, 400), min_size=1, max_size=40)


@given(starts, gaps, st.integers(0, 10**6))
def test_gaps_stay_and_every_session_begins_at_once(start, gaps, later):
    talk = relative(_at(start, gaps, later))
    times = [utterance.time for utterance in talk.utterances]
    assert times[0] == START
    assert [int((b - a).total_seconds()) for a, b in pairwise(times)] == gaps


@given(starts, gaps, st.integers(0, 10**6))
def test_the_feedback_keeps_its_distance_in_whole_minutes_and_is_never_before_the_end(start, gaps, later):
    source = _at(start, gaps, later)
    talk = relative(source)
    given_at = talk.feedback.given_at
    assert given_at.second == 0
    distance = source.feedback.given_at - source.utterances[0].time
    assert abs((given_at - START) - distance) <= timedelta(minutes=1)
    assert "feedback-before-end" not in {code for _, code, _, _ in check_dialogue(talk)}


@given(starts, st.integers(-500_000, 500_000), gaps)
def test_the_same_talk_on_another_day_or_at_another_hour_is_the_same_release(start, minutes, gaps):
    moved = start + timedelta(minutes=minutes)
    assert relative(_at(start, gaps, 600)) == relative(_at(moved, gaps, 600))


def test_a_dialogue_without_times_has_none_and_its_feedback_neither():
    talk = relative(a_dialogue(gap=None))
    assert all(utterance.time is None for utterance in talk.utterances)
    assert talk.feedback.given_at is None
