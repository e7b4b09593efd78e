"""Models at an endpoint for whoever waits for them: one question at a time, and an end to every wait.

Named as `openai:NAME@URL`: the address stands beside the name, since what people say must not go to an address that
some variable happens to hold.
"""

import asyncio
import os

from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError
from kokorochat.learning.finetuned.talks import response_talk
from kokorochat.llm.api import ApiModel
from kokorochat.llm.chat import ChatFault, Form, Message, Reply, Settings
from kokorochat.llm.http import NO_KEY, check_address, check_key
from kokorochat.llm.loops import run_to_end
from kokorochat.tasks.response import whole_sentences
from kokorochat.tasks.score import parse_scores, score_form, score_sample

KEY = "KOKOROCHAT_MODEL_KEY"
"""The variable with the key of these endpoints; as `serve-model` has it."""

_LONGEST_TURN = 300
"""Tokens."""

_TURN_SECONDS, _ESTIMATE_SECONDS = 20.0, 60.0
"""After which a reply doesn't come any more, all attempts and what the endpoint asks to wait together."""


class _Endpoint:
    def __init__(self, spec: str, settings: Settings, seconds: float) -> None:
        name, _, rest = spec.removeprefix("openai:").partition("@http")
        if not name or not name.isprintable() or not rest:
            raise InputError(f"model openai:{name}", "has no address", "Write openai:NAME@http://127.0.0.1:8100/v1")
        check_address(f"http{rest}", f"address of the model openai:{name}")
        key = os.environ.get(KEY) or None
        check_key(key, KEY)
        self._model, self._seconds = ApiModel(name, f"http{rest}", key or NO_KEY, settings), seconds

    def ask(self, messages: tuple[Message, ...], form: Form | None = None) -> Reply:
        """One reply.

        Raises:
            ChatFault: none came in time.
        """
        return run_to_end(self._asked(messages, form))

    async def _asked(self, messages: tuple[Message, ...], form: Form | None) -> Reply:
        # Connections belong to the loop in which they are made, and each question has its own.
        model = self._model.another()
        try:
            async with asyncio.timeout(self._seconds):
                return await model.reply(messages, form)
        except TimeoutError:
            raise ChatFault("timeout", f"no reply within {self._seconds:g} s") from None
        finally:
            await model.close()


class EndpointPartner:
    """Somebody to practise with whose words come from an endpoint."""

    def __init__(self, spec: str, role: Role) -> None:
        """Nothing is asked yet.

        Raises:
            InputError: it names no endpoint, or the key can't be one.
        """
        self.role = role
        settings = Settings(longest_reply=_LONGEST_TURN, timeout=_TURN_SECONDS, tries=3)
        self._endpoint = _Endpoint(spec, settings, _TURN_SECONDS)

    def converse(self, dialogue: Dialogue) -> str:
        """Its next turn, of one that was cut off the whole sentences; empty where it would say one of its turns again.

        Raises:
            ChatFault: no usable reply came in time, or one that was cut off in its first sentence.
        """
        messages = response_talk(dialogue, role=self.role).messages
        reply = self._endpoint.ask(messages)
        text = reply.text.strip()
        if reply.finish == "length":
            text = whole_sentences(text)
            if not text:
                problem = f"no whole sentence within {_LONGEST_TURN} tokens"
                raise ChatFault("cut off", problem, reply.attempts, reply.tokens)
        return "" if any(said.role == "assistant" and said.content == text for said in messages) else text


class EndpointEstimator:
    """Guesses how a session was rated, by what an endpoint answers to the score task."""

    def __init__(self, spec: str) -> None:
        """Nothing is asked yet.

        Raises:
            InputError: it names no endpoint, or the key can't be one.
        """
        settings = Settings(longest_reply=1000, timeout=_ESTIMATE_SECONDS, tries=3)
        self._endpoint = _Endpoint(spec, settings, _ESTIMATE_SECONDS)

    def predict_dialogue(self, dialogue: Dialogue) -> dict[str, int]:
        """The twenty items.

        Raises:
            ChatFault: no reply came in time.
            ReplyFault: it isn't the twenty values.
        """
        return parse_scores(self._endpoint.ask(score_sample(dialogue).messages, score_form()).text)
