"""`small:DIR`: replies that the small language model writes, and of these the one on which they agree best."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from kokorochat.evaluation.words import load_tokenizer
from kokorochat.learning.retrieval.consensus import Utility, expected_utility
from kokorochat.learning.retrieval.responder import turns_asked
from kokorochat.learning.small.storing import StoredSmall, read_small
from kokorochat.learning.small.vocabulary import rating_level
from kokorochat.learning.small.writing import Drawn, Reader
from kokorochat.tasks.sample import Sample


class SmallResponder:
    """Answers by a small language model. What is drawn follows from the history, so equal ones get equal answers.

    Attributes:
        name: as named on the command line.
        decoding: how the reply is chosen.
        knows: None, since it is told nothing but the samples.
    """

    knows = None

    def __init__(self, name: str, stored: StoredSmall) -> None:
        self.name, self.fingerprint, self.run = name, stored.fingerprint, stored.told.run
        run = self.run
        self.decoding = (
            f"minimum Bayes risk of {run.drawn} drawn replies (temperature {run.temperature}, top-p {run.top_p})"
            f" and {run.session_turns} own turns"
        )
        self._network, self._vocabulary = stored.network, stored.vocabulary
        self._words = load_tokenizer(run.tokenizer).words

    def respond(self, samples: Sequence[Sample]) -> list[str]:
        """One reply for each sample."""
        return [self.reply(turns_asked(sample)) for sample in samples]

    def reply(self, turns: Sequence[tuple[bool, str]]) -> str:
        """What the counselor may say next.

        Args:
            turns: merged turns so far; of each, whether the client says it, and its text.
        """
        run, numbers = self.run, dict[str, int]()
        texts = self.replies(turns)
        own = [text for client, text in reversed(turns) if not client][: run.session_turns]
        weights = np.array([1 / len(texts)] * len(texts) + [run.session_weight / max(len(own), 1)] * len(own))
        pool = [
            np.array([numbers.setdefault(word, len(numbers)) for word in self._words(text)], dtype=np.int32)
            for text in (*texts, *own)
        ]
        best, worth = expected_utility(pool, weights, Utility(run.words, run.pairs, run.subsequence), len(pool))
        return (*texts, *own)[int(best[np.argmax(worth)])]

    def replies(self, turns: Sequence[tuple[bool, str]]) -> list[str]:
        """As many replies as the run file says, as they were drawn: some may be equal."""
        return [self._vocabulary.text(drawn.tokens) for drawn in self.draw(turns, self.read(turns), self.run.drawn)]

    def read(self, turns: Sequence[tuple[bool, str]]) -> Reader:
        """The network, at the place where the counselor is to speak."""
        talk = self._vocabulary.talk(turns, counselor_next=True)
        return Reader(self._network, talk, rating_level(self.run.asked_rating), self.run.longest)

    def draw(self, turns: Sequence[tuple[bool, str]], reader: Reader, count: int) -> list[Drawn]:
        """Some replies, drawn by a die that the history fixes."""
        told = "\0".join(f"{client:d}{text}" for client, text in turns).encode("utf-8", "replace")
        random = torch.Generator().manual_seed(int.from_bytes(sha256(told).digest()[:7]))
        return reader.draw(count, self.run.temperature, self.run.top_p, random)

    def judge(self, reader: Reader, texts: Sequence[str]) -> list[float]:
        """The logarithm of the probability of each text as the next reply, in nats."""
        return reader.judge([self._vocabulary.tokens(text) for text in texts])


def load_small(folder: Path) -> SmallResponder:
    """The model that `train` wrote to a folder.

    Raises:
        InputError: none is there, or it is damaged, or its tokenizer is not installed.
    """
    return SmallResponder(f"small:{folder}", read_small(folder))
