"""What a model says that dialogues are about, and the file that holds it."""

from pathlib import Path

import msgspec

from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import Topic
from kokorochat.llm.chat import Tokens
from kokorochat.tasks.lines import file_bytes, read_lines


class TopicLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of a file of topic labels: a topic, or why there is none.

    Attributes:
        dialogue: the dialogue's id.
        model: as named on the command line.
        asked: digest of the question; a dialogue that has changed since makes another.
        attempts: requests that were sent, those for answers that couldn't be read included.
        tokens: of all of them; None if the model doesn't count.
        topic: its main class by the released English name.
        failure: a short stable name of what went wrong, a colon, and what is known of it.
        cut: messages in the middle of a very long dialogue that the model wasn't shown.
        served: the model's name as the endpoint gave it.
    """

    dialogue: str
    model: str
    asked: str
    attempts: int
    tokens: Tokens | None
    topic: Topic | None = None
    failure: str | None = None
    cut: int = 0
    served: str | None = None


class LabelHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="topic-labels"):
    """How a file of topic labels was made.

    Attributes:
        version: of this package.
        model: as named on the command line.
        fingerprint: of a trained model's content; None for a chat model, which can't be looked into.
        prompt: version of the wording, None for a model that reads no prompt; so for `language` and `prompt_digest`.
        prompt_digest: SHA-256 of the instruction, the form of the answer and the rule of what is cut.
        corpus: the corpus' format.
        command: what was typed.
    """

    version: str
    model: str
    fingerprint: str | None
    prompt: str | None
    language: str | None
    prompt_digest: str | None
    corpus: str
    command: str


class LabelFile(msgspec.Struct, frozen=True):
    """A file of topic labels as read."""

    header: LabelHeader
    labels: list[TopicLabel]


def read_labels(path: Path) -> LabelFile:
    """Read a file of topic labels.

    Raises:
        InputError: the file can't be read, a line is broken, has neither topic nor failure, or a dialogue is labelled
            twice; the message names file and line.
    """
    header, labels = read_lines(file_bytes(path), path, LabelHeader, TopicLabel)
    seen: set[str] = set()
    for number, label in enumerate(labels, start=2):
        place = f"{path}, line {number}"
        if label.dialogue in seen:
            raise InputError(place, f"dialogue {label.dialogue} is labelled twice", "Leave one of the labels in")
        if (label.topic is None) is (label.failure is None):
            raise InputError(place, "holds neither a topic nor a failure, or both", "Label the dialogue again")
        seen.add(label.dialogue)
    return LabelFile(header, labels)
