"""Two ways to say something without listening: one's own last words again, and the commonest words of all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kokorochat.learning.baselines.background import Background
from kokorochat.tasks.lines import digest
from kokorochat.tasks.response import dialogue_of, response_samples
from kokorochat.tasks.sample import Sample, SampleHeader

PREVIOUS, FREQUENT = "baseline:previous-turn", "baseline:most-frequent"


@dataclass(frozen=True)
class PreviousTurn:
    """Says again what the role that is asked said last; nothing where it hasn't said anything."""

    name: str = PREVIOUS
    fingerprint: str = PREVIOUS
    decoding: str = "copied"
    knows: None = None

    def respond(self, samples: Sequence[Sample]) -> list[str]:
        """One text for each sample, in order."""
        return [
            next((message.content for message in reversed(sample.messages) if message.role == "assistant"), "")
            for sample in samples
        ]


@dataclass(frozen=True)
class MostFrequent:
    """Says one text, whatever was said before."""

    text: str
    background: Background
    name: str = FREQUENT
    decoding: str = "constant"
    knows: None = None

    @property
    def fingerprint(self) -> str:
        """Of the text."""
        return digest(self.text.encode())

    def respond(self, samples: Sequence[Sample]) -> list[str]:
        """The text for each sample.

        Raises:
            InputError: a sample is of another corpus.
        """
        for sample in samples:
            self.background.dialogue(dialogue_of(sample.id))
        return [self.text] * len(samples)


def fit_most_frequent(background: Background, header: SampleHeader) -> MostFrequent:
    """The commonest turn of the role in the training part, merged as in the samples; the first one of several."""
    joiner, kept = header.joiner or "newline", header.out_of_role == "kept"
    counts = Counter(
        sample.target or ""
        for dialogue in background.train
        for sample in response_samples(dialogue, joiner, keep_out_of_role=kept, role=header.asked_role)
    )
    return MostFrequent(max(counts, key=counts.__getitem__, default=""), background)
