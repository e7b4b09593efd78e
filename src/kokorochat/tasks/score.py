"""The score task (paper §5.2): from a whole dialogue to the twenty item scores that its client gave.

The paper doesn't print its prompt, nor say what of the talk outside the role-play it shows. The wording here is our
own, and so is the rule of what is left out.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

from kokorochat import __version__
from kokorochat.domain.dialogue import Dialogue, Role, Utterance, is_out_of_role
from kokorochat.domain.feedback import HIGHEST, ITEM_KEYS, ITEMS, LOWEST, feedback_faults
from kokorochat.tasks.sample import Message, Sample, SampleHeader, Turn

SPLIT = "8:1:1 random"
"""The paper's split (§5.2) as headers and signatures name it: the rule of `corpus.splits.score` without a group."""

CLOSING_WINDOW = 12
"""Of the messages within the role, so many at the end are searched for the start of the closing exchange."""

_PLAYERS = re.compile(
    r"ロールプレ[イー]|ロープレ|ラインコ|終了ボタン|"
    r"(相談者|クライアント|クライエント|カウンセラー|CL|CO)(さん)?役|"
    r"お?(疲|つか)れ(様|さま|さん)(で(し|す|ご)|$|[!。、 (])|"
    r"勉強になりま|勉強させて(いただ|頂)",
    re.IGNORECASE,
)
"""Words of two people who have just practised: the role-play, the roles, the platform's nickname, "well played"."""

_RATING = re.compile(r"評価|フィードバック|FB|振り?返り|ふりかえり|コメント")
_GIVING = re.compile(r"願|いただ|頂|下さ|くださ|させて|書|送|入力|入れ|記|了解|教え|欲し|ほし|します")
"""A rating is named *and* asked for, promised or received: "仕事が評価される" alone is a client's own matter."""

_OWN_FAULTS = re.compile(r"未熟|拙い|つたない|至らな|いたらな|力不足|勉強不足")
"""A counselor who speaks of these near the end speaks of the session just played."""

_MARKS = ("★", "※")
_BRACKETS = {"(": ")", "[": "]", "【": "】", "<": ">", "〘": "〙", "〔": "〕"}


def _is_aside(text: str) -> bool:
    """Whether a message is set off from the play by a mark, by brackets that aren't round, or by one left open."""
    closing = _BRACKETS.get(text[:1])
    if closing is None:
        return text.startswith(_MARKS)
    return closing not in text or (text[0] != "(" and text[-1] == closing)


def _starts_closing(utterance: Utterance) -> bool:
    # Full-width letters and brackets are the same words; the text itself stays as it is.
    text = unicodedata.normalize("NFKC", utterance.text).strip()
    return bool(
        _PLAYERS.search(text)
        or (_RATING.search(text) and _GIVING.search(text))
        or (utterance.role is Role.COUNSELOR and _OWN_FAULTS.search(text))
        or _is_aside(text)
    )


def closing_start(utterances: Sequence[Utterance]) -> int:
    """Where the closing exchange about the role-play begins; the length of `utterances` if there is none.

    After the play the two often go on as themselves, without brackets: they thank each other for the role-play, ask for
    the rating, name the counselor's own faults. That talk tells the answer. So within the last twelve messages all is
    cut from the first one on that names the role-play, the roles or the rating as something to give, says
    お疲れ様でした, is a counselor's remark on the own skill, or is set off by ★, ※, square or unclosed brackets.

    The rule rather cuts too much than too little, but at most twelve messages. On the release it cuts in a quarter of
    the dialogues, mostly one to four messages. It goes by words: a closing remark in other words stays in, so does what
    comes before the window, and a farewell such as お疲れ様でした within the play goes.

    Args:
        utterances: those within the role, in order: bracketed talk is expected to be gone already.
    """
    first = max(0, len(utterances) - CLOSING_WINDOW)
    return next((i for i in range(first, len(utterances)) if _starts_closing(utterances[i])), len(utterances))


def score_input(dialogue: Dialogue, keep_out_of_role: bool = False) -> tuple[Turn, ...]:
    """What a model may read of a dialogue.

    By default two things are left out: bracketed talk outside the role, wherever it stands, and the closing exchange
    (`closing_start`). Both speak of the session as practice, and near the end of its rating.

    Args:
        keep_out_of_role: leave both in.
    """
    utterances = [u for u in dialogue.utterances if keep_out_of_role or not is_out_of_role(u.text)]
    if not keep_out_of_role:
        utterances = utterances[: closing_start(utterances)]
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
) -> SampleHeader:
    """The first line of a file of score samples.

    Args:
        part: of the split; None for the whole corpus, which no seed has touched.
        split: the rule of the split.
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
