"""What a model reads to answer: no more tokens than it has learnt to read, cut as in its training or not at all."""

from bisect import bisect_left
from collections.abc import Sequence

from kokorochat.learning.finetuned.base import places_of
from kokorochat.learning.finetuned.settings import ScoreFineTuning
from kokorochat.learning.finetuned.storing import Loaded
from kokorochat.learning.finetuned.talks import Talk, turns_to_drop, without_oldest
from kokorochat.llm.chat import Message

_TRANSCRIPT = 2
"""Messages of a question for scores: the instruction, and the whole talk."""


class TooLong(Exception):
    """A talk that can't be read whole, and may not be cut.

    Attributes:
        tokens: it has.
        longest: that are read.
    """

    def __init__(self, tokens: int, longest: int) -> None:
        super().__init__(f"{tokens:,} tokens, of which {longest:,} are read")
        self.tokens, self.longest = tokens, longest


def longest_prompt(loaded: Loaded) -> int:
    """The tokens of a question that a model reads: those of its training, with room left for the answer."""
    run, places = loaded.run, places_of(loaded.model.config)
    return run.longest if places is None else max(1, min(run.longest, places - run.longest_answer))


def prompt_of(loaded: Loaded, messages: Sequence[Message]) -> list[int]:
    """The tokens that ask for the next message; where training left out the oldest turns, without as many as must go.

    Raises:
        TooLong: there are more than the model reads, and the run file says that nothing may be left out, or not even
            the last turn fits.
        InputError: see `Renderer.prompt`.
    """
    prompt, longest = loaded.renderer.prompt(messages), longest_prompt(loaded)
    if len(prompt) <= longest:
        return prompt
    scores = isinstance(loaded.run, ScoreFineTuning)
    # What has been asked for scores again is no talk whose beginning could go.
    if loaded.run.too_long == "refuse" or (scores and len(messages) != _TRANSCRIPT):
        raise TooLong(len(prompt), longest)
    talk = _asking(messages, scores)

    def without(count: int) -> list[int]:
        return loaded.renderer.prompt(without_oldest(talk, count).messages[:-1])

    counts = range(1, turns_to_drop(talk) + 1)
    fewest = bisect_left(counts, True, key=lambda count: len(without(count)) <= longest)
    if fewest == len(counts):
        raise TooLong(len(prompt), longest)
    return without(counts[fewest])


def whole_prompt_of(loaded: Loaded, messages: Sequence[Message]) -> list[int]:
    """The same of whoever asks at an endpoint: nothing is left out unseen, whatever was done in training.

    Raises:
        TooLong: there are more than the model reads.
        InputError: see `Renderer.prompt`.
    """
    prompt, longest = loaded.renderer.prompt(messages), longest_prompt(loaded)
    if len(prompt) > longest:
        raise TooLong(len(prompt), longest)
    return prompt


def _asking(messages: Sequence[Message], scores: bool) -> Talk:
    """A question as the talk that it is the beginning of, whose one answer is still to come."""
    whole = (*messages, Message("assistant", ""))
    # Of a transcript, which stands in one message, lines are left out and not turns.
    id = "scores" if scores else "talk"
    return Talk(id, whole, {len(messages): "scores" if scores else "answer"})
