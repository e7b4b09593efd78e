"""Anno-MI: demonstrations of motivational interviewing, transcribed from public videos; one table of utterances.

The simple and the full table hold the same talk under columns in different order. The full one repeats utterances,
once for each annotator.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kokorochat.corpus.sources.containers import csv_rows
from kokorochat.corpus.sources.place import Place
from kokorochat.corpus.sources.source import BOTH_HUMAN, Entry, Remark, Source, Table1Row
from kokorochat.domain.dialogue import Dialogue, Role, Utterance
from kokorochat.domain.errors import InputError

ROLES = {"therapist": Role.COUNSELOR, "client": Role.CLIENT}

TEXT = "utterance_text"
COLUMNS = ("transcript_id", "mi_quality", "video_url", "topic", "utterance_id", "interlocutor", "timestamp", TEXT)

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_OFFSET = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)", re.ASCII)

_FETCH = "Fetch the file again"


@dataclass
class _Transcript:
    """The rows of one transcript, gathered from wherever they stand."""

    row: dict[str, str]
    line: int
    rows: dict[int, dict[str, str]] = field(default_factory=dict)
    repeats: int = 0
    fault: InputError | None = None

    def add(self, row: dict[str, str], line: int, place: str) -> None:
        """Take an utterance, or leave it out if it was there; the first fault speaks for the transcript."""
        number = row["utterance_id"].strip()
        if not _NUMBER.fullmatch(number):
            problem = f"field utterance_id: {number[:40]!r} is not a whole number"
        elif row["interlocutor"] not in ROLES:
            problem = f"field interlocutor: {row['interlocutor'][:40]!r} is neither therapist nor client"
        else:
            first = self.rows.setdefault(int(number), row)
            self.repeats += first is not row
            differing = [key for key in ("interlocutor", TEXT) if first[key] != row[key]]
            if not differing:
                return
            problem = f"field {differing[0]}: two rows of utterance {number} disagree"
        if self.fault is None:
            transcript = self.row["transcript_id"]
            self.fault = InputError(f"{place}, line {line}", problem, f"Transcript {transcript} was left out. {_FETCH}")


def _find(place: Place) -> tuple[Path, ...]:
    files = place.files("*.csv")
    tables = [file for file in files if place.named or place.glimpse(file).has(*COLUMNS)]
    # The same talk in each: one is enough.
    return tuple(sorted(tables, key=lambda file: (file.stem != "AnnoMI-simple", file.stem != "AnnoMI-full")))[:1]


def _read(path: Path) -> Iterator[Entry | InputError]:
    transcripts: dict[str, _Transcript] = {}
    for line, row in csv_rows(path, *COLUMNS):
        if isinstance(row, InputError):
            yield row
            continue
        transcript = transcripts.setdefault(row["transcript_id"].strip(), _Transcript(row, line))
        transcript.add(row, line, str(path))
    for name, transcript in transcripts.items():
        yield transcript.fault or _entry(name, transcript, str(path))


def _entry(name: str, transcript: _Transcript, file: str) -> Entry:
    rows = dict(sorted(transcript.rows.items()))
    utterances = tuple(Utterance(ROLES[row["interlocutor"]], None, row[TEXT]) for row in rows.values())
    first = transcript.row
    return Entry(
        Dialogue(name, utterances),
        file,
        f"line {transcript.line}",
        group=first["video_url"].strip(),
        labels={
            "mi_quality": (first["mi_quality"].strip(),),
            "topic": tuple(topic for part in first["topic"].split(";") if (topic := part.strip())),
        },
        remarks=tuple(_remarks(name, transcript, rows)),
    )


def _remarks(name: str, transcript: _Transcript, rows: dict[int, dict[str, str]]) -> Iterator[Remark]:
    if transcript.repeats:
        yield Remark(
            "info", "repeated-rows", "", f"{transcript.repeats} rows repeat an utterance for another annotator"
        )
    missing = max(rows) + 1 - len(rows)
    if missing:
        first = next(number for number, there in enumerate(rows) if number != there)
        yield Remark("warning", "missing-utterances", "", f"{missing} are not there, the first is utterance_id {first}")
    last = 0
    for index, row in enumerate(rows.values()):
        offset = _OFFSET.fullmatch(row["timestamp"].strip())
        if offset is None:
            what = f"{row['timestamp'][:40]!r} is no HH:MM:SS into the video"
            yield Remark("warning", "malformed-time", f"{name}:{index}", what)
            continue
        hours, minutes, seconds = map(int, offset.groups())
        now = hours * 3600 + minutes * 60 + seconds
        if now < last:
            yield Remark(
                "warning", "time-runs-back", f"{name}:{index}", f"{row['timestamp']} is before the last utterance"
            )
        last = now


SOURCE = Source(
    format="annomi",
    name="Anno-MI",
    publisher="uccollab/AnnoMI",
    licence="none stated",
    language="English",
    human=BOTH_HUMAN,
    unit="utterance",
    find=_find,
    read=_read,
    released=133,
    paper=Table1Row(True, False, None, "English", 133, 72.9),
)
