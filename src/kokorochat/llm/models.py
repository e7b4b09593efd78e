"""From MODEL on the command line to a chat model."""

from kokorochat.domain.errors import InputError
from kokorochat.llm.chat import ChatModel
from kokorochat.llm.scripted import SCRIPTS, ScriptedModel

CHAT_MODELS = ("openai:NAME", *(f"scripted:{name}" for name in SCRIPTS))
"""The forms that MODEL may take where a chat model is asked."""


def load_chat_model(spec: str, *, timeout: float = 120) -> ChatModel:
    """The chat model that a specification such as `openai:gpt-4o-mini` names.

    Args:
        timeout: seconds for one attempt at a reply.

    Raises:
        InputError: no such model, or the environment names no endpoint for it.
    """
    kind, _, name = spec.partition(":")
    if kind == "openai" and name:
        # The client takes a second to import, and a wrong name should be told at once.
        from kokorochat.llm.api import api_model

        return api_model(name, timeout=timeout)
    if kind == "scripted" and name in SCRIPTS:
        return ScriptedModel(name, SCRIPTS[name])
    raise InputError(f"model {spec!r}", "is no chat model", f"Name one of: {', '.join(CHAT_MODELS)}")
