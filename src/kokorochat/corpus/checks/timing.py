"""Times in order, how long a session lasts, and how long nobody writes."""

import operator
from collections.abc import Iterator
from datetime import timedelta

from kokorochat.corpus.checks.finding import Note
from kokorochat.corpus.checks.talk import Talk

MOST_MINUTES = 135
"""No released session is longer; one that is was perhaps left open, or is two."""

LONG_GAP = timedelta(minutes=10)

LONG_RUN = 10
"""So many messages of one role in a row are rare: 50 released dialogues have such a run."""

_RUNS = (b"\1" * LONG_RUN, b"\0" * LONG_RUN)


def check_times(talk: Talk) -> Iterator[Note]:
    """Order, length and gaps of a dialogue all of whose messages have a time."""
    times = talk.times
    gaps = list(map(operator.sub, times[1:], times))
    if not gaps:
        return
    if min(gaps) < timedelta():
        for index in range(1, len(times)):
            if times[index] < times[index - 1]:
                yield "error", "time-order", talk.place(index), f"{times[index]} comes after {times[index - 1]}"
    minutes = talk.dialogue.minutes
    if minutes is not None and minutes > MOST_MINUTES:
        yield "warning", "long", "dialogue", f"{minutes:.1f} minutes; no released session has more than {MOST_MINUTES}"
    longest = max(gaps)
    if longest > LONG_GAP:
        many = sum(gap > LONG_GAP for gap in gaps)
        words = f"nobody wrote for {longest / timedelta(minutes=1):.1f} minutes before this"
        more = f", the longest of {many} such gaps" if many > 1 else ""
        yield "info", "long-gap", talk.place(gaps.index(longest) + 1), words + more


def check_turns(talk: Talk) -> Iterator[Note]:
    """Many messages of one role in a row, and a message that says the speaker's last one again."""
    start = min((at for run in _RUNS if (at := talk.counselor.find(run)) >= 0), default=-1)
    if start >= 0:
        role = "counselor" if talk.counselor[start] else "client"
        yield "info", "long-run", talk.place(start), f"from here the {role} sends {LONG_RUN} or more in a row"
    if any(map(operator.eq, talk.texts[1:], talk.texts)):
        for index in range(1, len(talk.texts)):
            same = talk.texts[index] == talk.texts[index - 1] and talk.counselor[index] == talk.counselor[index - 1]
            if same and talk.texts[index].strip():
                yield "warning", "repeated-message", talk.place(index), "the same words as the message before"
