"""A chat model that follows a script: the same reply to the same messages, without any network."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kokorochat.llm.chat import NOBODY, Attempt, Form, Message, Reply, Tokens, Watch

Script = Callable[[Sequence[Message], Form | None], str]


class ScriptedModel:
    """A model whose replies are a function of what it is asked. It counts no tokens, for it costs none."""

    def __init__(self, name: str, script: Script) -> None:
        self.name = f"scripted:{name}"
        self._script = script

    async def reply(self, messages: Sequence[Message], form: Form | None = None, watch: Watch = NOBODY) -> Reply:
        """What the script says."""
        await watch.before()
        reply = Reply(self._script(messages, form), "stop", Tokens())
        watch.after(Attempt(time.time(), 0, "answered", tokens=Tokens(), finish=reply.finish))
        return reply

    def another(self) -> "ScriptedModel":
        """Itself: it has no connections."""
        return self

    async def close(self) -> None:
        """There is nothing to let go of."""


def first_choice(messages: Sequence[Message], form: Form | None) -> str:
    """The form filled in with the first that it allows; without a form "scripted"."""
    return "scripted" if form is None else json.dumps(_first(form.schema), ensure_ascii=False)


def echo(messages: Sequence[Message], form: Form | None) -> str:
    """The last message again: a model that never keeps to a form."""
    return messages[-1].content


def _first(schema: Mapping[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return {name: _first(inner) for name, inner in schema["properties"].items()}
        case "array":
            return [_first(schema["items"])] * schema.get("minItems", 0)
        case "string":
            return "scripted"
        case "boolean":
            return False
    return schema.get("minimum", 0)


SCRIPTS: dict[str, Script] = {"first-choice": first_choice, "echo": echo}
"""What `scripted:NAME` may name."""
