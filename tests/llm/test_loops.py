"""Asking from code that isn't asynchronous."""

import asyncio

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
