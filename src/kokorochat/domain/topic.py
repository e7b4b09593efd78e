"""The eleven problem types that a dialogue is about (paper §4.1, Figure 2)."""

from dataclasses import dataclass
from enum import Enum


class TopicClass(Enum):
    """A problem type. The value is its English name as released; the order is that of the paper's Figure 2."""

    FAMILY = "Family Issues (Non-Spousal)"
    WORKPLACE = "Workplace Issues"
    MENTAL_HEALTH = "Mental Health Issues"
    SCHOOL = "School Issues"
    CAREER = "Career and Educational Issues"
    ROMANTIC = "Romantic Issues"
    SPOUSE = "Family Issues (Spouse)"
    INTERPERSONAL = "Interpersonal Issues"
    FINANCIAL = "Financial Issues"
    PHYSICAL_HEALTH = "Physical Health Issues"
    OTHERS = "Others"

    @property
    def japanese(self) -> str:
        """The Japanese name as released."""
        return _JAPANESE[self]


_JAPANESE = {
    TopicClass.FAMILY: "家庭内問題（夫婦以外）",
    TopicClass.WORKPLACE: "職場問題",
    TopicClass.MENTAL_HEALTH: "心理的問題",
    TopicClass.SCHOOL: "学校問題",
    TopicClass.CAREER: "進路・キャリア問題",
    TopicClass.ROMANTIC: "恋愛問題",
    TopicClass.SPOUSE: "家庭内問題（夫婦）",
    TopicClass.INTERPERSONAL: "人間関係",
    TopicClass.FINANCIAL: "経済的問題",
    TopicClass.PHYSICAL_HEALTH: "身体的健康問題",
    TopicClass.OTHERS: "その他",
}


@dataclass(frozen=True, slots=True)
class Topic:
    """What a dialogue is about: its problem type and a short free description."""

    main: TopicClass
    sub: str
