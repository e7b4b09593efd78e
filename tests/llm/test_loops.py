"""Asking from code that isn't asynchronous."""

import asyncio
import signal
import threading

import pytest

from kokorochat.llm.loops import run_to_end


async def answered(text):
    await asyncio.sleep(0)
    if text is None:
        raise LookupError
    return text


def test_work_is_run_to_its_end():
    assert run_to_end(answered("a")) == "a"


def test_a_notebook_whose_loop_runs_already_gets_the_same():
    async def cell():
        return run_to_end(answered("a"))

    assert asyncio.run(cell()) == "a"


def test_a_fault_reaches_whoever_asked_in_both():
    async def cell():
        return run_to_end(answered(None))

    with pytest.raises(LookupError):
        run_to_end(answered(None))
    with pytest.raises(LookupError):
        asyncio.run(cell())


def test_a_notebook_that_is_interrupted_stops_the_work_before_it_goes_on():
    told = []

    async def asks():
        try:
            await asyncio.sleep(0.2)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            await asyncio.sleep(30)
            told.append("asked again")
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
            told.append("closed")
            raise

    async def cell():
        run_to_end(asks())

    # As in a notebook: `asyncio.run` would take the interruption for itself.
    loop = asyncio.new_event_loop()
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(cell())
    finally:
        loop.close()
    assert told == ["closed"]
