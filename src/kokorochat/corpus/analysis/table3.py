"""Table 3: how large a corpus is, beside what the paper prints of KokoroChat."""

from dataclasses import dataclass
from typing import Any

from kokorochat.corpus.analysis.language import Language
from kokorochat.corpus.analysis.numbers import number

NAME = "table-3-statistics"

Value = int | float | None


@dataclass(frozen=True, slots=True)
class Row:
    """One measure; a value is None where it has no meaning, for a role or at all.

    Attributes:
        values: in all, of the counselors, of the clients.
        paper: what the paper prints of KokoroChat in their places, empty for nothing.
    """

    key: str
    name: str
    values: tuple[Value, Value, Value]
    paper: tuple[str, str, str] = ("", "", "")

    @property
    def texts(self) -> tuple[str, str, str]:
        """The values as they are shown; nothing stands for a role that the measure is not taken of."""
        total, *roles = self.values
        counselor, client = (
            "" if value is None and (total is not None or not paper) else number(value)
            for value, paper in zip(roles, self.paper[1:], strict=True)
        )
        return number(total), counselor, client

    @property
    def agrees(self) -> bool:
        """Whether all that the paper prints is so here, to the digit."""
        return all(paper in ("", text) for paper, text in zip(self.paper, self.texts, strict=True))


def table_3(statistics: dict[str, Any], language: Language) -> list[Row]:
    """The rows of the paper's Table 3, and the pairs, score and screening that its text gives (§3.3, §4, A.3)."""
    say = language.say
    screening = statistics["screening"]
    rated = statistics["score"]["mean"] is not None

    def by_role(key: str) -> tuple[Value, Value, Value]:
        values = statistics[key]
        return values["total"], values["counselor"], values["client"]

    def alone(value: Value) -> tuple[Value, Value, Value]:
        return value, None, None

    # A corpus without ids has people, but doesn't tell who they are.
    people = by_role("speakers") if statistics["speakers"]["total"] else (None, None, None)
    pairs = statistics["pairs"] or None

    rows = [
        Row("dialogues", say("Dialogues", "対話"), alone(statistics["dialogues"]), ("6,589", "", "")),
        Row("speakers", say("Speakers", "話者"), people, ("480", "424", "463")),
        Row("pairs", say("Counselor–client pairs", "相談員と相談者の組"), alone(pairs), ("4,900", "", "")),
        Row("utterances", say("Utterances", "発言"), by_role("utterances"), ("600,939", "306,495", "294,444")),
        Row(
            "utterances_per_dialogue",
            say("Utterances per dialogue", "一対話の発言数"),
            by_role("utterances_per_dialogue"),
            ("91.20", "46.52", "44.69"),
        ),
        Row(
            "characters_per_utterance",
            say("Characters per utterance", "一発言の文字数"),
            by_role("characters_per_utterance"),
            ("28.39", "35.84", "20.63"),
        ),
    ]
    if rated:
        mean, median = statistics["score"]["mean"], statistics["score"]["median"]
        rows += [
            Row("score_mean", say("Score, mean", "得点の平均"), alone(mean), ("63.58", "", "")),
            Row("score_median", say("Score, median", "得点の中央値"), alone(float(median)), ("64.00", "", "")),
        ]
    # A corpus without KokoroChat's three checks has no screening either; all its counts are nought.
    if any(screening.values()):
        names = {
            "harmful": (say("Checked: hurtful remark", "チェック：傷つけ発言"), "8"),
            "unethical": (say("Checked: other ethical doubt", "チェック：その他の倫理違反の疑い"), "4"),
            "unwilling": (say("Checked: unwilling to go on", "チェック：離脱"), "209"),
            "any": (say("Checked: any of these", "チェック：いずれか"), "215"),
        }
        rows += [
            Row(f"screening_{k}", name, alone(screening[k]), (paper, "", "")) for k, (name, paper) in names.items()
        ]
    return rows
