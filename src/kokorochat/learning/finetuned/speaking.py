"""A fine-tuned model as it answers chats at an endpoint."""

import json
from collections.abc import Generator, Sequence
from pathlib import Path

from kokorochat.domain.dialogue import Role
from kokorochat.learning.finetuned.branches import can_branch
from kokorochat.learning.finetuned.digits import Form, likeliest, read_digits
from kokorochat.learning.finetuned.libraries import torch
from kokorochat.learning.finetuned.memory import Choose, Memory, drawn_token, likeliest_token
from kokorochat.learning.finetuned.reading import TooLong, whole_prompt_of
from kokorochat.learning.finetuned.settings import ResponseFineTuning
from kokorochat.learning.finetuned.storing import Loaded, load_weights_of, read_finetuned
from kokorochat.learning.finetuned.writing import write
from kokorochat.learning.serving.asking import Asked, with_instruction
from kokorochat.learning.serving.refusal import Refusal
from kokorochat.learning.serving.speaking import Ended, refuse_die, refuse_form
from kokorochat.tasks.response import CLIENT_INSTRUCTIONS, INSTRUCTIONS, JOINERS
from kokorochat.tasks.score import INSTRUCTIONS as SCORE_INSTRUCTIONS
from kokorochat.tasks.score import score_form

_TALKS_KEPT = 4
"""Of the greatest length, if nobody says how many tokens."""

_UNFINISHED = "\ufffd"
"""What stands for bytes that are no letter yet."""


class FineTunedSpeaker:
    """Answers from the model, by the tokens that `answer --model finetuned:DIR` would give of the whole chat."""

    def __init__(self, loaded: Loaded, most_kept: int | None = None) -> None:
        """Get ready.

        Args:
            most_kept: tokens of talks that are kept; None for four of the longest.
        """
        self._loaded, run = loaded, loaded.run
        most = _TALKS_KEPT * run.longest if most_kept is None else most_kept
        self._memory = Memory(loaded, most) if can_branch(loaded.model) else None
        if isinstance(run, ResponseFineTuning):
            instructions = INSTRUCTIONS if Role(run.role) is Role.COUNSELOR else CLIENT_INSTRUCTIONS
            self._instruction, self._joiner = instructions[run.language], JOINERS[run.joiner]
        else:
            self._instruction, self._joiner = SCORE_INSTRUCTIONS["ja"], "\n"

    def kept(self) -> int:
        """Tokens of talks that are kept for their next turn."""
        return self._memory.tokens if self._memory else 0

    def say(self, asked: Asked) -> Generator[str | Ended]:
        """See `Speaker.say`."""
        loaded = self._loaded
        messages = with_instruction(asked.messages, self._instruction, self._joiner)
        try:
            prompt = whole_prompt_of(loaded, messages)
        except TooLong as fault:
            problem = f"The chat has {fault.tokens:,} tokens; this model reads {fault.longest:,}."
            raise Refusal(400, problem, "context_length_exceeded", "messages") from None
        try:
            if asked.form is not None:
                yield from self._filled(asked, prompt)
            elif self._memory is None:
                yield from self._at_once(asked, prompt)
            else:
                yield from self._by_token(asked, prompt, self._memory)
        except torch.OutOfMemoryError:
            if self._memory:
                self._memory.forget()
            raise Refusal(503, "The model's memory was full; it is free again.", "out_of_memory", wait=1) from None

    def _longest(self, asked: Asked) -> int:
        most = self._loaded.run.longest_answer
        return min(asked.longest or most, most)

    def _by_token(self, asked: Asked, prompt: list[int], memory: Memory) -> Generator[str | Ended]:
        renderer, longest = self._loaded.renderer, self._longest(asked)
        choose: Choose = likeliest_token
        if asked.temperature:
            choose = drawn_token(asked.temperature, asked.top_p, asked.seed)
        writing, said, sent = memory.begin(prompt, longest), list[int](), ""
        try:
            while len(said) < longest and renderer.end not in said[-1:]:
                said.append(writing.next(choose))
                text = renderer.text(said).rstrip(_UNFINISHED)
                new = text.removeprefix(sent) if text.startswith(sent) else ""
                sent += new
                yield new
        finally:
            writing.close()
        yield renderer.text(said).removeprefix(sent)
        yield self._ended(prompt, said, writing.cached)

    def _at_once(self, asked: Asked, prompt: list[int]) -> Generator[str | Ended]:
        refuse_die(asked)
        said = write(self._loaded, prompt, self._longest(asked))
        yield self._loaded.renderer.text(said)
        yield self._ended(prompt, said)

    def _filled(self, asked: Asked, prompt: list[int]) -> Generator[str | Ended]:
        """The answer in its form, in which the model is asked for the digits alone."""
        loaded = self._loaded
        if isinstance(loaded.run, ResponseFineTuning):
            refuse_form(asked)
        if asked.form and asked.form.get("properties") != score_form().schema["properties"]:
            problem = "response_format: this model knows the form of the twenty items alone."
            raise Refusal(400, problem, "unsupported_parameter", "response_format")
        refuse_die(asked)
        form = Form(loaded.renderer)
        items = likeliest(read_digits(loaded.model, prompt, form, loaded.run, loaded.device))
        yield json.dumps(items)
        yield self._ended(prompt, [*form.filled(list(items.values())), loaded.renderer.end])

    def _ended(self, prompt: Sequence[int], said: Sequence[int], cached: int = 0) -> Ended:
        whole = self._loaded.renderer.end in said[-1:]
        return Ended("stop" if whole else "length", len(prompt), len(said), cached)


def load_finetuned_speaker(folder: Path, most_kept: int | None = None) -> FineTunedSpeaker:
    """The model that `train` wrote to a folder.

    Raises:
        InputError: none is there, or it can't be used.
    """
    return FineTunedSpeaker(load_weights_of(read_finetuned(folder)), most_kept)
