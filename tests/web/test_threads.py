import asyncio
import contextlib
import threading

from asgiref.sync import sync_to_async

from kokorochat.web.threads import MOST_KEPT, on_kept_threads


def application(seen, together=1):
    """Notes the thread that it is served on, when so many requests are in it at once."""
    inside = threading.Barrier(together)

    def work():
        inside.wait(10)
        seen.append(threading.current_thread())

    @on_kept_threads
    async def served(scope, receive, send):
        await sync_to_async(work)()

    return served


async def ask(served, times):
    await asyncio.gather(*(served({}, None, None) for _ in range(times)))


def test_one_request_after_another_is_served_on_the_same_thread():
    seen = []
    served = application(seen)

    async def one_by_one():
        for _ in range(5):
            await ask(served, 1)

    asyncio.run(one_by_one())
    assert len(set(seen)) == 1
    assert seen[0] is not threading.current_thread()


def test_each_of_many_requests_has_a_thread_to_itself_and_few_are_kept():
    seen, many = [], MOST_KEPT + 5
    served = application(seen, together=many)

    async def twice():
        await ask(served, many)
        await ask(served, many)

    asyncio.run(twice())
    first, second = set(seen[:many]), set(seen[many:])
    assert len(first) == len(second) == many
    assert len(first & second) == MOST_KEPT
    for thread in first - second:
        thread.join(10)
        assert not thread.is_alive(), "what is not kept has ended"


def test_a_request_that_fails_gives_its_thread_back():
    seen = []

    @on_kept_threads
    async def failing(scope, receive, send):
        seen.append(await sync_to_async(threading.current_thread)())
        raise ValueError

    async def twice():
        for _ in range(2):
            with contextlib.suppress(ValueError):
                await failing({}, None, None)

    asyncio.run(twice())
    assert len(set(seen)) == 1
