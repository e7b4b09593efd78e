"""What a message object may be, as the Messaging API checks it before anything is sent."""

from collections.abc import Iterator
from typing import Any

MOST_MESSAGES = 5
LONGEST_TEXT = 5000
"""UTF-16 units: most emoji count two."""

_MOST_QUICK_REPLIES = 13
_LONGEST_SENDER = 20
_LONGEST_LABEL = 20
_RESERVED_SENDER = "line"

Fault = dict[str, str]


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def faults_of(messages: object) -> list[Fault]:
    """What is wrong with the `messages` of a request: [{"message", "property"}]."""
    if not isinstance(messages, list) or not 1 <= len(messages) <= MOST_MESSAGES:
        return [_fault("Size must be between 1 and 5", "messages")]
    return [fault for place, message in enumerate(messages) for fault in _faults(message, f"messages[{place}]")]


def text_of(message: dict[str, Any]) -> str:
    """What a phone shows of a message object in words."""
    kind = message["type"]
    if kind in ("text", "textV2"):
        return str(message["text"])
    if kind == "template":
        return str(message["template"].get("text") or message["altText"])
    return str(message.get("altText", ""))


def actions_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """What can be tapped on a message: a template's buttons, then its quick replies."""
    buttons = message["template"].get("actions", []) if message["type"] == "template" else []
    return [*buttons, *(item["action"] for item in message.get("quickReply", {}).get("items", []))]


def _fault(message: str, place: str) -> Fault:
    return {"message": message, "property": place}


def _faults(message: object, place: str) -> Iterator[Fault]:
    if not isinstance(message, dict):
        yield _fault("Must be an object", place)
        return
    match message.get("type"):
        case "text" | "textV2":
            yield from _text(message.get("text"), f"{place}.text", LONGEST_TEXT)
        case "sticker":
            for name in ("packageId", "stickerId"):
                yield from _text(message.get(name), f"{place}.{name}", 20)
        case "image":
            for name in ("originalContentUrl", "previewImageUrl"):
                yield from _text(message.get(name), f"{place}.{name}", 2000)
        case "template":
            yield from _text(message.get("altText"), f"{place}.altText", 1500)
            yield from _template(message.get("template"), f"{place}.template")
        case "flex":
            yield from _text(message.get("altText"), f"{place}.altText", 1500)
            if not isinstance(message.get("contents"), dict):
                yield _fault("May not be empty", f"{place}.contents")
        case _:
            yield _fault("Must be one of the message types", f"{place}.type")
    yield from _sender(message.get("sender", {}), f"{place}.sender")
    yield from _quick_reply(message.get("quickReply"), f"{place}.quickReply")


def _text(text: object, place: str, longest: int) -> Iterator[Fault]:
    if not isinstance(text, str) or not text:
        yield _fault("May not be empty", place)
    elif units(text) > longest:
        yield _fault(f"Length must be between 0 and {longest}", place)


def _sender(sender: object, place: str) -> Iterator[Fault]:
    name = sender.get("name", "") if isinstance(sender, dict) else None
    if not isinstance(name, str):
        yield _fault("Must be an object with a name", place)
    elif units(name) > _LONGEST_SENDER:
        yield _fault(f"Length must be between 0 and {_LONGEST_SENDER}", f"{place}.name")
    elif _RESERVED_SENDER in name.lower():
        yield _fault("The name contains a word that is not allowed", f"{place}.name")


def _quick_reply(quick_reply: object, place: str) -> Iterator[Fault]:
    if quick_reply is None:
        return
    items = quick_reply.get("items") if isinstance(quick_reply, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= _MOST_QUICK_REPLIES:
        yield _fault(f"Size must be between 1 and {_MOST_QUICK_REPLIES}", f"{place}.items")
        return
    for number, item in enumerate(items):
        action = item.get("action") if isinstance(item, dict) else None
        yield from _action(action, f"{place}.items[{number}].action")


def _template(template: object, place: str) -> Iterator[Fault]:
    if not isinstance(template, dict) or template.get("type") not in ("buttons", "confirm"):
        yield _fault("Must be a template of buttons or a confirmation", place)
        return
    yield from _text(template.get("text"), f"{place}.text", 160)
    actions = template.get("actions")
    if not isinstance(actions, list) or not 1 <= len(actions) <= 4:
        yield _fault("Size must be between 1 and 4", f"{place}.actions")
        return
    for number, action in enumerate(actions):
        yield from _action(action, f"{place}.actions[{number}]")


def _action(action: object, place: str) -> Iterator[Fault]:
    needed = {"message": "text", "postback": "data", "uri": "uri"}
    if not isinstance(action, dict) or action.get("type") not in needed:
        yield _fault("Must be a message, postback or uri action", place)
        return
    # Labels count what a reader sees as one character; without a table of those, code points come nearest.
    label = action.get("label")
    if not isinstance(label, str) or not 1 <= len(label) <= _LONGEST_LABEL:
        yield _fault(f"Length must be between 1 and {_LONGEST_LABEL}", f"{place}.label")
    yield from _text(action.get(needed[action["type"]]), f"{place}.{needed[action['type']]}", 1000)
