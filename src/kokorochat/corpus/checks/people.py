"""Sessions of one person that overlap: nobody plays in two at once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from kokorochat.corpus.checks.finding import Finding
from kokorochat.corpus.sources.source import Entry

LONG_OVERLAP = timedelta(minutes=10)
"""A shorter one may be a farewell in one session while the next begins."""


@dataclass(order=True, slots=True)
class _Session:
    first: datetime
    last: datetime
    dialogue: str
    file: str = field(compare=False)
    role: str = field(compare=False)


class Overlaps:
    """Sessions as they are read, by the people in them."""

    def __init__(self) -> None:
        self._sessions: dict[str, list[_Session]] = {}
        self._starts_differ = False
        self._start: datetime | None = None

    def add(self, entry: Entry, first: datetime, last: datetime) -> None:
        """Note who was in a session from when to when."""
        self._starts_differ |= self._start not in (None, first)
        self._start = first
        dialogue = entry.dialogue
        for role, person in (("counselor_id", dialogue.counselor), ("client_id", dialogue.client)):
            if person is not None and not (role == "client_id" and person == dialogue.counselor):
                session = _Session(first, last, dialogue.id, entry.file, role)
                self._sessions.setdefault(person, []).append(session)

    def findings(self) -> Iterator[Finding]:
        """One for each session that began while another of the same person went on, the one that ended last.

        None where all sessions begin at one midnight: there times count from each one's start, as in a release of ours.
        """
        if self._start is not None and self._start.time() == time() and not self._starts_differ:
            return
        for person, sessions in self._sessions.items():
            sessions.sort()
            earlier = sessions[0]
            for later in sessions[1:]:
                shared = min(earlier.last, later.last) - later.first
                if later.first < earlier.last:
                    level = "warning" if shared > LONG_OVERLAP else "info"
                    minutes = shared / timedelta(minutes=1)
                    message = f"person {person} is in dialogue {earlier.dialogue} too for {minutes:.1f} of its minutes"
                    yield Finding(level, "overlapping-sessions", later.file, later.dialogue, later.role, message)
                if later.last > earlier.last:
                    earlier = later
