"""`retrieval:DIR`: the reply on which similar places of other sessions, and this session itself, agree best."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from kokorochat.domain.dialogue import Dialogue, Role, is_out_of_role
from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import Topic
from kokorochat.evaluation.words import load_tokenizer
from kokorochat.learning.response_config import RetrievalRun
from kokorochat.learning.retrieval.checking import check_index
from kokorochat.learning.retrieval.consensus import Floats, Utility, expected_utility
from kokorochat.learning.retrieval.field import Words, terms_of
from kokorochat.learning.retrieval.index import EMPTY, FIELDS, KINDS, build_index, index_of, matter_of
from kokorochat.learning.retrieval.storing import StoredIndex, read_index, save_index
from kokorochat.tasks.response import dialogue_of, merged_turns
from kokorochat.tasks.sample import Sample


class RetrievalResponder:
    """Answers by retrieval; nothing is drawn, so equal histories get equal answers.

    Attributes:
        name: as named on the command line.
        decoding: how the reply is chosen.
        knows: None, since it is told nothing but the samples.
    """

    knows = None

    def __init__(self, name: str, stored: StoredIndex) -> None:
        told = stored.told
        run = told.run
        check_index(stored.place, told, stored.arrays, FIELDS)
        self.name, self.fingerprint, self.run = name, stored.fingerprint, run
        self.decoding = f"minimum Bayes risk of {run.neighbours} neighbours and {run.session_turns} own turns"
        self._index = index_of(stored.arrays, len(told.dialogues))
        self._tokenizer = load_tokenizer(run.tokenizer)
        if self._tokenizer.signature != told.tokenizer:
            problem = f"was made with the words of {told.tokenizer!r}, here are those of {self._tokenizer.signature!r}"
            raise InputError(str(stored.place), problem, "Train again, or install that version")
        self._numbers = {word: number for number, word in enumerate(told.words)}
        self._dialogues = {id: number for number, id in enumerate(told.dialogues)}
        self._utility = Utility(run.words, run.pairs, run.subsequence)

    @property
    def role(self) -> Role:
        """Whose turns it says."""
        return Role(self.run.role)

    def respond(self, samples: Sequence[Sample]) -> list[str]:
        """One reply for each sample; a sample of an indexed dialogue is answered without that dialogue."""
        return [self.reply(turns_asked(sample), self.row_of(sample)) for sample in samples]

    def row_of(self, sample: Sample) -> int | None:
        """The row of the dialogue of a sample, if it is indexed."""
        return self._dialogues.get(dialogue_of(sample.id))

    def reply(self, turns: Sequence[tuple[bool, str]], without: int | None = None) -> str:
        """What may be said next.

        Args:
            turns: merged turns so far; of each, whether the partner says it, and its text.
            without: an indexed dialogue, by its row, from which nothing is taken.
        """
        return next(self._replies(turns, self.run.session_turns, without=without), "")

    def converse(self, dialogue: Dialogue) -> str:
        """What may be said next in a running talk, by somebody to practise with.

        It repeats nothing: the session's own turns, by which a reply wins often in `reply`, are no candidates, and a
        line that was said is left out. Talk outside the role is neither read nor said. A topic counts as told.

        Returns:
            One line for each message; empty if all that it could say was said.
        """
        turns = merged_turns(dialogue.utterances, keep_out_of_role=False)
        said = {line for turn in turns if turn.role is self.role for line in turn.text.split("\n")}
        for reply in self._replies([(turn.role is not self.role, turn.text) for turn in turns], 0, dialogue.topic):
            lines = [
                line for line in reply.split("\n") if line.strip() and line not in said and not is_out_of_role(line)
            ]
            if lines:
                return "\n".join(lines)
        return ""

    def _replies(
        self, turns: Sequence[tuple[bool, str]], own_turns: int, topic: Topic | None = None, without: int | None = None
    ) -> Iterator[str]:
        """The replies that are worth most, best first, those of one's own last turns and drawn ones among them."""
        index, run = self._index, self.run
        # Words that the index doesn't know get numbers of their own: the session's own turns may share them.
        numbers: dict[str, int] = {}
        read = [(partner, self._words(text, numbers)) for partner, text in turns]
        matter = self._words(matter_of(topic), numbers) if topic else EMPTY
        told = [words for partner, words in read if partner is (self.role is Role.COUNSELOR)]
        places, alike = index.nearest(
            {
                "partner": index.fields["partner"].similarities(self._terms(_last(read, 1, True))),
                "own": index.fields["own"].similarities(self._terms(_last(read, 2, False))),
                "history": index.fields["history"].similarities(self._history([matter, *told])),
            },
            len(turns),
            run,
            topic.main if topic else None,
            without,
        )
        own = [(text, words) for (partner, text), (_, words) in zip(turns, read, strict=True) if not partner]
        own = own[::-1][:own_turns]
        drawn, weight = self.drawn(turns)
        others = [*own, *((text, self._words(text, numbers)) for text in drawn)]
        weights = np.exp((alike - alike.max(initial=0.0)) / run.temperature)
        weights /= weights.sum() or 1.0
        weights_of_own = np.full(len(own), run.session_weight / max(len(own), 1))
        weights = np.concatenate([weights, weights_of_own, np.full(len(drawn), weight / max(len(drawn), 1))])
        numbers_of = [int(index.reply[place]) for place in places]
        pool = [index.reply_words(number) for number in numbers_of] + [words for _, words in others]
        if not pool:
            return
        best, worth = expected_utility(pool, weights, self._utility, run.finalists)
        lengths = np.array([max(len(pool[place]), 1) for place in best], dtype=np.float64)
        times = np.array([index.times[numbers_of[place]] if place < len(numbers_of) else 1 for place in best])
        value = worth * lengths**run.length - run.frequency_penalty * np.log(times)
        value += self.besides(read, [pool[place] for place in best])
        for place in best[np.argsort(-value, kind="stable")].tolist():
            yield index.reply_text(numbers_of[place]) if place < len(numbers_of) else others[place - len(numbers_of)][0]

    def drawn(self, turns: Sequence[tuple[bool, str]]) -> tuple[Sequence[str], float]:
        """Replies from elsewhere that join the pool, and what they count together; the places count 1. Here none."""
        return (), 0.0

    def besides(self, turns: Sequence[tuple[bool, Words]], replies: Sequence[Words]) -> Floats:
        """What replies are worth besides what the pool says of them, shape (replies,); here nothing."""
        return np.zeros(len(replies))

    def _words(self, text: str, unknown: dict[str, int]) -> Words:
        known = self._numbers
        found = [
            known[word] if word in known else unknown.setdefault(word, len(known) + len(unknown))
            for word in self._tokenizer.words(text)
        ]
        return np.array(found, dtype=np.int32)

    def _terms(self, words: Words) -> Counter[int]:
        return Counter(terms_of([words], len(self._numbers))[0].tolist())

    def _history(self, turns: Sequence[Words]) -> dict[int, float]:
        """The terms of what the client has said, older turns for less."""
        counts: dict[int, float] = {}
        for age, words in enumerate(reversed(turns)):
            share = 0.5 ** (age / self.run.half_life)
            for term in terms_of([words], len(self._numbers))[0].tolist():
                counts[term] = counts.get(term, 0.0) + share
        return counts


def _last(read: Sequence[tuple[bool, Words]], back: int, partner: bool) -> Words:
    """The words of the turn so many from the end, if it is that one's."""
    return read[-back][1] if len(read) >= back and read[-back][0] is partner else EMPTY


def turns_asked(sample: Sample) -> list[tuple[bool, str]]:
    """The merged turns of a sample: of each, whether the client says it, and its text."""
    return [(message.role == "user", message.content) for message in sample.messages if message.role != "system"]


def save_retrieval(rated: Iterable[tuple[Dialogue, int]], run: RetrievalRun, folder: Path) -> int:
    """Index some dialogues, each with its score, into a new folder, and return the number of places.

    Raises:
        InputError: no turn of the role in them has a history.
    """
    index, description = build_index(rated, run)
    save_index(folder, description, index.arrays)
    return len(index.reply)


def load_retrieval(folder: Path) -> RetrievalResponder:
    """The responder that `train` wrote to a folder.

    Raises:
        InputError: none is there, or it is damaged, or its tokenizer is not installed or another version of it.
    """
    return RetrievalResponder(f"retrieval:{folder}", read_index(folder, KINDS))
