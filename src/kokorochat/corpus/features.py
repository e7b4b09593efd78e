"""What a dialogue is measured by: lengths, counts, times and shares (paper §4.2, Figure 4, and ten of our own).

Each feature is defined here once, in the words that the page, its tables and docs/figures/figure-4.md print. Lengths
are code points of single, unmerged utterances; talk outside the role-play is included; a *run* is a row of neighbouring
utterances of one role. A feature is None where a dialogue doesn't have it: no times, nobody who answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from kokorochat.domain.dialogue import Dialogue, Role, Utterance, is_out_of_role


@dataclass(frozen=True, slots=True)
class Feature:
    """One number that is taken of each dialogue.

    Attributes:
        key: the name in code, JSON and CSV.
        unit: of its values; "share" is a part of one.
        meaning: the definition, in English; `meaning_japanese` the same in Japanese.
        paper: Spearman's ρ with the score that the paper prints for it; None for a feature of our own.
    """

    key: str
    english: str
    japanese: str
    unit: str
    meaning: str
    meaning_japanese: str
    paper: float | None = None


FEATURES: tuple[Feature, ...] = (
    Feature(
        "client_characters",
        "Client’s characters",
        "相談者の文字数",
        "characters",
        "All code points in the client’s utterances together. The paper calls it the word count.",
        "相談者の全発言の文字数（コードポイント）の合計です。論文では「語数」と呼ばれています。",
        paper=0.42,
    ),
    Feature(
        "counselor_characters",
        "Counselor’s characters",
        "相談員の文字数",
        "characters",
        "All code points in the counselor’s utterances together.",
        "相談員の全発言の文字数（コードポイント）の合計です。",
        paper=0.28,
    ),
    Feature(
        "client_utterances",
        "Client’s utterances",
        "相談者の発言数",
        "utterances",
        "The number of single utterances that the client sent; neighbouring ones are not merged.",
        "相談者が送信した発言の数です。続けて送られた発言もまとめずに数えます。",
        paper=0.21,
    ),
    Feature(
        "counselor_utterances",
        "Counselor’s utterances",
        "相談員の発言数",
        "utterances",
        "The number of single utterances that the counselor sent; neighbouring ones are not merged.",
        "相談員が送信した発言の数です。続けて送られた発言もまとめずに数えます。",
        paper=0.17,
    ),
    Feature(
        "counselor_response_seconds",
        "Counselor’s response time",
        "相談員の応答時間",
        "seconds",
        "For each run of the counselor that follows one of the client: the seconds from the last utterance of the "
        "client’s run to the first of the counselor’s; the mean over the dialogue.",
        "相談者のひと続きの発言の最後から、それに続く相談員の最初の発言までの秒数を、対話ごとに平均したものです。",
        paper=-0.21,
    ),
    Feature(
        "client_response_seconds",
        "Client’s response time",
        "相談者の応答時間",
        "seconds",
        "The same for the client: the seconds from the last utterance of the counselor’s run to the first of the "
        "client’s; the mean over the dialogue.",
        "相談員のひと続きの発言の最後から、それに続く相談者の最初の発言までの秒数を、対話ごとに平均したものです。",
    ),
    Feature(
        "client_characters_per_utterance",
        "Length of a client’s utterance",
        "相談者の一発言の長さ",
        "characters",
        "The client’s characters divided by the client’s utterances.",
        "相談者の文字数を発言数で割ったものです。",
    ),
    Feature(
        "counselor_characters_per_utterance",
        "Length of a counselor’s utterance",
        "相談員の一発言の長さ",
        "characters",
        "The counselor’s characters divided by the counselor’s utterances.",
        "相談員の文字数を発言数で割ったものです。",
    ),
    Feature(
        "counselor_character_share",
        "Counselor’s share of the characters",
        "相談員の文字数の割合",
        "share",
        "The counselor’s characters divided by those of both.",
        "両者の文字数に占める相談員の文字数の割合です。",
    ),
    Feature(
        "runs",
        "Runs",
        "話者の交替で区切った回数",
        "runs",
        "The number of runs, that is one more than the number of times that the talk changes hands.",
        "同じ話者が続けて送った発言をひとつと数えたときの数です（話者の交替の回数に1を足したもの）。",
    ),
    Feature(
        "counselor_question_share",
        "Counselor’s utterances with a question",
        "相談員の発言に占める質問",
        "share",
        "The share of the counselor’s utterances that hold a question mark of either width.",
        "相談員の発言のうち、疑問符（全角・半角）を含むものの割合です。",
    ),
    Feature(
        "out_of_role_share",
        "Utterances outside the role-play",
        "役割外の発言の割合",
        "share",
        "The share of all utterances that stand wholly in round brackets of either width, a bracketed laugh apart.",
        "全発言のうち、全体が丸括弧（全角・半角）で囲まれたものの割合です（「（笑）」などは除きます）。",
    ),
    Feature(
        "minutes",
        "Duration",
        "対話の長さ（時間）",
        "minutes",
        "Minutes from the first utterance to the last.",
        "最初の発言から最後の発言までの分数です。",
    ),
    Feature(
        "longest_silence_seconds",
        "Longest silence",
        "最も長い沈黙",
        "seconds",
        "The longest time between two neighbouring utterances, whoever sent them.",
        "隣り合う二つの発言のあいだの時間のうち、最も長いものです（話者は問いません）。",
    ),
    Feature(
        "start_hour",
        "Time of day",
        "開始時刻",
        "hours",
        "The time of the first utterance in hours after midnight, 19:30 as 19.5, by the clock of the corpus.",
        "最初の発言の時刻を、午前零時からの時間数で表したものです（19時30分は19.5）。コーパスの時刻によります。",
    ),
)
"""All features: first the paper's five in its order, then ours."""

FEATURE_KEYS: tuple[str, ...] = tuple(feature.key for feature in FEATURES)


def dialogue_features(dialogue: Dialogue) -> dict[str, float | None]:
    """The values of FEATURES for one dialogue, by key and in that order; None for what it doesn't have.

    A time that runs backwards is no waiting time: such a pair of utterances is left out.
    """
    utterances = dialogue.utterances
    client = [len(utterance.text) for utterance in utterances if utterance.role is Role.CLIENT]
    counselor = [len(utterance.text) for utterance in utterances if utterance.role is Role.COUNSELOR]
    client_characters, counselor_characters = sum(client), sum(counselor)
    questions = sum(is_question(utterance.text) for utterance in utterances if utterance.role is Role.COUNSELOR)
    out_of_role = sum([is_out_of_role(utterance.text) for utterance in utterances])
    found = waits([utterance.role for utterance in utterances], _seconds(utterances))
    start = utterances[0].time if utterances else None
    return {
        "client_characters": client_characters,
        "counselor_characters": counselor_characters,
        "client_utterances": len(client),
        "counselor_utterances": len(counselor),
        "counselor_response_seconds": _mean(found.responses[Role.COUNSELOR]),
        "client_response_seconds": _mean(found.responses[Role.CLIENT]),
        "client_characters_per_utterance": _ratio(client_characters, len(client)),
        "counselor_characters_per_utterance": _ratio(counselor_characters, len(counselor)),
        "counselor_character_share": _ratio(counselor_characters, client_characters + counselor_characters),
        "runs": found.changes + bool(utterances),
        "counselor_question_share": _ratio(questions, len(counselor)),
        "out_of_role_share": _ratio(out_of_role, len(utterances)),
        "minutes": dialogue.minutes,
        "longest_silence_seconds": max(found.silences, default=None),
        "start_hour": None if start is None else start.hour + start.minute / 60 + start.second / 3600,
    }


@dataclass(frozen=True, slots=True)
class Waits:
    """The times between neighbouring utterances.

    Attributes:
        changes: how often the talk changes hands.
        silences: the seconds between neighbours, whoever sent them.
        responses: the seconds before each role's answers to the other.
        continuations: the seconds before what a role adds to its own last utterance.
    """

    changes: int
    silences: list[float]
    responses: dict[Role, list[float]]
    continuations: dict[Role, list[float]]


def waits(roles: Sequence[Role], seconds: Sequence[float | None]) -> Waits:
    """The times of a talk; where one is unknown or runs backwards, it is no waiting time.

    Args:
        seconds: of each utterance since some moment that all share.
    """
    changes = 0
    silences: list[float] = []
    # Of each role: what goes on, and what answers.
    client: tuple[list[float], list[float]] = ([], [])
    counselor: tuple[list[float], list[float]] = ([], [])
    for (before, start), (role, end) in pairwise(zip(roles, seconds, strict=True)):
        changed = before is not role
        changes += changed
        if start is None or end is None or end < start:
            continue
        silences.append(end - start)
        (client if role is Role.CLIENT else counselor)[changed].append(end - start)
    return Waits(
        changes,
        silences,
        responses={Role.CLIENT: client[1], Role.COUNSELOR: counselor[1]},
        continuations={Role.CLIENT: client[0], Role.COUNSELOR: counselor[0]},
    )


def is_question(text: str) -> bool:
    """Whether an utterance holds a question mark of either width."""
    return "？" in text or "?" in text


def _seconds(utterances: Sequence[Utterance]) -> list[float | None]:
    """The time of each utterance since the first that has one."""
    first = next((utterance.time for utterance in utterances if utterance.time is not None), None)
    if first is None:
        return [None] * len(utterances)
    return [None if u.time is None else (u.time - first).total_seconds() for u in utterances]


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
