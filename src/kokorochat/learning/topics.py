"""A topic classifier that needs no network: character n-grams of both roles and a linear support vector machine.

Training takes TF-IDF of character n-grams for each role and fits one straight line for each class against all others
(scikit-learn's LinearSVC, classes weighted by rarity); the class with the greatest value is the answer. One weight for
each n-gram and class is stored, so that a prediction needs no scikit-learn.

The short description is no summary: it is a piece of the dialogue itself, of at most thirty characters, the one of the
client's that speaks most for the class.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kokorochat.domain.dialogue import Dialogue, Role, Utterance, is_out_of_role
from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import Topic, TopicClass
from kokorochat.evaluation.agreement import Pair, agreement
from kokorochat.learning.config import TopicRun
from kokorochat.learning.lexicon import Floats, Lexicon, lexicon, normal, role_text
from kokorochat.learning.stored import DESCRIPTION, REMEDY, Description, read_model, save_model
from kokorochat.tasks.lines import digest

LONGEST_PHRASE, SHORTEST_PHRASE = 30, 4
"""Characters of the description."""

CLASSES = tuple(topic.value for topic in TopicClass)

_FORMAT, _FORMAT_VERSION = "kokorochat-topics", 1

_CLAUSE_END = re.compile(r"[。．.！!？?…、,，\s]+")


def spoken(dialogue: Dialogue) -> tuple[Utterance, ...]:
    """What the classifier reads: all but bracketed talk outside the role."""
    return tuple(utterance for utterance in dialogue.utterances if not is_out_of_role(utterance.text))


def read_texts(dialogue: Dialogue) -> dict[Role, str]:
    """What each role says, as the classifier reads it."""
    return {role: role_text(spoken(dialogue), role) for role in Role}


def text_digest(dialogue: Dialogue) -> str:
    """The first 16 digits of the SHA-256 of what the classifier reads."""
    return digest("\0".join(read_texts(dialogue).values()).encode("utf-8", "replace"))[:16]


class _Description(Description, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A stored model but for its arrays.

    Attributes:
        classes: by their released English names, in the order of the weights' columns.
        grams: for each role, the n-grams in the order of their columns.
        learnt: digests of the dialogues that the model was trained on, so that nobody measures it on them unawares.
    """

    classes: list[str]
    longest_gram: int
    grams: dict[str, list[str]]
    learnt: list[str]


@dataclass(frozen=True)
class TopicClassifier:
    """A trained classifier. It holds no person's id, and no text but single n-grams.

    Attributes:
        classes: those that it may answer, all that were seen in training.
        lexicons: the n-grams of each role.
        weights: for each role, shape (n-grams, classes).
        intercept: shape (classes,).
        learnt: digests of the dialogues that it was trained on, see `text_digest`.
        name: as named on the command line.
        fingerprint: SHA-256 of the model's content; empty until it is stored.
    """

    classes: tuple[TopicClass, ...]
    lexicons: dict[Role, Lexicon]
    weights: dict[Role, NDArray[np.float32]]
    intercept: Floats
    learnt: frozenset[str]
    name: str = "topics"
    fingerprint: str = ""

    def values(self, texts: Sequence[Mapping[Role, str]]) -> Floats:
        """How much speaks for each class, shape (texts, classes); 0 is the border of each class."""
        total: Floats = np.tile(self.intercept, (len(texts), 1))
        for role, known in self.lexicons.items():
            total = total + known.vectors([text[role] for text in texts]) @ self.weights[role]
        return total

    def classify(self, dialogues: Sequence[Dialogue]) -> list[TopicClass]:
        """The class of each dialogue."""
        return [self.classes[place] for place in self.values([read_texts(d) for d in dialogues]).argmax(axis=1)]

    def topic(self, dialogue: Dialogue) -> Topic | None:
        """Class and description; None if nobody says anything within the role. Takes some ten milliseconds."""
        utterances = spoken(dialogue)
        if not any(utterance.text.strip() for utterance in utterances):
            return None
        main = self.classify([dialogue])[0]
        return Topic(main, self._phrase(utterances, main))

    def _phrase(self, utterances: Sequence[Utterance], main: TopicClass) -> str:
        """The clause with the most weight for the class, by the root of its length; from the client if there is one."""
        of_client = [u.text for u in utterances if u.role is Role.CLIENT and u.text.strip()]
        texts = of_client or [utterance.text for utterance in utterances]
        role = Role.CLIENT if of_client else Role.COUNSELOR
        clauses = [clause for text in texts for clause in _CLAUSE_END.split(text.strip()) if clause]
        phrases = [clause[:LONGEST_PHRASE] for clause in clauses if len(clause) >= SHORTEST_PHRASE]
        if not phrases:
            # Nothing but greetings and dots: what there is, from the start.
            return "".join(chain.from_iterable(text.split() for text in texts))[:LONGEST_PHRASE]
        known, column = self.lexicons[role], self.classes.index(main)
        weight = known.vectors([normal(phrase) for phrase in phrases]) @ self.weights[role][:, column]
        # Vectors have length 1 whatever the text's; a long clause that keeps its weight says more than a short one.
        return phrases[int(np.argmax(weight * np.sqrt([len(phrase) for phrase in phrases])))]

    def save(self, folder: Path) -> None:
        """Write the model into a folder."""
        arrays: dict[str, NDArray[Any]] = {"intercept": self.intercept}
        for role in Role:
            arrays[f"{role.value}_idf"] = self.lexicons[role].idf
            arrays[f"{role.value}_weights"] = self.weights[role]
        description = _Description(
            format=_FORMAT,
            format_version=_FORMAT_VERSION,
            classes=[topic.value for topic in self.classes],
            longest_gram=self.lexicons[Role.CLIENT].longest,
            grams={role.value: list(self.lexicons[role].index) for role in Role},
            learnt=sorted(self.learnt),
        )
        save_model(folder, description, arrays)


def load_topics(folder: Path) -> TopicClassifier:
    """Read a classifier from the folder of a training run, or from `model/` in it.

    Raises:
        InputError: no model of this kind is there, or it is damaged; the message names the file.
    """
    stored = read_model(folder, _Description, "a topic classifier")
    told, take, file = stored.told, stored.take, stored.place / DESCRIPTION
    stored.check({"format": _FORMAT, "format_version": _FORMAT_VERSION})
    known = [topic.value for topic in TopicClass if topic.value in told.classes]
    if len(known) < 2 or told.classes != known:
        raise InputError(f"{file}, classes", "must be two or more of the eleven, in their order", REMEDY)
    if set(told.grams) != {role.value for role in Role} or any(len(set(g)) != len(g) for g in told.grams.values()):
        raise InputError(f"{file}, grams", "must hold each role's n-grams once", REMEDY)
    sizes = {role: len(told.grams[role.value]) for role in Role}
    return TopicClassifier(
        classes=tuple(TopicClass(name) for name in told.classes),
        lexicons={
            role: Lexicon(
                {gram: column for column, gram in enumerate(told.grams[role.value])},
                take(f"{role.value}_idf", (sizes[role],), "float64"),
                told.longest_gram,
            )
            for role in Role
        },
        weights={role: take(f"{role.value}_weights", (sizes[role], len(known)), "float32") for role in Role},
        intercept=take("intercept", (len(known),), "float64"),
        learnt=frozenset(told.learnt),
        name=f"topics:{folder}",
        fingerprint=stored.fingerprint,
    )


@dataclass(frozen=True)
class TopicFit:
    """A trained classifier and how its penalty was chosen.

    Attributes:
        strength: the chosen C of the support vector machine.
        tried: {strength, accuracy, kappa} on the validation part for each.
    """

    model: TopicClassifier
    strength: float
    tried: list[dict[str, float | None]]


def main_topic(dialogue: Dialogue) -> TopicClass:
    """The class that a dialogue was given.

    Raises:
        InputError: it has none.
    """
    if dialogue.topic is None:
        raise InputError(f"dialogue {dialogue.id}", "has no topic to learn from", "Train on labelled dialogues only")
    return dialogue.topic.main


def fit_topics(train: Sequence[Dialogue], validation: Sequence[Dialogue], run: TopicRun, seed: int) -> TopicFit:
    """Fit on the training part; only the strength is chosen on the validation part, by kappa, ties for the weaker C.

    Args:
        seed: of the solver.

    Raises:
        InputError: a dialogue has no topic, or all of the training part have the same.
    """
    due = [main_topic(dialogue) for dialogue in train]
    classes = tuple(topic for topic in TopicClass if topic in due)
    if len(classes) < 2:
        raise InputError("training part", "holds one topic alone", "Train on dialogues of two topics or more")
    texts = [read_texts(dialogue) for dialogue in train]
    lexicons = {role: lexicon([text[role] for text in texts], run.longest_gram, run.max_grams) for role in Role}
    vectors = sparse.hstack([lexicons[role].vectors([text[role] for text in texts]) for role in Role]).tocsr()

    # scikit-learn takes a second to import, and a model that only answers never needs it.
    from sklearn.svm import LinearSVC

    tried: list[dict[str, float | None]] = []
    best: tuple[float, float, TopicClassifier] | None = None
    for strength in sorted(run.strengths):
        machine = LinearSVC(C=strength, class_weight="balanced", random_state=seed)
        machine.fit(vectors, [classes.index(topic) for topic in due])
        # Of two classes scikit-learn draws one line, whose other side is the other class.
        lines = machine.coef_ if len(classes) > 2 else np.vstack([-machine.coef_, machine.coef_])
        intercept = machine.intercept_ if len(classes) > 2 else np.hstack([-machine.intercept_, machine.intercept_])
        border = len(lexicons[Role.COUNSELOR].index)
        halves = {Role.COUNSELOR: lines.T[:border], Role.CLIENT: lines.T[border:]}
        model = TopicClassifier(
            classes=classes,
            lexicons=lexicons,
            weights={role: half.astype(np.float32) for role, half in halves.items()},
            intercept=np.asarray(intercept, dtype=np.float64),
            learnt=frozenset(text_digest(dialogue) for dialogue in train),
        )
        measured = measure_topics(model, validation)
        tried.append({"strength": strength, "accuracy": measured["accuracy"], "kappa": measured["kappa"]})
        reached = measured["kappa"] if measured["kappa"] is not None else -1.0
        if best is None or reached > best[0]:
            best = reached, strength, model
    assert best is not None
    return TopicFit(best[2], best[1], tried)


def measure_topics(
    model: TopicClassifier, dialogues: Sequence[Dialogue], majority: TopicClass | None = None
) -> dict[str, Any]:
    """The agreement of a classifier with the topics that dialogues were given, see `evaluation.agreement`.

    Args:
        majority: the most frequent class of the training part, for the baseline that reads nothing.
    """
    pairs = [
        Pair(main_topic(dialogue).value, label.value, dialogue.client)
        for dialogue, label in zip(dialogues, model.classify(dialogues), strict=True)
    ]
    return agreement(pairs, CLASSES, majority.value if majority else None)
