"""From a talk to tokens as the base's own chat template writes it, and where in them its replies stand.

Between two messages a template puts a frame: what ends the one and begins the other. The frames are found by letting
the template write a talk of markers; then the talk itself is written by the template too, as a whole, and must be the
same text, and the same tokens, as its parts one after the other. So the tokens are the model's own, each reply has its
place in them, and what stands before a reply is what the model is shown when it is to write one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.talks import Talk
from kokorochat.learning.finetuned.templates import DATE, MANNERS, REMEDY, Manner
from kokorochat.llm.chat import Message

_PROBE = (Message("system", "s"), Message("assistant", "a"), Message("user", "u"), Message("assistant", "b"))


@dataclass(frozen=True)
class Reply:
    """A reply among the tokens of a talk.

    Attributes:
        sample: the id of the sample whose answer it is.
        start: its first token.
        end: behind its last, which is the one that ends the turn.
    """

    sample: str
    start: int
    end: int


@dataclass(frozen=True)
class Rendered:
    """A talk as tokens.

    Attributes:
        id: of the dialogue.
        replies: those to be learnt, in order.
    """

    id: str
    tokens: NDArray[np.int32]
    replies: tuple[Reply, ...]

    def one_by_one(self) -> Iterator["Rendered"]:
        """For each reply the talk up to it, in which it is the only one to be learnt: a sample of its own."""
        for reply in self.replies:
            yield Rendered(reply.sample, self.tokens[: reply.end], (reply,))

    def due(self) -> NDArray[np.bool_]:
        """Of each token, whether it is learnt."""
        found = np.zeros(len(self.tokens), dtype=bool)
        for reply in self.replies:
            found[reply.start : reply.end] = True
        return found


class Refused(Exception):
    """A template doesn't take messages in some manner, or writes them so that no reply can be told from the rest."""


class Renderer:
    """Writes talks for a base."""

    def __init__(self, tokenizer: Any, template: str, base: str) -> None:
        """Find out how the template takes messages.

        Args:
            tokenizer: of the base, as transformers has it.
            template: its text, see `templates.template_text`.
            base: its name, for messages.

        Raises:
            InputError: no reply can be told from the rest, or no token ends a turn.
        """
        self.tokenizer, self.template, self.base = tokenizer, template, base
        self._encode = lru_cache(4096)(self._encoded)
        self._special = {token.content for token in tokenizer.added_tokens_decoder.values() if token.special}
        self._special_ids = set(tokenizer.convert_tokens_to_ids(sorted(self._special)))
        self.manner = self._tried()
        self.end = self._ending(_PROBE)

    def render(self, talk: Talk) -> Rendered:
        """The tokens of a talk, and where its replies stand.

        Raises:
            InputError: the template writes this talk in another way than it wrote the trial.
        """
        try:
            return self._render(talk)
        except Refused as fault:
            raise InputError(f"dialogue {talk.id}", f"can't be written for {self.base}: {fault}", REMEDY) from None

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The tokens that ask for the next message of the assistant: those that stand before it in a whole talk.

        Raises:
            InputError: as `render`.
        """
        put = self.manner.put(_stripped(messages))
        try:
            tokens, _ = self._parts(put, self._frames(put, asks=True), asks=True)
        except Refused as fault:
            raise InputError("messages", f"can't be written for {self.base}: {fault}", REMEDY) from None
        return tokens

    def text(self, tokens: Sequence[int]) -> str:
        """What some tokens say, the one that ends a turn and all after it left out."""
        said = list(tokens)
        if self.end in said:
            said = said[: said.index(self.end)]
        text: str = self.tokenizer.decode(said, skip_special_tokens=True)
        return text.strip()

    def _tried(self) -> Manner:
        reasons = []
        for manner in MANNERS:
            try:
                self._check(manner)
            except Refused as fault:
                reasons.append(str(fault))
            else:
                return manner
        raise InputError(f"base {self.base}", f"its replies can't be told from the rest: {reasons[0]}", REMEDY)

    def _check(self, manner: Manner) -> None:
        """Try a talk that the assistant opens, and one that the user opens; each prefix must stay as it was."""
        for probe in (_PROBE, (*_PROBE[:1], *_PROBE[2:])):
            put = manner.put(probe)
            frames = self._frames(put)
            for place, message in enumerate(put):
                if message.role == "assistant":
                    before = _joined(frames[: place + 1], put[:place])
                    if self._own(put[:place], asks=True) != before:
                        raise Refused("what asks for a reply is not what stands before it in a whole talk")
            self._ending(probe, manner)

    def _render(self, talk: Talk) -> Rendered:
        shift = len(self.manner.put(talk.messages)) - len(talk.messages)
        put = self.manner.put(_stripped(talk.messages))
        frames = self._frames(put)
        tokens, starts = self._parts(put, frames)
        last = max(talk.learnt, default=0) + shift
        if talk.learnt and self._own(put[:last], asks=True) != _joined(frames[: last + 1], put[:last]):
            raise Refused("what asks for a reply is not what stands before it in a whole talk")
        replies = []
        for place, sample in talk.learnt.items():
            begin, behind = starts[place + shift], self._encode(frames[place + shift + 1])
            end = starts[place + shift + 1] - len(behind) + self._length_of_end(behind)
            replies.append(Reply(sample, begin, end))
        return Rendered(talk.id, np.array(tokens, dtype=np.int32), tuple(replies))

    def _parts(self, put: Sequence[Message], frames: Sequence[str], asks: bool = False) -> tuple[list[int], list[int]]:
        """The tokens, and where each message begins in them, the end at last; they are compared with the whole's."""
        whole = _joined(frames, put)
        if self._own(put, asks) != whole:
            raise Refused("its chat template changes what is said")
        tokens, starts = list[int](), list[int]()
        for frame, said in zip(frames, [*self._contents(put), []], strict=True):
            tokens += self._encode(frame)
            starts.append(len(tokens))
            tokens += said
        # A text in which somebody has typed a token of the template reads as that token in the whole, and must not.
        typed = any(token in message.content for message in put for token in self._special)
        if not typed and self.tokens(whole) != tokens:
            raise Refused("its tokens reach over the borders of turns")
        return tokens, starts

    def _frames(self, put: Sequence[Message], asks: bool = False) -> list[str]:
        """What the template writes before, between and behind the messages."""
        markers = [f"zq{number:05d}qz" for number in range(len(put))]
        text = self._own([Message(m.role, marker) for m, marker in zip(put, markers, strict=True)], asks)
        frames = []
        for marker in markers:
            frame, found, text = text.partition(marker)
            if not found or marker in text:
                raise Refused("its chat template leaves messages out, repeats them or changes their order")
            frames.append(frame)
        return [*frames, text]

    def _ending(self, probe: Sequence[Message], manner: Manner | None = None) -> int:
        """The token that ends a turn of the assistant."""
        put = (manner or self.manner).put(probe)
        frames = self._frames(put)
        ends = set()
        for place, message in enumerate(put):
            if message.role == "assistant":
                frame = list(self._encode(frames[place + 1]))
                ends.add(frame[self._length_of_end(frame) - 1])
        if len(ends) > 1:
            raise Refused("no one token ends a turn")
        return ends.pop()

    def _length_of_end(self, frame: Sequence[int]) -> int:
        """How many tokens of a frame behind a reply belong to the reply: up to the one that ends the turn."""
        for place, token in enumerate(frame):
            if token in self._special_ids:
                return place + 1
        raise Refused("no token ends a turn, so that the model would never learn to stop")

    def _own(self, messages: Sequence[Message], asks: bool = False) -> str:
        """The base's own rendering."""
        told = [{"role": message.role, "content": message.content} for message in messages]
        try:
            text: str = self.tokenizer.apply_chat_template(
                told, chat_template=self.template, tokenize=False, add_generation_prompt=asks, date_string=DATE
            )
        # Templates raise what they like.
        except Exception as fault:
            raise Refused(f"its chat template refuses them ({str(fault).partition(chr(10))[0]})") from None
        return text

    def tokens(self, text: str) -> list[int]:
        """Of a text in which tokens of the template count as such."""
        tokens: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens

    def _encoded(self, frame: str) -> tuple[int, ...]:
        return tuple(self.tokens(frame))

    def _contents(self, messages: Sequence[Message]) -> list[list[int]]:
        """Of what is said in each message, in which nothing counts as a token of the template."""
        texts = [message.content for message in messages]
        tokens: list[list[int]] = self.tokenizer(texts, add_special_tokens=False, split_special_tokens=True)[
            "input_ids"
        ]
        return tokens


def _stripped(messages: Sequence[Message]) -> list[Message]:
    """Without space around each message: some templates take it off and others don't."""
    return [Message(message.role, message.content.strip()) for message in messages]


def _joined(frames: Sequence[str], messages: Sequence[Message]) -> str:
    contents = [*(message.content for message in messages), ""]
    return "".join(frame + content for frame, content in zip(frames, contents, strict=True))
