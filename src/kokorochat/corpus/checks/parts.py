"""Which parts the dialogues of a corpus have: what none of them has is its publisher's choice, not each one's fault."""

from collections import Counter
from collections.abc import Iterator

from kokorochat.corpus.checks.finding import Finding
from kokorochat.corpus.sources.source import Entry

_WORDS = {"feedback": "ratings by the client", "times": "a time for each message", "people": "ids of both people"}


class Parts:
    """The dialogues as they are read, by the parts that they lack."""

    def __init__(self) -> None:
        self._dialogues = 0
        self._lacking: dict[str, list[tuple[str, str]]] = {part: [] for part in _WORDS}

    def add(self, entry: Entry, timed: bool) -> None:
        """Note what a dialogue lacks."""
        self._dialogues += 1
        dialogue = entry.dialogue
        for part, there in (
            ("feedback", entry.ratings is not None or dialogue.feedback is not None),
            ("times", timed),
            ("people", dialogue.counselor is not None and dialogue.client is not None),
        ):
            if not there:
                self._lacking[part].append((entry.file, dialogue.id))

    def findings(self, file: str, promised: bool) -> Iterator[Finding]:
        """One in all for the parts that no dialogue has, and one for each dialogue that lacks what others have.

        Args:
            file: the corpus' path.
            promised: such dialogues are a warning rather than info: the twenty items were asked for.
        """
        nowhere = [part for part, lacking in self._lacking.items() if lacking and len(lacking) == self._dialogues]
        if nowhere:
            words = ", ".join(_WORDS[part] for part in nowhere)
            yield Finding("info", "not-in-corpus", file, "", "", f"no dialogue has {words}: nothing is checked there")
        for part, lacking in self._lacking.items():
            for where, dialogue in lacking if part not in nowhere else ():
                level = "warning" if promised else "info"
                yield Finding(level, f"no-{part}", where, dialogue, part, f"lacks {_WORDS[part]}, which others have")


class Ends:
    """Who speaks first and last."""

    def __init__(self) -> None:
        self._first: Counter[str] = Counter()
        self._last: Counter[str] = Counter()

    def add(self, entry: Entry) -> None:
        """Note a dialogue's ends."""
        utterances = entry.dialogue.utterances
        self._first[utterances[0].role.value] += 1
        self._last[utterances[-1].role.value] += 1

    def findings(self, file: str) -> Iterator[Finding]:
        """One for the corpus, if there is anything in it."""
        if self._first:
            ends = (
                f"{what} " + ", ".join(f"{role} {count:,}" for role, count in counts.most_common())
                for what, counts in (("first message by", self._first), ("last by", self._last))
            )
            yield Finding("info", "first-and-last-role", file, "", "", "; ".join(ends))
