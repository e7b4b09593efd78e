"""The client's feedback: twenty items, three screening checks and the rule of the total.

Everything that shows, stores, checks, predicts or counts feedback reads these lists: the platform's form, the released
files, the statistics, the score task (paper §3.3, Table 2, A.3).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

LOWEST, HIGHEST = 0, 5
"""The scale of an item: six points, both ends included (paper §3.3)."""

TOTAL_RULE = "kokorochat-2024"
"""The version of the rule in `total_score`; stored with each total, so that an old one can be understood."""


class Category(Enum):
    """The two halves of the feedback (paper, Table 2)."""

    IMPRESSION = "Overall Impression of the Conversation"
    SKILLS = "Evaluation of Counseling Skills"


class Aspect(Enum):
    """The groups of items (paper, Table 2)."""

    VALIDATION = "Sense of Validation"
    HOPE = "Awareness and Hope"
    ENGAGEMENT = "Engagement"
    COMFORT = "Flow and Comfort"
    OVERALL = "Overall Evaluation"
    FLOW = "Flow of Conversation"
    SKILLS = "Counseling Skills"

    @property
    def japanese(self) -> str:
        """The aspect in Japanese; our own wording, the paper gives these in English only."""
        return _ASPECT_JAPANESE[self]


_ASPECT_JAPANESE = {
    Aspect.VALIDATION: "受けとめられた感覚",
    Aspect.HOPE: "気づきと希望",
    Aspect.ENGAGEMENT: "取り組み",
    Aspect.COMFORT: "流れと居心地",
    Aspect.OVERALL: "全体の評価",
    Aspect.FLOW: "始まりと終わり",
    Aspect.SKILLS: "カウンセリングの技能",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One of the twenty rated statements.

    Attributes:
        key: the name in our code and files. The release spells D17's name wrongly; its reader maps it.
        code: the paper's name, D1 to D20.
        japanese: the wording that the client sees and the key in the released files.
    """

    key: str
    code: str
    japanese: str
    english: str
    category: Category
    aspect: Aspect


@dataclass(frozen=True, slots=True)
class Check:
    """One of the three screening checks (paper A.3).

    Attributes:
        japanese: the wording in the released files, and the key there.
        effect: "zero" or "half", what a mark does to the total.
    """

    key: str
    japanese: str
    english: str
    effect: str


def _items() -> tuple[Item, ...]:
    impression, skills = Category.IMPRESSION, Category.SKILLS
    rows = (
        (
            "felt_heard_and_understood",
            "聴いてもらえた、わかってもらえたと感じた",
            "Felt heard and understood",
            Aspect.VALIDATION,
        ),
        ("felt_respected", "尊重されたと感じた", "Felt respected", Aspect.VALIDATION),
        ("gained_new_insights", "新しい気づきや体験があった", "Gained new insights", Aspect.HOPE),
        ("felt_hopeful_or_expectant", "希望や期待を感じられた", "Felt hopeful or expectant", Aspect.HOPE),
        ("concerns_were_addressed", "取り組みたかったことを扱えた", "Concerns were addressed", Aspect.ENGAGEMENT),
        (
            "thought_through_concerns_together",
            "一緒に考えながら取り組めた",
            "Thought through concerns together",
            Aspect.ENGAGEMENT,
        ),
        (
            "conversation_had_good_rhythm",
            "やりとりのリズムがあっていた",
            "The conversation had a good rhythm",
            Aspect.COMFORT,
        ),
        (
            "conversation_felt_comfortable",
            "居心地のよいやりとりだった",
            "The conversation felt comfortable",
            Aspect.COMFORT,
        ),
        (
            "felt_appropriate_and_satisfying",
            "全体として適切でよかった",
            "Felt appropriate and satisfying",
            Aspect.OVERALL,
        ),
        ("conversation_was_valuable", "今回の相談は価値があった", "The conversation was valuable", Aspect.OVERALL),
        ("conversation_started_smoothly", "相談開始の円滑さ", "The conversation started smoothly", Aspect.FLOW),
        (
            "conversation_ended_well",
            "相談終了のタイミング（不必要に聴きすぎていないか）、円滑さ",
            "The conversation ended well",
            Aspect.FLOW,
        ),
        ("showed_acceptance_and_empathy", "受容・共感", "Showed acceptance and empathy", Aspect.SKILLS),
        (
            "provided_acknowledgment_and_affirmation",
            "肯定・承認",
            "Provided acknowledgment and affirmation",
            Aspect.SKILLS,
        ),
        (
            "asked_effective_questions",
            "的確な質問による会話の促進",
            "Asked effective questions to foster dialogue",
            Aspect.SKILLS,
        ),
        ("summarized_key_points_effectively", "要約", "Summarized key points effectively", Aspect.SKILLS),
        ("clarified_issues_clearly", "問題の明確化", "Clarified issues clearly", Aspect.SKILLS),
        (
            "helped_identify_goals",
            "この相談での目標の明確化",
            "Helped identify goals for the conversation",
            Aspect.SKILLS,
        ),
        ("offered_actionable_suggestions", "次の行動につながる提案", "Offered actionable suggestions", Aspect.SKILLS),
        ("encouraged_and_instilled_hope", "勇気づけ・希望の喚起", "Encouraged and instilled hope", Aspect.SKILLS),
    )
    return tuple(
        Item(key, f"D{number}", japanese, english, skills if aspect is Aspect.SKILLS else impression, aspect)
        for number, (key, japanese, english, aspect) in enumerate(rows, start=1)
    )


ITEMS: tuple[Item, ...] = _items()
"""The twenty items in the paper's order, D1 to D20."""

CHECKS: tuple[Check, ...] = (
    Check(
        "harmful_due_to_ignorance",
        "無理解と軽率さによる傷つけ発言",
        "A hurtful remark from ignorance or carelessness",
        "zero",
    ),
    Check(
        "other_potentially_unethical", "その他の倫理違反が疑われる発言", "Another remark that may be unethical", "zero"
    ),
    Check("unwilling_to_continue", "離脱", "Unwilling to go on with this counselor", "half"),
)
"""The three screening checks in the paper's order (A.3)."""

ITEM_KEYS: tuple[str, ...] = tuple(item.key for item in ITEMS)
CHECK_KEYS: tuple[str, ...] = tuple(check.key for check in CHECKS)
HIGHEST_TOTAL = HIGHEST * len(ITEMS)

STRAIGHT_LINED = len(ITEMS) - 1
"""So many items with one value are a straight line: all twenty, or all but one.

Of the 6,589 released ratings 234 are (3.6 %), 110 of them with all twenty alike.
"""


def alike(items: Sequence[int]) -> tuple[int, int]:
    """The commonest value of the items, the lowest of several, and how many items have it."""
    value = max(sorted(set(items)), key=items.count)
    return value, items.count(value)


def total_score(items: Sequence[int], checks: Collection[str]) -> int:
    """The total of a feedback, 0 to 100.

    The sum of the items; zero if one of the first two checks is set; half of it if only the third is (paper A.3). Zero
    wins over halving and a half point is dropped: so the released totals show, all 6,589 of them.

    Args:
        items: the twenty values in the order of ITEMS, each 0 to 5.
        checks: the keys of the checks that are set.
    """
    effects = {check.effect for check in CHECKS if check.key in checks}
    if "zero" in effects:
        return 0
    return sum(items) // 2 if "half" in effects else sum(items)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What one client gave one counselor after a session.

    Attributes:
        items: the twenty values in the order of ITEMS, each 0 to 5.
        checks: the keys of the checks that are set.
        total: the score as recorded, 0 to 100; `corpus check` compares it with the rule.
        given_at: when it was sent, without a zone.
    """

    items: tuple[int, ...]
    checks: frozenset[str]
    total: int
    given_at: datetime | None = None

    def by_key(self) -> dict[str, int]:
        """The items as {key: value}, in the order of ITEMS."""
        return dict(zip(ITEM_KEYS, self.items, strict=True))


def feedback_faults(items: Mapping[str, object], checks: Collection[str]) -> dict[str, str]:
    """What is wrong with items and checks that came from outside, as {key: what}; empty if nothing is.

    Every item must be there as a whole number from 0 to 5 (neither text nor a truth value), and nothing else.
    """
    faults = {key: "is missing" for key in ITEM_KEYS if key not in items}
    for key, value in items.items():
        if key not in ITEM_KEYS:
            faults[key] = "is not one of the twenty items"
        elif isinstance(value, bool) or not isinstance(value, int) or not LOWEST <= value <= HIGHEST:
            faults[key] = f"must be a whole number from {LOWEST} to {HIGHEST}, not {value!r}"
    faults.update({key: "is not one of the three checks" for key in checks if key not in CHECK_KEYS})
    return faults
