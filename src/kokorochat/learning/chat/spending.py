"""A budget that no request may break: each is let go only if its dearest outcome still fits."""

import asyncio
from collections.abc import Callable, Iterable

from kokorochat.learning.chat.ledger import Request
from kokorochat.learning.chat.prices import Tariff
from kokorochat.llm.chat import Tokens


class OverBudget(Exception):
    """The next request might cost more than is left."""


class Spending:
    """What was spent and what may be, in the tariff's currency; without a tariff nothing is counted."""

    def __init__(
        self,
        tariff: Tariff | None,
        budget: float | None,
        before: Iterable[Request] = (),
        most: Callable[[str], Tokens] = lambda sample: Tokens(),
    ) -> None:
        """Start from what earlier runs have spent.

        Args:
            budget: for all runs together; None without a limit.
            before: the requests of earlier runs; what they cost under other prices, or none, is counted by these.
            most: the tokens that a request for a sample has at most, for those of which nobody has counted them.
        """
        self._tariff, self._budget, self._most = tariff, budget, most
        self.currency = tariff.currency if tariff else None
        self._spent = sum(self._cost_of(request) for request in before)
        self._reserved: dict[object, float] = {}
        self._changed = asyncio.Event()

    def cost(self, tokens: Tokens) -> float | None:
        """Of tokens; None without a tariff."""
        return self._tariff.price.cost(tokens) if self._tariff else None

    def _cost_of(self, request: Request) -> float:
        if request.currency == self.currency and request.cost is not None:
            return request.cost
        return self.cost(self._most(request.sample) if request.tokens is None else request.tokens) or 0.0

    async def reserve(self, most: Tokens) -> object:
        """Set aside what a request costs at most, when it fits; requests under way may leave some of theirs.

        Returns:
            What `settle` takes.

        Raises:
            OverBudget: it doesn't fit, and nothing is under way any more.
        """
        amount = self.cost(most) or 0.0
        while self._budget is not None and self._spent + sum(self._reserved.values()) + amount > self._budget:
            if not self._reserved:
                raise OverBudget
            self._changed.clear()
            await self._changed.wait()
        ticket = object()
        self._reserved[ticket] = amount
        return ticket

    def settle(self, ticket: object, cost: float | None) -> None:
        """Give back what was set aside, and count what the request did cost; None for nothing."""
        self._reserved.pop(ticket, None)
        self._spent += cost or 0.0
        self._changed.set()
