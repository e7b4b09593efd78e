"""What stands between one sample and the endpoint: the budget, the limits and the ledger."""

import time
from datetime import UTC, datetime

from kokorochat.learning.chat.ledger import Ledger, Request
from kokorochat.learning.chat.spending import Spending
from kokorochat.llm.chat import Attempt, Tokens
from kokorochat.llm.limits import LONGEST_WAIT, Limits, Place


class Gate:
    """Through which all requests of a run go."""

    def __init__(self, limits: Limits, spending: Spending, ledger: Ledger) -> None:
        self.limits, self.spending, self.ledger = limits, spending, ledger


class SampleWatch:
    """Watches the requests for one sample."""

    def __init__(self, gate: Gate, sample: str) -> None:
        """Nothing is asked yet; `most` is to be set before each question."""
        self._gate, self._sample, self._number = gate, sample, 0
        self._ticket: object = None
        self._place: Place | None = None
        self._waited = 0.0
        self.most, self.expected = Tokens(), 0

    async def before(self) -> None:
        """See `Watch.before`.

        Raises:
            OverBudget: what the request may cost is more than is left.
        """
        started = time.perf_counter()
        self._ticket = await self._gate.spending.reserve(self.most)
        try:
            self._place = await self._gate.limits.admit(self.expected)
        except BaseException:
            self._gate.spending.settle(self._ticket, None)
            raise
        self._waited = time.perf_counter() - started

    def after(self, attempt: Attempt) -> None:
        """See `Watch.after`."""
        gate, tokens = self._gate, attempt.tokens
        if self._place is not None and tokens is not None:
            self._place.tokens = tokens.prompt + tokens.completion
        if attempt.wait is not None:
            # A longer wait fails this question alone; whether the others fare better shows when they are asked.
            gate.limits.pause(min(attempt.wait, LONGEST_WAIT))
        cost = gate.spending.cost(tokens if tokens is not None else self.most)
        gate.spending.settle(self._ticket, cost)
        self._number += 1
        began = datetime.fromtimestamp(attempt.began, UTC)
        gate.ledger.add(
            Request(
                sample=self._sample,
                number=self._number,
                at=began.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                waited=round(self._waited, 3),
                seconds=round(attempt.seconds, 3),
                outcome=attempt.outcome,
                tokens=tokens,
                cost=cost,
                currency=gate.spending.currency,
                assumed=tokens is None and cost is not None,
                status=attempt.status,
                form=attempt.form,
                warm=attempt.warm,
                served=attempt.served,
                finish=attempt.finish,
            )
        )
