"""The score task (paper §5.2): from a whole dialogue to the twenty item scores that its client gave.

The paper doesn't print its prompt, nor say what of the talk outside the role-play it shows. The wording here is our
own, and so is the rule of what is left out.
"""

import json
from collections.abc import Mapping, Sequence

from kokorochat import __version__
from kokorochat.corpus.out_of_role import closing_start
from kokorochat.domain.dialogue import Dialogue, Role, is_out_of_role
from kokorochat.domain.feedback import HIGHEST, ITEM_KEYS, ITEMS, LOWEST, feedback_faults
from kokorochat.llm.chat import Form, Message
from kokorochat.tasks.reply import ReplyFault, only_object, short
from kokorochat.tasks.sample import Language, Sample, SampleHeader, Turn

SPLIT = "8:1:1 random"
"""The paper's split (§5.2) as headers and signatures name it: the rule of `corpus.splits.score` without a group."""


def score_places(dialogue: Dialogue, keep_out_of_role: bool = False) -> tuple[int, ...]:
    """Which utterances a model may read, as their indices in the dialogue.

    By default two things are left out: bracketed talk outside the role, wherever it stands, and the closing exchange
    (`closing_start`). Both speak of the session as practice, and near the end of its rating.

    Args:
        keep_out_of_role: leave both in.
    """
    if keep_out_of_role:
        return tuple(range(len(dialogue.utterances)))
    places = [place for place, u in enumerate(dialogue.utterances) if not is_out_of_role(u.text)]
    return tuple(places[: closing_start([dialogue.utterances[place] for place in places])])


def score_input(dialogue: Dialogue, keep_out_of_role: bool = False) -> tuple[Turn, ...]:
    """What a model may read of a dialogue: the utterances of `score_places`, timed from the first of them."""
    utterances = [dialogue.utterances[place] for place in score_places(dialogue, keep_out_of_role)]
    start = utterances[0].time if utterances else None
    return tuple(
        Turn(u.role, (u.time - start).total_seconds() if u.time is not None and start is not None else None, u.text)
        for u in utterances
    )


def _japanese() -> str:
    form = ", ".join(f'"{key}": 整数' for key in ITEM_KEYS[:2])
    return "\n".join(
        (
            "あなたはカウンセリングの対話を読み、相談者がカウンセラーをどう評価したかを推定します。",
            f"次の{len(ITEMS)}項目のそれぞれに、相談者が付けたと考えられる点数を{LOWEST}から{HIGHEST}までの整数で答えてください。"
            f"{LOWEST}は「まったく当てはまらない」、{HIGHEST}は「とてもよく当てはまる」です。",
            "",
            *(f"- {item.key}: {item.japanese}" for item in ITEMS),
            "",
            f"答えは、{len(ITEMS)}項目すべてを上の順に並べた一つのJSONオブジェクトだけとし、ほかの文章は書かないでください。",
            f"形式: {{{form}, …}}",
        )
    )


def _english() -> str:
    form = ", ".join(f'"{key}": integer' for key in ITEM_KEYS[:2])
    return "\n".join(
        (
            "You read a counseling dialogue and estimate how the client rated the counselor.",
            f"For each of these {len(ITEMS)} items, answer with the score that the client is likely to have given, a "
            f"whole number from {LOWEST} to {HIGHEST}. {LOWEST} means that it does not apply at all, {HIGHEST} that it "
            "applies very well.",
            "",
            *(f"- {item.key}: {item.english}" for item in ITEMS),
            "",
            f"Answer with one JSON object alone that holds all {len(ITEMS)} items in this order, and write nothing "
            "else.",
            f"Form: {{{form}, …}}",
        )
    )


INSTRUCTIONS: dict[Language, str] = {"ja": _japanese(), "en": _english()}
"""The system message: our own wording; the items in Japanese in the wording that the client saw."""

_SPEAKERS: dict[Language, dict[Role, str]] = {
    "ja": {Role.COUNSELOR: "カウンセラー", Role.CLIENT: "相談者"},
    "en": {Role.COUNSELOR: "Counselor", Role.CLIENT: "Client"},
}

_AGAIN: dict[Language, str] = {
    "ja": "その答えは読み取れません（{fault}）。指定した形のJSONオブジェクト一つだけで、もう一度答えてください。",
    "en": "That answer can't be read ({fault}). Answer again, with one JSON object of the given form only.",
}


def asked_again(messages: Sequence[Message], reply: str, fault: ReplyFault, language: Language) -> tuple[Message, ...]:
    """The same question, with the reply that couldn't be read and the name of what is wrong with it."""
    mend = Message("user", _AGAIN[language].format(fault=fault.kind))
    return (*messages, Message("assistant", reply), mend)


def score_sample(dialogue: Dialogue, keep_out_of_role: bool = False, language: Language = "ja") -> Sample:
    """The score task for one dialogue (paper §5.2).

    The messages ask for the twenty item–score pairs as one JSON object; the target is that object, in the order of the
    items. Times aren't in the messages, only in `dialogue`. What is left out of the input: see `score_input`.

    Args:
        dialogue: without feedback the target is None.
        keep_out_of_role: leave talk outside the role, and the closing exchange, in the input.
        language: of the instruction; the talk itself stays as it is.
    """
    turns = score_input(dialogue, keep_out_of_role)
    transcript = "\n".join(f"{_SPEAKERS[language][turn.role]}: {turn.text}" for turn in turns)
    feedback = dialogue.feedback
    return Sample(
        id=dialogue.id,
        messages=(Message("system", INSTRUCTIONS[language]), Message("user", transcript)),
        target=json.dumps(feedback.by_key()) if feedback is not None else None,
        dialogue=turns,
    )


def score_header(
    part: str | None,
    seed: int,
    test_seed: int,
    keep_out_of_role: bool = False,
    command: str = "",
    split: str = SPLIT,
    group: str = "none",
    language: Language = "ja",
    corpus: str | None = None,
) -> SampleHeader:
    """The first line of a file of score samples.

    Args:
        part: of the split; None for the whole corpus, which no seed has touched.
        split: the rule of the split.
        group: what no two parts share.
        language: of the instruction.
        corpus: its digest, see `SampleHeader`.
    """
    return SampleHeader(
        version=__version__,
        task="score",
        part=part or "all",
        split=split if part else "none",
        seed=seed if part else None,
        test_seed=test_seed if part else None,
        out_of_role="kept" if keep_out_of_role else "left out",
        command=command,
        group=group,
        language=language if language != "ja" else None,
        corpus=corpus,
    )


def score_form() -> Form:
    """The twenty items as a JSON schema, for a model that can be held to it."""
    # Not minimum and maximum: some servers let these pass unheeded, and an enumeration none does.
    value = {"type": "integer", "enum": list(range(LOWEST, HIGHEST + 1))}
    return Form(
        "feedback",
        {
            "type": "object",
            "properties": dict.fromkeys(ITEM_KEYS, value),
            "required": list(ITEM_KEYS),
            "additionalProperties": False,
        },
    )


def parse_scores(reply: str) -> dict[str, int]:
    """The twenty values in a chat model's reply, in the order of the items.

    The reply holds exactly one JSON object with the twenty keys and no others, each with a whole number from 0 to 5;
    prose or a code fence around it are let pass. Nothing is guessed, filled in or rounded.

    Raises:
        ReplyFault: anything else.
    """
    told = only_object(reply)
    missing, more = [key for key in ITEM_KEYS if key not in told], [key for key in told if key not in ITEM_KEYS]
    if missing or more:
        named = f"{missing[0]} is missing" if missing else f"{short(more[0])} is no item"
        raise ReplyFault("wrong keys", f"{named}, {len(told)} keys in all")
    if faults := feedback_faults(told, ()):
        key = next(iter(faults))
        raise ReplyFault("wrong value", f"{key} is {short(told[key])}, {len(faults)} values in all")
    return {key: told[key] for key in ITEM_KEYS}


def parse_target(target: str | None) -> dict[str, int] | None:
    """The twenty values of a sample's target as {key: 0…5}; None if it isn't one."""
    try:
        values = json.loads(target or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, Mapping) or feedback_faults(values, ()):
        return None
    return {key: values[key] for key in ITEM_KEYS}
