"""Asking a chat model all samples of a file, so that an interrupted run loses nothing that was paid."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import structs

from kokorochat import __version__
from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.answers import Answer, AnswerHeader, failure_counts, told_decodings
from kokorochat.learning.answering import answer_header, check_same, check_targets, finished_answers
from kokorochat.learning.chat.card import CARD_BEGINS, card
from kokorochat.learning.chat.lanes import Lanes
from kokorochat.learning.chat.ledger import Bill, Ledger, LedgerHeader, bill, keep_ledger
from kokorochat.learning.chat.prices import Tariff
from kokorochat.learning.chat.questions import Asking, Line, is_answered
from kokorochat.learning.chat.spending import Spending
from kokorochat.learning.chat.watching import Gate
from kokorochat.llm.chat import ChatModel, Tokens
from kokorochat.llm.limits import Limits
from kokorochat.llm.loops import run_to_end
from kokorochat.tasks.growing import GrowingFile
from kokorochat.tasks.sample import Sample, SampleFile

Talks = Iterable[list[Sample]]


@dataclass(frozen=True)
class Pace:
    """How fast and for how much an endpoint is asked.

    Attributes:
        concurrency: dialogues that are asked about at once; each one's samples go in order, by one connection.
        requests, tokens: at most so many in any minute; None without a limit.
        tariff: None where no price is known.
        budget: in the tariff's currency, for all runs that make the file together.
    """

    concurrency: int = 4
    requests: int | None = None
    tokens: int | None = None
    tariff: Tariff | None = None
    budget: float | None = None


@dataclass
class ChatAnswers:
    """The answers of a chat model that are to be at one place, with the ledger and the card beside them.

    Attributes:
        known: answers by sample, as far as they are there; failures included.
    """

    asking: Asking
    asked: SampleFile
    out: Path
    resume: bool
    command: str
    known: dict[str, Line] = field(default_factory=dict)

    @classmethod
    def found(
        cls, asking: Asking, asked: SampleFile, samples_file: Path, out: Path, resume: bool, command: str
    ) -> "ChatAnswers":
        """Look at what is there; nothing is asked or written.

        Args:
            resume: reuse the answers that are there, of the same model asked the same samples in the same way; without
                it, what is there is not touched.

        Raises:
            InputError: a sample has no target, or what is at `out` can't be reused.
        """
        check_targets(asked, samples_file)
        answers = cls(asking, asked, out, resume, command)
        answers._check_place()
        if resume:

            def check(there: AnswerHeader, place: Path) -> None:
                # A finished file tells what was sent; what was to be sent is part of the fingerprint.
                check_same(there, structs.replace(answers.header, decoding=there.decoding), place)

            lines = [*finished_answers(out, check, not asking.scores), *answers._file.left(check)]
            ids = {sample.id for sample in asked.samples}
            answers.known = {line.sample: line for line in lines if line.sample in ids and is_answered(line)}
        return answers

    @property
    def ledger(self) -> Path:
        """Where the ledger is."""
        return self.out.with_name(f"{self.out.stem}.ledger.jsonl")

    @property
    def card(self) -> Path:
        """Where the card is."""
        return self.out.with_name(f"{self.out.stem}.card.md")

    @property
    def header(self) -> AnswerHeader:
        """The first line of the answers while they come: it tells what is to be sent."""
        asking = self.asking
        return answer_header(self.asked, asking.model, asking.fingerprint, asking.decoding, self.command)

    @property
    def header_as_answered(self) -> AnswerHeader:
        """The same of all answers: it tells what was sent, which an endpoint may not have taken as it was meant."""
        there = Counter(line.decoding for line in self.known.values() if is_answered(line))
        return structs.replace(self.header, decoding=told_decodings(there) or self.asking.decoding)

    @property
    def due(self) -> list[Sample]:
        """The samples that are still to be asked."""
        return [sample for sample in self.asked.samples if sample.id not in self.known]

    @property
    def _file(self) -> GrowingFile[AnswerHeader, Line]:
        return GrowingFile(self.out, self.header, self.asking.record)

    def _finish(self) -> None:
        whole = GrowingFile(self.out, self.header_as_answered, self.asking.record)
        whole.finish(self.known[sample.id] for sample in self.asked.samples)

    def run(self, model: ChatModel, pace: Pace, progress: Callable[[Talks, int], Talks]) -> dict[str, Any]:
        """Ask all that is due, and write answers, ledger and card.

        Args:
            progress: gets the dialogues and their number, and gives the dialogues back.

        Returns:
            `samples`, `dialogues`; `answered`, `failed` and `failures{name: count}` of all answers there are, and
            `without_probabilities`, those of them that lack what was asked for; `asked` in this run, `reused` from
            earlier ones, `unasked` where the budget ended before; `complete`, whether the model has had its say on all;
            `requests`, `tokens{prompt, cached, completion, uncounted}`, `cost` and `assumed` {currency: amount},
            `served` and `warm`, of all runs together; `seconds`; the files `out`, `ledger` and `card`.

        Raises:
            InputError: the endpoint refuses all, or ten samples in a row got no reply; what was answered is kept.
        """
        started = time.perf_counter()
        self._check_place()
        due, reused = self.due, len(self.known)
        talks = self.asking.talks(due)
        file = self._file
        ledger_header = LedgerHeader(__version__, self.asking.model, self.asked.digest)
        with file.grow(list(self.known.values())) as add, keep_ledger(self.ledger, ledger_header) as ledger:
            samples = {sample.id: sample for sample in self.asked.samples}

            def most(id: str) -> Tokens:
                return self.asking.most(samples[id]) if id in samples else Tokens()

            spending = Spending(pace.tariff, pace.budget, ledger.before, most)
            gate = Gate(Limits(pace.requests, pace.tokens), spending, ledger)

            def keep(line: Line) -> None:
                self.known[line.sample] = line
                add([line])

            lanes = Lanes(self.asking, model, gate, keep)
            try:
                run_to_end(lanes.ask(iter(progress(talks, len(talks))), min(pace.concurrency, len(talks))))
            except BaseException:
                self._forget_if_free(ledger)
                raise
            total = bill([*ledger.before, *ledger.requests])
        left = [sample for sample in due if sample.id not in self.known]
        if not left:
            self._finish()
        failures = failure_counts(line.failure for line in self.known.values())
        report = {
            "samples": len(self.asked.samples),
            "dialogues": len(self.asking.talks(self.asked.samples)),
            "answered": len(self.known) - sum(failures.values()),
            "failed": sum(failures.values()),
            "failures": failures,
            "without_probabilities": self._without_probabilities(),
            "asked": len(due) - len(left),
            "reused": reused,
            "unasked": len(left),
            "complete": not left and all(map(is_answered, self.known.values())),
            **_told(total),
            "seconds": round(time.perf_counter() - started, 3),
            "out": str(self.out),
            "ledger": str(self.ledger),
            "card": str(self.card),
        }
        if not left:
            write_file(self.card, card(self.header_as_answered, report, [*ledger.before, *ledger.requests]).encode())
        return report

    def _without_probabilities(self) -> int:
        lines = self.known.values() if self.asking.settings.alternatives else ()
        return sum(isinstance(line, Answer) and line.items is not None and not line.probabilities for line in lines)

    def _forget_if_free(self, ledger: Ledger) -> None:
        """Leave nothing to go on from where nothing can have been paid, so that the next try need not say --resume."""
        requests = [*ledger.before, *ledger.requests]
        if not any(map(is_answered, self.known.values())) and all(one.tokens == Tokens() for one in requests):
            with suppress(OSError):
                self._file.partial.unlink()
                self.ledger.unlink()

    def _check_place(self) -> None:
        """See that nothing is lost that was paid for, and nothing else is overwritten."""
        if not self.resume:
            for there in (self.out, self._file.partial, self.ledger):
                if os.path.lexists(there):
                    remedy = "Add --resume to go on with it, or name a new file"
                    raise InputError(
                        str(there), "is there already, and what it tells of may have been paid for", remedy
                    )
        if os.path.lexists(self.card):
            try:
                is_ours = self.card.is_file() and self.card.read_bytes().startswith(CARD_BEGINS.encode())
            except OSError:
                is_ours = False
            if not is_ours:
                raise InputError(str(self.card), "exists and holds something else", "Name another file with --out")


def _told(total: Bill) -> dict[str, Any]:
    tokens = total.tokens
    return {
        "requests": total.requests,
        "tokens": {
            "prompt": tokens.prompt,
            "cached": tokens.cached,
            "completion": tokens.completion,
            "uncounted": total.uncounted,
        },
        "cost": total.cost,
        "assumed": total.assumed,
        "served": total.served,
        "warm": total.warm,
    }
