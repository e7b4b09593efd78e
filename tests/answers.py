"""Answers for tests of metrics: made up from a few words, and those of a trivial system to the released corpus."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from kokorochat.corpus.reading import read_corpus
from kokorochat.evaluation.responses import ResponseAnswer
from kokorochat.tasks.response import response_samples

PIECES = ("そう", "です", "か", "ね", "。", "つらい", "眠れ", "ない", "はい", "A")

texts = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)
words = st.lists(st.sampled_from("abcde"), max_size=9)


def an_answer(sample: str, text: str, target: str) -> ResponseAnswer:
    return ResponseAnswer(sample, text, target, "a test", "none")


def some_answers(*pairs: tuple[str, str], turns: int = 2) -> list[ResponseAnswer]:
    """Answers with their targets; each dialogue has so many turns."""
    return [an_answer(f"{n // turns}:{n}", text, target) for n, (text, target) in enumerate(pairs)]


@cache
def previous_turns(corpus: Path) -> tuple[ResponseAnswer, ...]:
    """The counselor's previous turn as the answer to each response of the test part."""

    def made() -> Iterable[ResponseAnswer]:
        for dialogue in read_corpus(corpus):
            if dialogue.feedback is not None and dialogue.feedback.total >= 99:
                for sample in response_samples(dialogue):
                    said = [message.content for message in sample.messages if message.role == "assistant"]
                    yield an_answer(sample.id, said[-1] if said else "", sample.target or "")

    return tuple(made())
