"""A task as a chat model is asked it: the messages of a sample, the form of the reply, and the line that it makes."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from kokorochat.evaluation.answers import Answer
from kokorochat.evaluation.responses import ResponseAnswer
from kokorochat.learning.chat.digits import digit_probabilities
from kokorochat.llm.chat import Form, Message, Reply, Settings, Tokens, estimated_tokens, form_kind
from kokorochat.tasks.lines import digest
from kokorochat.tasks.reply import ReplyFault
from kokorochat.tasks.response import dialogue_of
from kokorochat.tasks.sample import Language, Sample, SampleHeader
from kokorochat.tasks.score import asked_again, parse_scores, score_form

Line = Answer | ResponseAnswer

Count = Callable[[str], int]
"""Tokens of a text."""

LONGEST_REPLY = {"score": 1000, "response": 500}
"""Tokens; twenty pairs take 200 to 500 of them, the longest reply of a counselor in KokoroChat 414 letters."""

_FORM_WORDS = {"json_schema": "JSON by schema", "json_object": "JSON as any object", None: "JSON by instruction"}

_READING = "1"
"""Version of how replies are read; it is part of the fingerprint."""

ITS_OWN = frozenset({"no JSON", "several objects", "wrong keys", "wrong value", "cut off", "refusal", "content filter"})
"""Failures that are what the model, or its provider, answers. All others are questions that got no reply."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one sample."""

    sample: Sample
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Asking:
    """How the samples of a file are asked.

    Attributes:
        model: as named on the command line.
        made_of: the samples' header.
        settings: of the endpoint.
        system: stands in the place of the samples' own system message; None leaves it.
        again: how often a reply that can't be read is asked for once more, with what is wrong with it.
        opening: a message of the user's before a talk that the one asked for opens; some chat templates want one.
    """

    model: str
    made_of: SampleHeader
    settings: Settings
    system: str | None = None
    again: int = 0
    opening: str | None = None

    @property
    def scores(self) -> bool:
        """Whether the twenty items are asked for; else a text is."""
        return self.made_of.task == "score"

    @property
    def form(self) -> Form | None:
        """Of the reply; None for a text."""
        return score_form() if self.scores else None

    @property
    def record(self) -> type[Line]:
        """The type of a line of answers."""
        return Answer if self.scores else ResponseAnswer

    @property
    def decoding(self) -> str:
        """How a reply is to be chosen and read; what an endpoint made of it: `decoding_of`."""
        return self.decoding_of()

    def decoding_of(self, refused: Collection[str] = ()) -> str:
        """How a reply was chosen and read, for lines, headers and signatures.

        Args:
            refused: what the endpoint did not take, see `Reply`.
        """
        settings = self.settings
        chosen = "greedy" if settings.temperature == 0 else f"temperature {settings.temperature:g}"
        if "temperature" in refused:
            chosen = "the endpoint's own temperature"
        told = [chosen, f"at most {settings.longest_reply} tokens"]
        if self.scores:
            told.append(_FORM_WORDS[form_kind(settings.form, refused)])
            told += [f"asked again {self.again}"] if self.again else []
            told += ["probabilities of digits"] if settings.alternatives and "logprobs" not in refused else []
        if self.system is not None:
            told.append(f"system message {digest(self.system.encode())[:8]}")
        if self.opening is not None:
            told.append(f"opening {digest(self.opening.encode())[:8]}")
        return ", ".join(told)

    @property
    def fingerprint(self) -> str:
        """Of all that makes an answer, besides the sample and the weights, which nobody can look into."""
        return digest(msgspec.json.encode((_READING, self.model, self.decoding, self.system, self.opening)))

    def question(self, sample: Sample) -> Question:
        """What is asked about a sample."""
        system = tuple(message for message in sample.messages if message.role == "system")
        talk = tuple(message for message in sample.messages if message.role != "system")
        if self.system is not None:
            system = (Message("system", self.system),)
        if self.opening is not None and talk and talk[0].role == "assistant":
            talk = (Message("user", self.opening), *talk)
        return Question(sample, (*system, *talk))

    def asked_again(self, question: Question, reply: str, fault: ReplyFault) -> Question:
        """The question once more, after a reply that can't be read."""
        language: Language = self.made_of.language or "ja"
        return replace(question, messages=asked_again(question.messages, reply, fault, language))

    def most(self, sample: Sample) -> Tokens:
        """The tokens that no request for a sample exceeds, be it the first or one that asks again."""
        question, longest = self.question(sample), self.settings.longest_reply
        prompt = most_tokens(question.messages, self.form)
        if self.again:
            # What is repeated of a reply has no more tokens than the model wrote.
            asked = self.asked_again(question, "", ReplyFault(max(ITS_OWN, key=len)))
            prompt = longest + most_tokens(asked.messages, self.form)
        return Tokens(prompt, longest)

    def answer(self, sample: Sample, reply: Reply) -> Line:
        """The line of a reply; a text that was cut off is kept, and named.

        Raises:
            ReplyFault: it can't be read.
        """
        is_cut, decoding = reply.finish == "length", self.decoding_of(reply.refused)
        if not self.scores:
            at = f"cut off: at {self.settings.longest_reply} tokens" if is_cut else None
            return ResponseAnswer(sample.id, reply.text, sample.target or "", self.model, decoding, at)
        try:
            items = parse_scores(reply.text)
        except ReplyFault:
            if is_cut:
                raise ReplyFault("cut off", f"at {self.settings.longest_reply} tokens") from None
            raise
        likely = digit_probabilities(reply) if self.settings.alternatives else None
        return Answer(sample.id, items, sample.target or "", self.model, decoding, likely)

    def failed(self, sample: Sample, failure: str, refused: Collection[str] = ()) -> Line:
        """The line of a sample without an answer.

        Args:
            refused: see `Reply`.
        """
        decoding = self.decoding_of(refused)
        if not self.scores:
            return ResponseAnswer(sample.id, "", sample.target or "", self.model, decoding, failure)
        return Answer(sample.id, None, sample.target or "", self.model, decoding, failure=failure)

    def talks(self, samples: Iterable[Sample]) -> list[list[Sample]]:
        """The samples, those of one dialogue together and in their order: each begins as the one before does."""
        talks: dict[str, list[Sample]] = {}
        for sample in samples:
            talks.setdefault(sample.id if self.scores else dialogue_of(sample.id), []).append(sample)
        return list(talks.values())


def is_answered(line: Line) -> bool:
    """Whether a line holds what the model says, though it may be unreadable; else the sample is to be asked again."""
    return line.failure is None or line.failure.partition(":")[0] in ITS_OWN


AROUND_A_MESSAGE = 4
"""Tokens that a chat template writes around each message, as most do."""


def expected_tokens(messages: Sequence[Message], form: Form | None, count: Count = estimated_tokens) -> int:
    """What a question is likely to have: its messages, what stands around each, and the form.

    Args:
        count: tokens of a text.
    """
    written = sum(count(message.content) + AROUND_A_MESSAGE for message in messages)
    return written + (count(msgspec.json.encode(form.schema).decode()) if form else 0)


def most_tokens(messages: Sequence[Message], form: Form | None) -> int:
    """A bound of the tokens of a question that none exceeds: no tokenizer makes more tokens than bytes.

    What an endpoint writes around each message, and the form that it may read as well, are in it.
    """
    written = sum(len(message.content.encode("utf-8", "replace")) + _AROUND for message in messages)
    return written + _AROUND + (len(msgspec.json.encode(form.schema)) if form else 0)


_AROUND = 32
"""Tokens around a message and around the whole: chat templates take 3 to 10, and some put the date before."""
