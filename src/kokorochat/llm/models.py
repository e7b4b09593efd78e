"""From MODEL on the command line to a chat model."""

from kokorochat.domain.errors import InputError
from kokorochat.llm.chat import ChatModel, Settings
from kokorochat.llm.scripted import SCRIPTS, ScriptedModel

CHAT_MODELS = ("openai:NAME", *(f"scripted:{name}" for name in SCRIPTS))
"""The forms that MODEL may take where a chat model is asked."""


def is_chat_model(spec: str) -> bool:
    """Whether a specification names a chat model that there can be."""
    kind, _, name = spec.partition(":")
    return (kind == "openai" and bool(name) and name.isprintable()) or (kind == "scripted" and name in SCRIPTS)


def load_chat_model(spec: str, settings: Settings | None = None) -> ChatModel:
    """The chat model that a specification such as `openai:gpt-4o-mini` names.

    Args:
        settings: of an endpoint.

    Raises:
        InputError: no such model, or the environment names no endpoint for it.
    """
    kind, _, name = spec.partition(":")
    if is_chat_model(spec) and kind == "openai":
        # The client takes a second to import, and a wrong name should be told at once.
        from kokorochat.llm.api import api_model

        return api_model(name, settings)
    if is_chat_model(spec):
        return ScriptedModel(name, SCRIPTS[name])
    raise InputError(f"model {spec!r}", "is no chat model", f"Name one of: {', '.join(CHAT_MODELS)}")
