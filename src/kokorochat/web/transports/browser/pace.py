"""How fast one person may speak: whoever goes on faster is read more slowly, so nothing is lost and nobody else waits.

The busiest person sends a frame or two a second. A page that comes back may send a whole outbox at once.
"""

from dataclasses import dataclass, field
from weakref import WeakValueDictionary

FRAMES_A_SECOND, FRAMES_AT_ONCE = 30.0, 300.0
BYTES_A_SECOND, BYTES_AT_ONCE = 131_072.0, 2_097_152.0


@dataclass
class Bucket:
    """What may still be taken: it fills up by `rate` a second to `size`."""

    rate: float
    size: float
    at: float
    left: float = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.size

    def take(self, amount: float, now: float) -> float:
        """Take it, and give the seconds after which it is there."""
        self.left = min(self.size, self.left + (now - self.at) * self.rate) - amount
        self.at = now
        return max(0.0, -self.left / self.rate)


class Pace:
    """The pace of one person on all their screens of this process, by a clock in seconds."""

    def __init__(self, now: float) -> None:
        self.frames = Bucket(FRAMES_A_SECOND, FRAMES_AT_ONCE, now)
        self.bytes = Bucket(BYTES_A_SECOND, BYTES_AT_ONCE, now)

    def delay(self, size: int, now: float) -> float:
        """Seconds to wait before a frame of `size` bytes is read."""
        return max(self.frames.take(1, now), self.bytes.take(size, now))


_paces: WeakValueDictionary[int, Pace] = WeakValueDictionary()


def pace_of(person: int, now: float) -> Pace:
    """The pace of a person, the same for every screen that they have open: many screens must not be many voices."""
    pace = _paces.get(person)
    if pace is None:
        pace = _paces[person] = Pace(now)
    return pace
