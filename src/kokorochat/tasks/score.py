"""The score task (paper §5.2): from a whole dialogue to the twenty item scores that its client gave.

The paper doesn't print its prompt, nor say what of the talk outside the role-play it shows. The wording here is our
own, and so is the rule of what is left out.
"""

import json
from collections.abc import Mapping

from kokorochat import __version__
from kokorochat.corpus.out_of_role import closing_start
from kokorochat.domain.dialogue import Dialogue, Role, is_out_of_role
from kokorochat.domain.feedback import HIGHEST, ITEM_KEYS, ITEMS, LOWEST, feedback_faults
from kokorochat.llm.chat import Message
from kokorochat.tasks.sample import Sample, SampleHeader, Turn

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


def _instruction() -> str:
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


INSTRUCTION = _instruction()
"""The system message: our own wording, the items in the wording that the client saw."""

_SPEAKER = {Role.COUNSELOR: "カウンセラー", Role.CLIENT: "相談者"}


def score_sample(dialogue: Dialogue, keep_out_of_role: bool = False) -> Sample:
    """The score task for one dialogue (paper §5.2).

    The messages ask for the twenty item–score pairs as one JSON object; the target is that object, in the order of the
    items. Times aren't in the messages, only in `dialogue`. What is left out of the input: see `score_input`.

    Args:
        dialogue: without feedback the target is None.
        keep_out_of_role: leave talk outside the role, and the closing exchange, in the input.
    """
    turns = score_input(dialogue, keep_out_of_role)
    transcript = "\n".join(f"{_SPEAKER[turn.role]}: {turn.text}" for turn in turns)
    feedback = dialogue.feedback
    return Sample(
        id=dialogue.id,
        messages=(Message("system", INSTRUCTION), Message("user", transcript)),
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
) -> SampleHeader:
    """The first line of a file of score samples.

    Args:
        part: of the split; None for the whole corpus, which no seed has touched.
        split: the rule of the split.
        group: what no two parts share.
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
    )


def parse_target(target: str | None) -> dict[str, int] | None:
    """The twenty values of a sample's target as {key: 0…5}; None if it isn't one."""
    try:
        values = json.loads(target or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, Mapping) or feedback_faults(values, ()):
        return None
    return {key: values[key] for key in ITEM_KEYS}
