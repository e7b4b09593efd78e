"""The budget: nothing is let go that might break it, and what is under way may make room."""

import asyncio

import pytest

from kokorochat.learning.chat.ledger import Request
from kokorochat.learning.chat.prices import Price, Tariff
from kokorochat.learning.chat.spending import OverBudget, Spending
from kokorochat.llm.chat import Tokens

TARIFF = Tariff(Price(prompt=1_000_000, completion=1_000_000), "EUR")


def paid(tokens, cost=None, currency=None):
    return Request("1", 1, "2026-11-26T09:00:00.000Z", 0.0, 1.0, "answered", tokens, cost, currency)


@pytest.mark.parametrize("before", [paid(Tokens(3, 3)), paid(Tokens(3, 3), 1.0, "USD")])
def test_what_earlier_runs_cost_under_other_prices_counts_by_these(before):
    async def asking():
        spending = Spending(TARIFF, 10, [before])
        await spending.reserve(Tokens(4, 0))
        with pytest.raises(OverBudget):
            await Spending(TARIFF, 10, [before]).reserve(Tokens(5, 0))

    asyncio.run(asking())


def test_what_nobody_counted_in_earlier_runs_counts_as_the_most_that_it_may_have_been():
    async def asking():
        most = {"1": Tokens(4, 2)}.__getitem__
        for before in (paid(None), paid(None, 1.0, "USD")):
            await Spending(TARIFF, 10, [before], most).reserve(Tokens(4, 0))
            with pytest.raises(OverBudget):
                await Spending(TARIFF, 10, [before], most).reserve(Tokens(5, 0))
        # What was counted then, or assumed in this currency, is that.
        await Spending(TARIFF, 10, [paid(Tokens(1, 0)), paid(None, 1.0, "EUR")], most).reserve(Tokens(8, 0))

    asyncio.run(asking())


def test_what_might_break_the_budget_is_not_let_go():
    async def asking():
        spending = Spending(TARIFF, 10, [paid(Tokens(9, 9), 4.0, "EUR")])
        ticket = await spending.reserve(Tokens(3, 3))
        spending.settle(ticket, 5.5)
        with pytest.raises(OverBudget):
            await spending.reserve(Tokens(1, 0))
        await spending.reserve(Tokens(0, 0))

    asyncio.run(asking())


def test_a_request_waits_for_those_under_way_and_goes_if_they_leave_room():
    async def asking():
        spending = Spending(TARIFF, 10)
        first = await spending.reserve(Tokens(8, 0))
        second = asyncio.ensure_future(spending.reserve(Tokens(8, 0)))
        await asyncio.sleep(0.01)
        assert not second.done()
        spending.settle(first, 2)
        spending.settle(await second, 8)
        with pytest.raises(OverBudget):
            await spending.reserve(Tokens(1, 0))

    asyncio.run(asking())


def test_all_who_wait_in_vain_are_told():
    async def asking():
        spending = Spending(TARIFF, 10)
        first = await spending.reserve(Tokens(8, 0))
        others = [asyncio.ensure_future(spending.reserve(Tokens(9, 0))) for _ in range(3)]
        await asyncio.sleep(0.01)
        spending.settle(first, 8)
        assert [type(one) for one in await asyncio.gather(*others, return_exceptions=True)] == [OverBudget] * 3

    asyncio.run(asking())


def test_without_a_tariff_nothing_is_counted():
    async def asking():
        spending = Spending(None, None)
        assert spending.cost(Tokens(5, 5)) is None
        spending.settle(await spending.reserve(Tokens(10**9, 10**9)), None)

    asyncio.run(asking())
