"""Who speaks behind the endpoint: any of our models that answers a chat."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.learning.models import RESPONSE_MODELS, PartnerModel, ResponseModel, load_response_model
from kokorochat.learning.serving.asking import Asked, with_instruction
from kokorochat.learning.serving.refusal import Refusal
from kokorochat.tasks.response import CLIENT_INSTRUCTIONS, INSTRUCTIONS, JOINERS
from kokorochat.tasks.sample import Sample


@dataclass(frozen=True)
class Ended:
    """What stands behind the last piece of an answer.

    Attributes:
        finish: it was at its end, or at the limit.
        prompt: tokens that asked.
        completion: tokens that were written.
        cached: of those that asked, the ones that needed no reading.
    """

    finish: Literal["stop", "length"]
    prompt: int = 0
    completion: int = 0
    cached: int = 0


class Speaker(Protocol):
    """Whatever answers a chat, one at a time."""

    def say(self, asked: Asked) -> Generator[str | Ended]:
        """The answer piece by piece, some of them empty, and `Ended` at last. Whoever listens may leave in between.

        Raises:
            Refusal: this chat can't be answered.
        """

    def kept(self) -> int:
        """Tokens of talks that are kept for their next turn."""


class Responder:
    """A model of the response task that has no tokens to stream; its answer is one piece."""

    def __init__(self, model: ResponseModel) -> None:
        self._model = model
        role = model.role if isinstance(model, PartnerModel) else Role.COUNSELOR
        self._instruction = (INSTRUCTIONS if role is Role.COUNSELOR else CLIENT_INSTRUCTIONS)["ja"]

    def say(self, asked: Asked) -> Generator[str | Ended]:
        """See `Speaker.say`."""
        refuse_form(asked)
        refuse_die(asked)
        messages = with_instruction(asked.messages, self._instruction, JOINERS["newline"])
        yield self._model.respond([Sample("chat:0", messages, None)])[0]
        yield Ended("stop")

    def kept(self) -> int:
        """None."""
        return 0


def refuse_form(asked: Asked) -> None:
    """See that no form is asked for.

    Raises:
        Refusal: one is.
    """
    if asked.form is not None:
        problem = "response_format: this model says what comes next in a talk, and no JSON."
        raise Refusal(400, problem, "unsupported_parameter", "response_format")


def refuse_die(asked: Asked) -> None:
    """See that nothing shall be drawn.

    Raises:
        Refusal: something shall.
    """
    if asked.temperature:
        raise Refusal(400, "temperature: this model draws nothing.", "unsupported_parameter", "temperature")


def load_speaker(spec: str, most_kept: int | None = None) -> Speaker:
    """The model that a specification such as `finetuned:out/high` names.

    Args:
        most_kept: tokens of talks that are kept for their next turn; None for four of the longest talks.

    Raises:
        InputError: no such kind of model, or its folder holds none that can be used.
    """
    kind, _, where = spec.partition(":")
    if kind == "finetuned" and where:
        # The libraries take seconds to import, and are no part of an installation that does without them.
        from kokorochat.learning.finetuned.speaking import load_finetuned_speaker

        return load_finetuned_speaker(Path(where), most_kept)
    if f"{kind}:DIR" not in RESPONSE_MODELS or not where:
        raise InputError(f"model {spec!r}", "answers no chat", f"Name one of: {', '.join(RESPONSE_MODELS)}")
    return Responder(load_response_model(spec))


def name_of(spec: str) -> str:
    """What a model is asked by if nobody says: the name of its folder."""
    return Path(spec.partition(":")[2].partition("+small:")[0]).absolute().name
