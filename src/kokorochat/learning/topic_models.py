"""The models that say what a dialogue is about: a chat model that is asked, and the embedded classifier."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import Topic
from kokorochat.evaluation.labels import TopicLabel
from kokorochat.llm.chat import ChatFault, ChatModel, Reply, Settings, Tokens, estimated_tokens
from kokorochat.llm.models import CHAT_MODELS, load_chat_model
from kokorochat.tasks.reply import ReplyFault
from kokorochat.tasks.sample import Language
from kokorochat.tasks.topic import form, parse_topic, question, question_again

TOPIC_MODELS = ("topics:DIR", *CHAT_MODELS)
"""The forms that MODEL may take for topics."""

TRIES = 3
"""Answers that are asked for before one dialogue counts as failed."""

_REPLY_TOKENS = 40
"""A class and a phrase as JSON, for the estimate."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model is asked about one dialogue, before it is asked.

    Attributes:
        digest: equal questions have the same.
        characters: of the question, its instruction included.
        tokens: a rough estimate of what it costs; none for a model that costs nothing.
    """

    digest: str
    characters: int
    tokens: Tokens


class TopicModel(Protocol):
    """Whatever says what a dialogue is about."""

    @property
    def name(self) -> str:
        """As named on the command line."""

    @property
    def fingerprint(self) -> str | None:
        """Of a trained model's content; None for a chat model."""

    @property
    def language(self) -> Language | None:
        """Of the prompt; None for a model that reads none."""

    def asked(self, dialogue: Dialogue) -> Asked:
        """What would be asked about a dialogue."""

    def has_learnt(self, digest: str) -> bool:
        """Whether the model was trained on the very dialogue that asks so."""

    async def label(self, dialogue: Dialogue) -> TopicLabel:
        """The label of one dialogue, or the failure to read one in what the model said; many may be asked at once.

        Raises:
            ChatFault: no reply came.
        """

    async def close(self) -> None:
        """Let go of connections."""


class AskedTopics:
    """Topics by a chat model: the question of `tasks.topic`, and once or twice more what can't be read."""

    fingerprint = None

    def __init__(self, model: ChatModel, language: Language) -> None:
        self.name, self.language, self._model, self._form = model.name, language, model, form(language)

    def asked(self, dialogue: Dialogue) -> Asked:
        """See `TopicModel.asked`."""
        asked = question(dialogue, self.language)
        words = "".join(message.content for message in asked.messages)
        return Asked(asked.digest, len(words), Tokens(estimated_tokens(words), _REPLY_TOKENS))

    def has_learnt(self, digest: str) -> bool:
        """Nobody knows what a chat model has read."""
        return False

    async def label(self, dialogue: Dialogue) -> TopicLabel:
        """See `TopicModel.label`."""
        first = asked = question(dialogue, self.language)
        replies: list[Reply] = []
        topic: Topic | None = None
        failure: ReplyFault | None = None
        while topic is None and len(replies) < TRIES:
            try:
                reply = await self._model.reply(asked.messages, self._form)
            except ChatFault as fault:
                fault.attempts += sum(earlier.attempts for earlier in replies)
                fault.tokens = _sum([*(earlier.tokens for earlier in replies), fault.tokens])
                raise
            replies.append(reply)
            try:
                topic = parse_topic(reply.text)
            except ReplyFault as fault:
                failure = ReplyFault("cut off") if reply.finish == "length" else fault
                asked = question_again(first, reply.text, failure, self.language)
        return TopicLabel(
            dialogue=dialogue.id,
            model=self.name,
            asked=first.digest,
            topic=topic,
            failure=str(failure) if topic is None else None,
            attempts=sum(reply.attempts for reply in replies),
            tokens=_sum([reply.tokens for reply in replies]),
            cut=first.cut,
            served=replies[-1].served,
        )

    async def close(self) -> None:
        """Let go of the model's connections."""
        await self._model.close()


def _sum(counts: Sequence[Tokens | None]) -> Tokens | None:
    """None where one is unknown."""
    known = [count for count in counts if count is not None]
    return sum(known, Tokens()) if len(known) == len(counts) else None


class EmbeddedTopics:
    """Topics by the embedded classifier."""

    language = None

    def __init__(self, folder: Path) -> None:
        """Load the classifier.

        Raises:
            InputError: the folder holds none that can be used.
        """
        # numpy and scipy take a moment to import, and a wrong name should be told at once.
        from kokorochat.learning.topics import load_topics

        self._classifier = load_topics(folder)
        self.name, self.fingerprint = self._classifier.name, self._classifier.fingerprint

    def asked(self, dialogue: Dialogue) -> Asked:
        """See `TopicModel.asked`; nothing is paid for."""
        from kokorochat.learning.topics import text_digest

        return Asked(text_digest(dialogue), sum(len(u.text) for u in dialogue.utterances), Tokens())

    def has_learnt(self, digest: str) -> bool:
        """Whether it was trained on the dialogue of that digest."""
        return digest in self._classifier.learnt

    async def label(self, dialogue: Dialogue) -> TopicLabel:
        """See `TopicModel.label`."""
        topic = self._classifier.topic(dialogue)
        return TopicLabel(
            dialogue=dialogue.id,
            model=self.name,
            asked=self.asked(dialogue).digest,
            attempts=1,
            topic=topic,
            failure=None if topic else "nothing said: there are no words within the role-play",
            tokens=Tokens(),
        )

    async def close(self) -> None:
        """There is nothing to let go of."""


def load_topic_model(spec: str, language: Language = "ja", *, timeout: float = 120) -> TopicModel:
    """The model that a specification such as `topics:out/topics` or `openai:gpt-4o-mini` names.

    Args:
        language: of the prompt, for a chat model.
        timeout: seconds for one attempt at a chat model's reply.

    Raises:
        InputError: no such kind of model, or it can't be used.
    """
    kind, _, where = spec.partition(":")
    if kind == "topics" and where:
        return EmbeddedTopics(Path(where))
    if kind in ("openai", "scripted") and where:
        return AskedTopics(load_chat_model(spec, Settings(timeout=timeout)), language)
    raise InputError(f"model {spec!r}", "says no topics", f"Name one of: {', '.join(TOPIC_MODELS)}")
