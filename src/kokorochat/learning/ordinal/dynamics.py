"""The course of a talk as numbers: how much each says, how fast, and what kind of things, early and late.

Lengths, counts and waiting times are those of the paper's §4.2 (`corpus.features`), taken of the whole, of each third
and of the end; to them come the shares of utterances that bear one of `MARKS`. Lengths, counts and seconds are taken as
ln(1 + x). A value is nan where a talk doesn't have it: no times, nobody who answers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from kokorochat.corpus.features import Waits, is_question, waits
from kokorochat.domain.dialogue import Role
from kokorochat.learning.lexicon import normal
from kokorochat.tasks.sample import Turn

Floats = NDArray[np.float64]

END = 8
"""The last utterances that are looked at by themselves."""

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)

MARKS = {
    name: re.compile(pattern)
    for name, pattern in {
        "thanks": "ありがと|有難|有り難|感謝",
        "relief": "楽にな|すっきり|スッキリ|落ち着|ほっと|ホッと|軽くな|安心|嬉し|うれし|良かった|よかった|気づ|気付",
        "resolve": "頑張|がんば|やってみ|試し|してみます|してみたい|できそう|前向き",
        "doubt": "でも|けど|難し|むずかし|無理|うーん|わからな|分からな|わかりません|違",
        "assent": "^(はい|そうです|そうなん|ええ|うん)",
        "acknowledgment": "そうですか|そうでした|そうなんです|なるほど",
        "praise": "すごい|素晴|頑張|立派|えらい|素敵|できて",
        "apology": "すみません|申し訳|ごめん",
        "feelings": "気持|感じ|思い|つら|辛|大変",
        "goal": "目標|ゴール|どうなれば|どうなりた|今日は|話したい",
        "suggestion": "たらどう|みては|どうでしょう|方法|してみ|例えば|たとえば|提案",
        "summary": "つまり|まとめ|整理|ということ|のですね|んですね",
        "closing time": "時間|そろそろ|残り|終わ",
        "by name": "さん",
        "shared ending": "(ですね|ますね|よね|のね|んですね)[。!?]?$",
        "polite ending": "(です|ます|でした|ました)[。!?]?$",
        "asking ending": "(か|かね|でしょうか|ますか)[。?]?$",
        "full stop": "。$",
        "exclamation": "!",
        "hesitation": r"…|\.\.|・・|、、",
        "laughter": r"笑|\bw|w$|\(\^|\^_\^|♪",
    }.items()
}
"""What an utterance may bear, in normal letters (`lexicon.normal`); our own list. A question is a mark besides."""

MARK_NAMES = (*MARKS, "question")

_SEARCHES = tuple(mark.search for mark in MARKS.values())

_ROLES = {role: role.value for role in Role}


@dataclass(frozen=True)
class Talk:
    """A talk utterance by utterance, without its words.

    Attributes:
        roles: shape (n,).
        seconds: since the first turn, None without times; shape (n,).
        lengths: in characters, shape (n,).
        marks: shape (n, marks), 1 or 0, in the order of MARK_NAMES.
    """

    roles: tuple[Role, ...]
    seconds: tuple[float | None, ...]
    lengths: Floats
    marks: Floats

    def part(self, start: int, end: int) -> "Talk":
        """The utterances from `start` up to `end`."""
        return Talk(self.roles[start:end], self.seconds[start:end], self.lengths[start:end], self.marks[start:end])

    def without(self, index: int) -> "Talk":
        """The same with one utterance left out."""
        return Talk(
            self.roles[:index] + self.roles[index + 1 :],
            self.seconds[:index] + self.seconds[index + 1 :],
            np.delete(self.lengths, index),
            np.delete(self.marks, index, axis=0),
        )


def talk_of(turns: Sequence[Turn]) -> Talk:
    """What is counted of each turn."""
    texts = [normal(turn.text) for turn in turns]
    marks = [[*[search(text) is not None for search in _SEARCHES], is_question(text)] for text in texts]
    return Talk(
        tuple(turn.role for turn in turns),
        tuple(turn.seconds for turn in turns),
        np.array([len(text) for text in texts], dtype=np.float64),
        np.array(marks, dtype=np.float64).reshape(len(turns), len(MARK_NAMES)),
    )


def course(talk: Talk) -> Floats:
    """The values of FEATURES, shape (features,)."""
    return np.array(list(_course(talk).values()))


def _course(talk: Talk) -> dict[str, float]:
    n = len(talk.roles)
    client = np.array([role is Role.CLIENT for role in talk.roles], dtype=bool)
    found = waits(talk.roles, talk.seconds)
    told = {f"whole: {key}": value for key, value in _part(talk, client, found).items()}
    for name, start, end in (
        ("first third", 0, n // 3),
        ("middle third", n // 3, 2 * n // 3),
        ("last third", 2 * n // 3, n),
        ("end", max(0, n - END), n),
    ):
        part = talk.part(start, end)
        for key, value in _part(part, client[start:end], waits(part.roles, part.seconds)).items():
            told[f"{name}: {key}"] = value
    for role, who in _ROLES.items():
        lengths = np.log1p(talk.lengths[client == (role is Role.CLIENT)])
        told[f"{who}, deviation of length"] = float(lengths.std()) if len(lengths) else nan
        told |= _quantiles(f"{who}, length", lengths)
        told |= _quantiles(f"{who}, seconds to answer", np.log1p(found.responses[role]))
        told[f"{who} opens"] = float(n > 0 and talk.roles[0] is role)
        told[f"{who} closes"] = float(n > 0 and talk.roles[-1] is role)
    return told


def _part(talk: Talk, client: NDArray[np.bool_], found: Waits) -> dict[str, float]:
    n = len(talk.roles)
    told: dict[str, float] = {}
    for role, who in _ROLES.items():
        own = client == (role is Role.CLIENT)
        count, characters = int(own.sum()), float(talk.lengths[own].sum())
        told[f"{who}, characters"] = float(np.log1p(characters))
        told[f"{who}, utterances"] = float(np.log1p(count))
        told[f"{who}, characters per utterance"] = float(np.log1p(characters / max(1, count)))
        shares = (talk.marks[own].sum(axis=0) / max(1, count)).tolist()
        told |= {f"{who}, {mark}": share for mark, share in zip(MARK_NAMES, shares, strict=True)}
    told["client’s share of characters"] = float(talk.lengths[client].sum() / max(1.0, talk.lengths.sum()))
    told["changes of role"] = float(np.log1p(found.changes))
    first, last = (talk.seconds[0], talk.seconds[-1]) if n else (None, None)
    told["minutes"] = nan if first is None or last is None else (last - first) / 60
    for kind, seconds in (("answer", found.responses), ("go on", found.continuations)):
        for role, who in _ROLES.items():
            some = np.array(seconds[role])
            count = len(some)
            told[f"{who}, mean seconds to {kind}"] = float(np.log1p(some.sum() / count)) if count else nan
            told[f"{who}, usual seconds to {kind}"] = float(np.log1p(some).sum() / count) if count else nan
            told[f"{who}, share of utterances that {kind}"] = count / max(1, n)
    return told


def _quantiles(name: str, values: Floats) -> dict[str, float]:
    found = np.quantile(values, QUANTILES) if len(values) else np.full(len(QUANTILES), nan)
    return {f"{name}, quantile {at}": float(value) for at, value in zip(QUANTILES, found, strict=True)}


FEATURES = tuple(_course(talk_of(())))
"""The names of all values, in their order."""
