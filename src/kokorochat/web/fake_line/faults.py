"""What goes wrong, on demand: the same seed gives the same faults to the same calls and events."""

import random
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self

from kokorochat.domain.errors import InputError

MOST_COPIES = 5
_REMEDY = "Correct it"


class Outcome(StrEnum):
    """What a call of the bot meets instead of its answer."""

    ERROR = "error"
    """500, and nothing was done."""
    ERROR_AFTER = "error-after"
    """500, though the messages were accepted."""
    TIMEOUT_AFTER = "timeout-after"
    """No answer for `hang_seconds`, though the messages were accepted."""
    CONFLICT = "conflict"
    """Accepted, and answered by 409 as if an earlier try had been: of pushes with a retry key only."""
    RATE = "rate"
    """429, and nothing was done."""
    SLOW = "slow"
    """The right answer, `slow_seconds` later."""


@dataclass(frozen=True)
class Journey:
    """How one event travels to the webhook.

    Attributes:
        delays: seconds before each of its copies is sent.
        forged: none of them carries a right signature.
    """

    delays: tuple[float, ...]
    forged: bool


@dataclass
class Faults:
    """The plan. Nothing goes wrong as it stands.

    Attributes:
        outcomes: {outcome: share of the calls}, together at most 1.
        script: what the next calls that send messages meet, one each, before any share is asked; "ok" is none.
        copies: an event is sent 1 to so many times.
        shuffle_seconds: each copy waits at random up to so long, so that events overtake each other.
        bad_signatures: share of the events whose signature is wrong.
    """

    seed: int = 0
    outcomes: dict[str, float] = field(default_factory=dict)
    script: list[str] = field(default_factory=list)
    hang_seconds: float = 30.0
    slow_seconds: float = 1.0
    copies: int = 1
    shuffle_seconds: float = 0.0
    bad_signatures: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what can't be.

        Raises:
            InputError: a value is out of its range or of another type.
        """
        _check("seed", self.seed, isinstance(self.seed, int) and not isinstance(self.seed, bool), "a whole number")
        _check("copies", self.copies, self.copies in range(1, MOST_COPIES + 1), f"1 to {MOST_COPIES}")
        for name in ("hang_seconds", "slow_seconds", "shuffle_seconds"):
            value = getattr(self, name)
            _check(name, value, _is_number(value) and 0 <= value <= 600, "0 to 600")
        _check("bad_signatures", self.bad_signatures, _is_share(self.bad_signatures), "0 to 1")
        shares = self.outcomes
        right = isinstance(shares, dict) and all(_is_share(share) for share in shares.values())
        _check("outcomes", shares, right and sum(shares.values()) <= 1, "shares from 0 to 1, together at most 1")
        script = self.script if isinstance(self.script, list) else [None]
        for name in (*shares, *(name for name in script if name != "ok")):
            _check("outcome", name, name in set(Outcome), "one of " + ", ".join(Outcome))

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """The plan that a JSON object describes; what it leaves out is as it stands.

        Raises:
            InputError: a key is unknown, or as the plan itself.
        """
        for name in values:
            _check("faults", name, name in {known.name for known in fields(cls)}, "a known name")
        return cls(**values)

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON."""
        return asdict(self)

    def of_call(self, endpoint: str, person: str, number: int, *, sends: bool) -> Outcome | None:
        """What the `number`-th call of an endpoint for a person meets, or None.

        Args:
            sends: whether it sends messages; only such a call takes its turn in the script.
        """
        if sends and self.script:
            name = self.script.pop(0)
            return None if name == "ok" else Outcome(name)
        point = random.Random(f"{self.seed} {endpoint} {person} {number}").random()
        for name, share in self.outcomes.items():
            if point < share:
                return Outcome(name)
            point -= share
        return None

    def of_event(self, person: str, number: int) -> Journey:
        """How the `number`-th event of a person travels."""
        draw = random.Random(f"{self.seed} event {person} {number}")
        copies = draw.randint(1, self.copies)
        delays = tuple(draw.uniform(0, self.shuffle_seconds) for _ in range(copies))
        return Journey(delays, draw.random() < self.bad_signatures)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _check(name: str, value: object, right: bool, due: str) -> None:
    if not right:
        raise InputError(name, f"{value!r} is not {due}", _REMEDY)
