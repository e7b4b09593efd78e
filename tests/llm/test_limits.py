"""Limits: no window of a minute holds more than it may, and nobody overtakes."""

import asyncio
import time

from kokorochat.llm.limits import Limits

MINUTE = 0.4


def passed(limits, sizes, after=lambda place: None):
    """When each of many requests that come at once is let go, in seconds from the start."""

    async def one(size, start):
        place = await limits.admit(size)
        after(place)
        return time.monotonic() - start

    async def all_of_them():
        start = time.monotonic()
        return await asyncio.gather(*(one(size, start) for size in sizes))

    return asyncio.run(all_of_them())


def test_without_limits_nothing_waits():
    assert max(passed(Limits(), [10**9] * 50)) < 0.2


def test_no_minute_holds_more_requests_than_it_may():
    times = passed(Limits(requests=3, minute=MINUTE), [1] * 7)
    assert times == sorted(times)
    for early, late in zip(times, times[3:], strict=False):
        assert late - early >= MINUTE * 0.95
    assert times[2] < MINUTE / 2
    assert times[-1] < MINUTE * 4


def test_no_minute_holds_more_tokens_than_it_may():
    sizes = [40, 40, 40, 10, 90]
    times = passed(Limits(tokens=100, minute=MINUTE), sizes)
    for place, start in enumerate(times):
        window = [size for size, at in zip(sizes[place:], times[place:], strict=True) if at - start < MINUTE * 0.95]
        assert sum(window) <= 100


def test_a_request_larger_than_the_limit_goes_alone():
    times = passed(Limits(tokens=100, minute=MINUTE), [10, 500, 10])
    assert times[1] - times[0] >= MINUTE * 0.95
    assert times[2] - times[1] >= MINUTE * 0.95


def test_what_took_fewer_tokens_than_thought_makes_room():
    def used(place):
        place.tokens = 1

    assert max(passed(Limits(tokens=100, minute=60), [90, 90, 90], used)) < 1


def test_a_pause_holds_for_all():
    limits = Limits()
    limits.pause(0.3)
    limits.pause(0.1)
    assert min(passed(limits, [1, 1])) >= 0.29
