"""The index: for each turn of a role in the training part, what was said before it, how far on, and the words of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.evaluation.words import load_tokenizer
from kokorochat.learning.response_config import RetrievalRun
from kokorochat.learning.retrieval import field as fields
from kokorochat.learning.retrieval.field import Field, Ints, Words, build_field, terms_of
from kokorochat.learning.retrieval.storing import FORMAT, FORMAT_VERSION, IndexDescription
from kokorochat.tasks.response import JOINERS, merged_turns

FIELDS = ("partner", "own", "history")
"""The partner's last turn, one's own turn before it, and all that the client says in the dialogue."""

_OWN = {
    "reply": "int32",
    "before": "int32",
    "dialogue": "int32",
    "score": "int32",
    "topic": "int32",
    "times": "int32",
    "word_starts": "int64",
    "words": "int32",
    "text_starts": "int64",
    "text": "uint8",
}

KINDS = {f"{name}_{array}": kind for name in FIELDS for array, kind in fields.ARRAYS.items()} | _OWN
"""All arrays of an index and their kinds."""

_TOPICS = {topic: place for place, topic in enumerate(TopicClass)}

EMPTY = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class Index:
    """Where the role spoke in the training part ("places"), and what was said there ("replies", each once).

    Attributes:
        fields: by the names in FIELDS; the rows of the first two are places, those of the history dialogues.
        reply: the number of the reply at each place, shape (places,).
        before: how many turns stand before each place.
        dialogue: the dialogue of each place.
        score: of that dialogue, 0 to 100.
        topic: of each dialogue, its place in TopicClass; -1 where a corpus has none. Shape (dialogues,).
        times: at how many places each reply was said, shape (replies,).
        word_starts: where the words of each reply begin in `words`, shape (replies + 1,).
        words: as numbers.
        text_starts: where each reply begins in `text`, shape (replies + 1,).
        text: all replies in UTF-8.
    """

    fields: Mapping[str, Field]
    reply: Words
    before: Words
    dialogue: Words
    score: Words
    topic: Words
    times: Words
    word_starts: Ints
    words: Words
    text_starts: Ints
    text: NDArray[np.uint8]

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """By the names in KINDS."""
        own = {name: getattr(self, name) for name in _OWN}
        return own | {f"{name}_{key}": array for name in FIELDS for key, array in self.fields[name].arrays.items()}

    def reply_words(self, reply: int) -> Words:
        """The words of a reply."""
        found: Words = self.words[int(self.word_starts[reply]) : int(self.word_starts[reply + 1])]
        return found

    def reply_text(self, reply: int) -> str:
        """A reply as it was said."""
        return bytes(self.text[int(self.text_starts[reply]) : int(self.text_starts[reply + 1])]).decode()

    def nearest(
        self,
        similarities: Mapping[str, NDArray[np.float64]],
        before: int,
        run: RetrievalRun,
        topic: TopicClass | None = None,
        without: int | None = None,
    ) -> tuple[Ints, NDArray[np.float64]]:
        """The places that are most alike, best first, and how much they are.

        Args:
            similarities: with the rows of each field.
            before: how many turns stand before the one that is due.
            topic: that was agreed.
            without: a dialogue of which no place is taken.
        """
        alike = run.last_partner * similarities["partner"] + run.previous_own * similarities["own"]
        alike += run.history * similarities["history"][self.dialogue]
        alike -= run.position * np.abs(np.log1p(self.before) - np.log1p(before))
        alike += run.rating * self.score
        if topic is not None:
            alike += run.topic * (self.topic[self.dialogue] == _TOPICS[topic])
        if without is not None:
            alike[self.dialogue == without] = -np.inf
        count = min(run.neighbours, len(alike))
        places = np.argpartition(-alike, count - 1)[:count]
        places = places[np.lexsort((places, -alike[places]))]
        places = places[np.isfinite(alike[places])]
        return places, alike[places]


def index_of(arrays: Mapping[str, NDArray[Any]], dialogues: int) -> Index:
    """The index from its arrays, see KINDS."""
    counts = {"partner": len(arrays["reply"]), "own": len(arrays["reply"]), "history": dialogues}
    found = {
        name: Field(**{key: arrays[f"{name}_{key}"] for key in fields.ARRAYS}, count=counts[name]) for name in FIELDS
    }
    return Index(fields=found, **{name: arrays[name] for name in _OWN})


def build_index(rated: Iterable[tuple[Dialogue, int]], run: RetrievalRun) -> tuple[Index, IndexDescription]:
    """The index of some dialogues, each with its score.

    The topic that is agreed before a session tells the client's matter too: a client's index has it among the client's
    words, so that a talk that has hardly begun finds sessions of its topic.

    Raises:
        InputError: no turn of the role in them has a history.
    """
    role = Role(run.role)
    tokenizer = load_tokenizer(run.tokenizer)
    numbers: dict[str, int] = {}
    replies: dict[str, int] = {}
    ids: list[str] = []
    topics: list[int] = []
    # The words of what was said before each place, one entry for each place, and those of each reply.
    partner, own, said = list[Words](), list[Words](), list[Words]()
    told, of_dialogue = list[Words](), list[int]()
    rows: dict[str, list[int]] = {"reply": [], "before": [], "dialogue": [], "score": []}

    def words(text: str) -> Words:
        return np.array([numbers.setdefault(word, len(numbers)) for word in tokenizer.words(text)], dtype=np.int32)

    for dialogue, score in rated:
        turns = merged_turns(dialogue.utterances, JOINERS[run.joiner], run.keep_out_of_role)
        taken = [words(turn.text) for turn in turns]
        if role is Role.CLIENT and dialogue.topic:
            told.append(words(matter_of(dialogue.topic)))
            of_dialogue.append(len(ids))
        for position, turn in enumerate(turns):
            if turn.role is Role.CLIENT:
                told.append(taken[position])
                of_dialogue.append(len(ids))
            if turn.role is role and position:
                if turn.text not in replies:
                    said.append(taken[position])
                rows["reply"].append(replies.setdefault(turn.text, len(replies)))
                rows["before"].append(position)
                rows["dialogue"].append(len(ids))
                rows["score"].append(score)
                partner.append(taken[position - 1])
                own.append(taken[position - 2] if position > 1 else EMPTY)
        ids.append(dialogue.id)
        topics.append(_TOPICS[dialogue.topic.main] if dialogue.topic else -1)
    if not replies:
        remedy = f"Name a corpus in which {run.role}s answer"
        raise InputError("training part", f"no {run.role} turn in it has a history", remedy)
    texts = [text.encode("utf-8", "replace") for text in replies]
    history_terms, history_rows = terms_of(told, len(numbers))
    index = Index(
        fields={
            "partner": build_field(*terms_of(partner, len(numbers)), len(partner), run.fewest),
            "own": build_field(*terms_of(own, len(numbers)), len(own), run.fewest),
            "history": build_field(history_terms, np.array(of_dialogue)[history_rows], len(ids), run.fewest),
        },
        **{name: np.array(values, dtype=np.int32) for name, values in rows.items()},
        topic=np.array(topics, dtype=np.int32),
        times=np.bincount(rows["reply"]).astype(np.int32),
        word_starts=_starts(said),
        words=np.concatenate(said).astype(np.int32),
        text_starts=_starts(texts),
        text=np.frombuffer(b"".join(texts), dtype=np.uint8),
    )
    description = IndexDescription(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        run=run,
        tokenizer=tokenizer.signature,
        words=list(numbers),
        dialogues=ids,
    )
    return index, description


def matter_of(topic: Topic) -> str:
    """What a session is about, in words."""
    return f"{topic.main.japanese} {topic.sub}"


def _starts(pieces: Sequence[Words] | Sequence[bytes]) -> Ints:
    return np.concatenate([[0], np.cumsum([len(piece) for piece in pieces])]).astype(np.int64)
