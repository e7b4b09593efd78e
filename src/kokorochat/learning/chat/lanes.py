"""Many dialogues asked about at once, the samples of each one after the other."""

import asyncio
from collections.abc import Callable, Iterator

from kokorochat.domain.errors import InputError
from kokorochat.learning.chat.questions import Asking, Line, expected_tokens, is_answered, most_tokens
from kokorochat.learning.chat.spending import OverBudget
from kokorochat.learning.chat.watching import Gate, SampleWatch
from kokorochat.llm.chat import ChatFault, ChatModel, Tokens
from kokorochat.tasks.reply import ReplyFault
from kokorochat.tasks.sample import Sample

MOST_FAULTS = 10
"""Samples in a row without a reply after which the endpoint is taken for broken."""


class Lanes:
    """One run's asking: each lane takes one talk after the other, and asks its samples in order by one connection.

    So a server that keeps what it has read (vLLM's prefix cache, say) reads of each question only what is new.
    """

    def __init__(self, asking: Asking, model: ChatModel, gate: Gate, keep: Callable[[Line], None]) -> None:
        """Nothing is asked yet.

        Args:
            model: closed at the end.
            keep: takes each line as it comes.
        """
        self._asking, self._model, self._gate, self._keep = asking, model, gate, keep
        self._faults, self._over = 0, False

    async def ask(self, talks: Iterator[list[Sample]], lanes: int) -> None:
        """Ask the samples of all talks, or as many as the budget allows.

        Args:
            lanes: talks that are asked about at once.

        Raises:
            InputError: the endpoint refuses all, or ten samples in a row got no reply.
        """
        running = [asyncio.ensure_future(self._lane(talks)) for _ in range(lanes)]
        try:
            await asyncio.gather(*running)
        finally:
            for lane in running:
                lane.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await self._model.close()

    async def _lane(self, talks: Iterator[list[Sample]]) -> None:
        model = self._model.another()
        try:
            for talk in talks:
                for sample in talk:
                    if self._over:
                        return
                    await self._ask(model, sample)
        except OverBudget:
            # Others may be waiting for replies that are paid for; they end by themselves.
            self._over = True
        finally:
            await model.close()

    async def _ask(self, model: ChatModel, sample: Sample) -> None:
        try:
            line = await self._line(model, sample)
            self._faults = 0
        except ChatFault as fault:
            line = self._asking.failed(sample, str(fault), fault.refused)
            self._keep(line)
            if not is_answered(line) and fault.kind != "too long":
                self._faults += 1
            if fault.final or self._faults >= MOST_FAULTS:
                raise self._stop(fault) from None
            return
        self._keep(line)

    async def _line(self, model: ChatModel, sample: Sample) -> Line:
        asking = self._asking
        question, watch = asking.question(sample), SampleWatch(self._gate, sample.id)
        for again in range(asking.again + 1):
            longest = asking.settings.longest_reply
            watch.most = Tokens(most_tokens(question.messages, asking.form), longest)
            watch.expected = expected_tokens(question.messages, asking.form) + longest
            reply = await model.reply(question.messages, asking.form, watch)
            try:
                return asking.answer(sample, reply)
            except ReplyFault as fault:
                failure = str(fault)
                if again < asking.again:
                    question = asking.asked_again(asking.question(sample), reply.text, fault)
        return asking.failed(sample, failure, reply.refused)

    def _stop(self, fault: ChatFault) -> InputError:
        problem = f"{fault}" if fault.final else f"no reply for {MOST_FAULTS} samples in a row, at last {fault}"
        remedy = "Check OPENAI_BASE_URL, OPENAI_API_KEY and the model's name; then go on with --resume"
        return InputError(self._asking.model, problem, remedy)
