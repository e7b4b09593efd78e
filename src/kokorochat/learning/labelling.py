"""Asking a model for the topic of each dialogue of a corpus, so that an interrupted run loses nothing that was paid."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from kokorochat import __version__
from kokorochat.corpus.reading import Corpus
from kokorochat.domain.dialogue import Dialogue
from kokorochat.domain.errors import InputError
from kokorochat.domain.topic import TopicClass
from kokorochat.evaluation.labels import LabelHeader, TopicLabel, read_labels
from kokorochat.learning.topic_models import Asked, TopicModel
from kokorochat.llm.chat import ChatFault, Tokens
from kokorochat.llm.loops import run_to_end
from kokorochat.tasks.growing import GrowingFile
from kokorochat.tasks.topic import PROMPT_VERSION, prompt_digest

Thing = TypeVar("Thing")
Result = TypeVar("Result")

MOST_FAULTS = 10
"""Dialogues in a row without a reply after which the endpoint is taken for broken."""


@dataclass(frozen=True, slots=True)
class Due:
    """One dialogue of the corpus, and what is to be known of it before and after it is asked.

    Attributes:
        topic: the one that the corpus gives; None without.
        client: who brought it up; None where the corpus has no people.
    """

    asked: Asked
    topic: TopicClass | None
    client: str | None


class Labelling:
    """One run: a model, a corpus and the file that the labels go to."""

    def __init__(
        self, model: TopicModel, corpus: Corpus, out: Path, *, limit: int | None, resume: bool, command: str
    ) -> None:
        """Read the corpus once to see what is to be asked; nothing is asked or written yet.

        Args:
            limit: only the first so many dialogues.
            resume: reuse the labels that are there, of the same model under the same prompt and of dialogues that are
                still the same; without it, labels that are there are not touched.

        Raises:
            InputError: the corpus can't be used, two of its dialogues have one id, or what is at `out` can't be reused.
        """
        self._model, self._corpus, self._limit, self._resume = model, corpus, limit, resume
        language = model.language
        header = LabelHeader(
            version=__version__,
            model=model.name,
            fingerprint=model.fingerprint,
            prompt=PROMPT_VERSION if language else None,
            language=language,
            prompt_digest=prompt_digest(language) if language else None,
            corpus=corpus.source.format,
            command=command,
        )
        self._file = GrowingFile(out, header, TopicLabel)
        if not resume:
            _check_nothing_lost(out, self._file.partial)
        self.due: dict[str, Due] = {}
        for dialogue in self._dialogues():
            if dialogue.id in self.due:
                remedy = "Give each dialogue an id of its own; `corpus check` names the files"
                raise InputError(f"dialogue {dialogue.id}", "two dialogues of the corpus have this id", remedy)
            topic = dialogue.topic.main if dialogue.topic else None
            self.due[dialogue.id] = Due(model.asked(dialogue), topic, dialogue.client)
        self.labels = self._reusable() if resume else {}
        self._reused = sum(id in self.labels for id in self.due)

    def estimate(self) -> tuple[int, int, Tokens]:
        """What is still to be asked: dialogues, characters of the questions, and a rough count of tokens."""
        asked = [due.asked for id, due in self.due.items() if id not in self.labels]
        return len(asked), sum(one.characters for one in asked), sum((one.tokens for one in asked), Tokens())

    def run(
        self, concurrency: int, progress: Callable[[Iterable[Dialogue], int], Iterable[Dialogue]]
    ) -> dict[str, Any]:
        """Ask for all that is missing, and write the labels in the order of the corpus.

        Args:
            concurrency: dialogues that are asked about at once.
            progress: gets the dialogues and their number, and gives the dialogues back.

        Returns:
            `dialogues`; `labelled`, `failed` and `failures{name: count}` of this run, `reused` from earlier ones;
            `tokens{prompt, completion, uncounted}` of this run, the last the dialogues whose tokens nobody counted;
            `seconds`.

        Raises:
            InputError: the endpoint refuses all, or ten dialogues in a row got no reply; what was labelled is kept.
        """
        started = time.perf_counter()
        missing = [id for id in self.due if id not in self.labels]
        source = progress(self._missing(), len(missing))
        if not self._resume:
            # Another run may have begun, or ended, since it was looked at first.
            _check_nothing_lost(self._file.out, self._file.partial)
        with self._file.grow(list(self.labels.values())) as add:
            try:
                run_to_end(self._ask_all(iter(source), concurrency, add))
            except BaseException:
                # Nothing to go on from is left, so that the next try need not say --resume.
                if not any(label.topic for label in self.labels.values()):
                    with suppress(OSError):
                        self._file.partial.unlink()
                raise
        if gone := [id for id in missing if id not in self.labels]:
            raise _changed(gone[0])
        others = [label for id, label in self.labels.items() if id not in self.due]
        self._file.finish([*(self.labels[id] for id in self.due), *others])
        new = [self.labels[id] for id in missing]
        tokens = sum((label.tokens for label in new if label.tokens), Tokens())
        failures = Counter(label.failure.partition(":")[0] for label in new if label.failure)
        return {
            "dialogues": len(self.due),
            "labelled": len(new) - failures.total(),
            "failed": failures.total(),
            "reused": self._reused,
            "failures": dict(failures.most_common()),
            "tokens": {
                "prompt": tokens.prompt,
                "completion": tokens.completion,
                "uncounted": sum(label.tokens is None for label in new),
            },
            "seconds": round(time.perf_counter() - started, 3),
        }

    def has_learnt(self, id: str) -> bool:
        """Whether the model was trained on that dialogue."""
        return self._model.has_learnt(self.due[id].asked.digest)

    def _missing(self) -> Iterator[Dialogue]:
        """The dialogues that have no label yet, read again.

        Raises:
            InputError: one is not what it was when the corpus was read first.
        """
        for dialogue in self._dialogues():
            if dialogue.id not in self.labels:
                due = self.due.get(dialogue.id)
                if due is None or self._model.asked(dialogue).digest != due.asked.digest:
                    raise _changed(dialogue.id)
                yield dialogue

    def _dialogues(self) -> Iterator[Dialogue]:
        return islice(self._corpus.dialogues(), self._limit)

    def _reusable(self) -> dict[str, TopicLabel]:
        """Good labels of earlier runs, by dialogue; also those of dialogues beyond the limit, for they may be paid."""
        there = []
        if self._file.out.exists():
            finished = read_labels(self._file.out)
            self._check_same(finished.header, self._file.out)
            there += finished.labels
        there += self._file.left(self._check_same)
        return {
            label.dialogue: label
            for label in there
            if label.topic is not None
            and (label.dialogue not in self.due or self.due[label.dialogue].asked.digest == label.asked)
        }

    def _check_same(self, there: LabelHeader, file: Path) -> None:
        for field, what in (
            ("model", "another model"),
            ("fingerprint", "another training of the model"),
            ("prompt_digest", "another prompt or language"),
            ("corpus", "another corpus"),
        ):
            if getattr(there, field) != getattr(self._file.header, field):
                raise InputError(str(file), f"holds labels of {what}", "Name another file with --out")

    async def _ask_all(
        self, dialogues: Iterator[Dialogue], concurrency: int, add: Callable[[Iterable[TopicLabel]], None]
    ) -> None:
        faults = 0
        try:
            async with aclosing(_side_by_side(self._ask, dialogues, concurrency)) as answered:
                async for label, fault in answered:
                    self.labels[label.dialogue] = label
                    add([label])
                    faults = faults + 1 if fault else 0
                    if fault and (fault.final or faults == MOST_FAULTS):
                        self._stop(fault)
        finally:
            await self._model.close()

    async def _ask(self, dialogue: Dialogue) -> tuple[TopicLabel, ChatFault | None]:
        try:
            return await self._model.label(dialogue), None
        except ChatFault as fault:
            label = TopicLabel(
                dialogue=dialogue.id,
                model=self._model.name,
                asked=self.due[dialogue.id].asked.digest,
                failure=str(fault),
                attempts=fault.attempts,
                tokens=fault.tokens,
            )
            return label, fault

    def _stop(self, fault: ChatFault) -> None:
        problem = f"{fault}" if fault.final else f"no reply for {MOST_FAULTS} dialogues in a row, at last {fault}"
        kept = "; then go on with --resume" if any(label.topic for label in self.labels.values()) else ""
        raise InputError(self._model.name, problem, f"Check OPENAI_BASE_URL, OPENAI_API_KEY and the model's name{kept}")


def _changed(id: str) -> InputError:
    remedy = "Leave the corpus alone while it is labelled, and go on with --resume"
    return InputError(f"dialogue {id}", "the corpus changed while it was read", remedy)


def _check_nothing_lost(out: Path, partial: Path) -> None:
    for file in (out, partial):
        if os.path.lexists(file):
            remedy = "Add --resume to go on with it, or name a new file"
            raise InputError(str(file), "is there already, and labels may have been paid for", remedy)


async def _side_by_side(
    ask: Callable[[Thing], Awaitable[Result]], things: Iterator[Thing], at_once: int
) -> AsyncGenerator[Result, None]:
    """The results as they come, with at most so many under way; on leaving early the others are given up."""
    running: set[asyncio.Future[Result]] = set()
    try:
        while True:
            running |= {asyncio.ensure_future(ask(thing)) for thing in islice(things, at_once - len(running))}
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        for future in running:
            future.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def read_reference(labelling: Labelling, file: Path | None) -> dict[str, TopicClass]:
    """The classes to compare with, by dialogue; only of dialogues that are labelled here.

    Args:
        file: another file of labels; None for the topics that the corpus itself gives, empty where it gives none.

    Raises:
        InputError: the file can't be used.
    """
    if file is None:
        return {id: due.topic for id, due in labelling.due.items() if due.topic}
    labels = read_labels(file).labels
    return {label.dialogue: label.topic.main for label in labels if label.topic and label.dialogue in labelling.due}


def agreement_with(labelling: Labelling, reference: Mapping[str, TopicClass]) -> dict[str, Any]:
    """How the labels agree with a reference, see `evaluation.agreement`.

    Dialogues that the model was trained on are left out, for there it repeats what it was told.

    Returns:
        The agreement with `learnt`, the dialogues left out as known to the model, and `unlabelled`, those with a
        reference but without a label.
    """
    # numpy takes a moment to import, and labels alone don't need it.
    from kokorochat.evaluation.agreement import Pair, agreement

    new = [id for id in reference if not labelling.has_learnt(id)]
    said = {id: label.topic.main for id, label in labelling.labels.items() if label.topic}
    pairs = [Pair(reference[id].value, said[id].value, labelling.due[id].client) for id in new if id in said]
    measured = agreement(pairs, [topic.value for topic in TopicClass])
    return {**measured, "learnt": len(reference) - len(new), "unlabelled": len(new) - len(pairs)}
