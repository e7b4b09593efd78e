"""What asking will take, before anything is asked: by a rule that is stated, and nothing goes over the network."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kokorochat.domain.errors import InputError
from kokorochat.domain.installation import install_packages
from kokorochat.learning.chat.prices import Tariff
from kokorochat.learning.chat.questions import Asking, Count, expected_tokens
from kokorochat.llm.chat import Message, Tokens, estimated_tokens
from kokorochat.tasks.sample import Sample


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is still to be asked.

    Attributes:
        talks: dialogues.
        prompt: tokens read in all; of them `repeated` stand at the start of the question before in the same dialogue,
            so a server that keeps what it has read needn't read them again.
        completion: tokens written if each answer is as long as the one that is due.
        most: tokens written if each answer is as long as is allowed.
    """

    samples: int
    talks: int
    prompt: int
    repeated: int
    completion: int
    most: int

    def cost(self, tariff: Tariff) -> dict[str, float]:
        """In the tariff's currency, {how: amount}.

        `expected` is without any cache, `cached` with all kept that is repeated, `most` without a cache and with the
        longest answers.
        """
        plain = Tokens(self.prompt, self.completion)
        return {
            "expected": tariff.price.cost(plain),
            "cached": tariff.price.cost(Tokens(self.prompt, self.completion, self.repeated)),
            "most": tariff.price.cost(Tokens(self.prompt, self.most)),
        }


def estimate(asking: Asking, samples: Sequence[Sample], count: Count = estimated_tokens) -> Estimate:
    """What it takes to ask samples once; tries that fail and questions that are asked again come on top.

    Args:
        count: tokens of a text.
    """
    known = cache(count)
    form = asking.form
    talks = asking.talks(samples)
    prompt = repeated = 0
    for talk in talks:
        before: tuple[Message, ...] = ()
        for sample in talk:
            messages = asking.question(sample).messages
            if before and messages[: len(before)] == before:
                repeated += expected_tokens(before, None, known)
            prompt += expected_tokens(messages, form, known)
            before = messages
    return Estimate(
        samples=len(samples),
        talks=len(talks),
        prompt=prompt,
        repeated=repeated,
        completion=sum(known(sample.target or "") for sample in samples),
        most=len(samples) * asking.settings.longest_reply,
    )


def load_counter(path: Path) -> Count:
    """A model's own tokenizer, from its `tokenizer.json`.

    Raises:
        InputError: the package is missing, or the file holds no tokenizer.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise InputError("--tokenizer", "the package tokenizers is missing", install_packages("tokenizers")) from None
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as fault:  # The library raises no narrower one.
        raise InputError(str(path), f"holds no tokenizer ({type(fault).__name__})", "Give a tokenizer.json") from None
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
