"""Talk outside the role-play: what two people who practise say as themselves. It is tagged, never silently deleted.

The release doesn't mark it. What is recognised goes by brackets, marks and words, so it is neither all nor only that:
an agreement to start early said in plain words is passed over, a bracketed stage direction is taken for it.
"""

import re
import unicodedata
from collections.abc import Sequence

from kokorochat.domain.dialogue import Dialogue, Role, Utterance, is_out_of_role

KINDS = {
    "bracketed": "wholly in one pair of round brackets",
    "unclosed": "opened by a round bracket that never closes",
    "aside": "set off by ★ or ※, or by square, corner or angle brackets",
    "closing": "part of the closing exchange about the role-play",
}
"""The kinds of such talk; a message that is of several has the first."""

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

SIGNS = "★※([【<〘〔（﹙⁽₍︵［﹇＜﹤︻﹝︹"
"""Every character that is one of these marks or opening brackets, in any width: other messages aren't set off."""

_SIGNS = frozenset(SIGNS)


def out_of_role(dialogue: Dialogue) -> dict[int, str]:
    """The messages outside the role, as {index: kind}, in order.

    All that `tasks.score.score_input` leaves out is among them; unclosed brackets and asides are tagged wherever they
    stand, the closing exchange only at the end (`closing_start`).
    """
    kinds = {i: kind for i, u in enumerate(dialogue.utterances) if (kind := set_off(u.text))}
    within = [i for i in range(len(dialogue.utterances)) if kinds.get(i) != "bracketed"]
    for index in within[closing_start([dialogue.utterances[i] for i in within]) :]:
        kinds.setdefault(index, "closing")
    return dict(sorted(kinds.items()))


def set_off(text: str) -> str | None:
    """The kind of a message that its own brackets or marks set off from the play: the first three of `KINDS`."""
    if text.lstrip()[:1] not in _SIGNS:
        return None
    if is_out_of_role(text):
        return "bracketed"
    folded = _folded(text)
    if not _is_aside(folded):
        return None
    return "unclosed" if folded[0] == "(" else "aside"


def _folded(text: str) -> str:
    # Full-width letters and brackets are the same words; the text itself stays as it is.
    return unicodedata.normalize("NFKC", text).strip()


def _is_aside(text: str) -> bool:
    """Whether a message is set off from the play by a mark, by brackets that aren't round, or by one left open."""
    closing = _BRACKETS.get(text[:1])
    if closing is None:
        return text.startswith(_MARKS)
    return closing not in text or (text[0] != "(" and text[-1] == closing)


def _starts_closing(utterance: Utterance) -> bool:
    text = _folded(utterance.text)
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
