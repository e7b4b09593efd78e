"""What all runs of response generation share: parts of the corpus, how answers are measured, and the card."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from kokorochat.corpus.digests import Contents
from kokorochat.corpus.splits.outline import outline
from kokorochat.corpus.splits.response import ALL, FEWEST, response_split, undivided
from kokorochat.corpus.splits.split import Split
from kokorochat.corpus.writing import write_file
from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted
from kokorochat.evaluation.measurement import conditions
from kokorochat.evaluation.responses import ResponseAnswer
from kokorochat.evaluation.text_metrics import response_metrics
from kokorochat.learning.models import ResponseModel, said_by
from kokorochat.tasks.response import Joiner, response_header, response_samples
from kokorochat.tasks.sample import Language, Sample


class ResponseSettings(Protocol):
    """What every run file of the response task says."""

    @property
    def model(self) -> str:
        """The kind of model."""

    @property
    def part(self) -> Literal["low", "high", "full", "all"]:
        """Whose training part is learnt, or all sessions."""

    @property
    def joiner(self) -> Joiner:
        """What stands between merged utterances."""

    @property
    def keep_out_of_role(self) -> bool:
        """Whether bracketed talk is left in."""


@dataclass(frozen=True)
class ResponseParts:
    """What a run may learn from, and what it is measured on.

    Attributes:
        split: the whole split.
        train: ids of the training part, in the order of the corpus.
        validation: ids of the validation part, the best rated first: the test part has the best rated sessions, so
            these are most like it. None where all sessions are learnt.
        dialogues: all dialogues by id.
        scores: the total of each, 0 to 100.
        names: of the two parts.
        corpus: its short digest.
    """

    split: Split
    train: list[str]
    validation: list[str]
    dialogues: dict[str, Dialogue]
    scores: dict[str, int]
    names: tuple[str, str]
    corpus: str

    def rated(self) -> list[tuple[Dialogue, int]]:
        """The dialogues of the training part, each with its score."""
        return [(self.dialogues[id], self.scores[id]) for id in self.train]


def response_parts(run: ResponseSettings, entries: Contents, seed: int, group: str) -> ResponseParts:
    """Divide a corpus.

    Raises:
        InputError: the corpus has no test part, or too few dialogues to divide the part that is to be learnt from.
    """
    outlines, dialogues, scores = [], {}, {}
    for entry in entries:
        outlines.append(outline(entry, group == "duplicates" and run.part != ALL))
        dialogues[entry.dialogue.id] = entry.dialogue
        scores[entry.dialogue.id] = entry.score or 0
    if run.part == ALL:
        whole = undivided(outlines, seed)
        return ResponseParts(whole, list(whole.parts[ALL]), [], dialogues, scores, (ALL, ""), entries.short)
    split = response_split(outlines, seed, group)
    names = f"{run.part}-train", f"{run.part}-validation"
    train, validation = (list(split.parts[name]) for name in names)
    if not validation:
        problem = f"{counted(len(split.parts[run.part]), 'dialogue')}: too few for 9 : 1"
        raise InputError(f"part {run.part}", problem, f"Name another part, or a corpus with {FEWEST} or more of it")
    best_first = sorted(validation, key=lambda id: -scores[id])
    return ResponseParts(split, train, best_first, dialogues, scores, names, entries.short)


def samples_of(
    parts: ResponseParts,
    ids: Sequence[str],
    run: ResponseSettings,
    role: Role = Role.COUNSELOR,
    language: Language = "ja",
) -> list[Sample]:
    """The samples of some dialogues, as the run file says."""
    return [
        sample
        for id in ids
        for sample in response_samples(parts.dialogues[id], run.joiner, language, run.keep_out_of_role, role)
    ]


def write_card(
    place: Path, card: str, parts: ResponseParts, measured: int, seed: int, group: str, command: str, **facts: Any
) -> None:
    """Write a run's card, README.md, from its text.

    Args:
        card: a format whose fields are filled with what is true of every run, and with `facts`.
        measured: dialogues of the validation part that were answered.
    """
    if parts.validation:
        copies = ", nor near-duplicates of them" if group == "duplicates" else "; near-duplicates of them may be"
        made_of = f"`{parts.names[0]}` of the split `{parts.split.rule}`, seed {seed}. "
        made_of += f"Dialogues of the test part are not in it{copies}"
        figures = f"`run.json`. Figures on {counted(measured, 'dialogue')} of the validation part: `metrics.json`"
    else:
        made_of = "all sessions of its corpus, so there are no figures: on sessions that it knows they would mislead"
        figures = "`run.json`"
    filled = card.format(
        dialogues=len(parts.train),
        made_of=made_of,
        figures=figures,
        command=command or "kokorochat train",
        **facts,
    )
    write_file(place / "README.md", filled.encode())


def say_asked(ids: Sequence[str]) -> None:
    """Say on standard error what comes after the training: it may take as long."""
    print(f"answering {counted(len(ids), 'dialogue')} of the validation part", file=sys.stderr, flush=True)


def measure_answers(
    model: ResponseModel,
    parts: ResponseParts,
    ids: Sequence[str],
    run: ResponseSettings,
    seed: int,
    group: str,
    command: str,
    role: Role = Role.COUNSELOR,
    language: Language = "ja",
) -> tuple[dict[str, Any], dict[str, float]]:
    """The metrics of a model's answers to some dialogues of the validation part, and what an answer costs.

    Returns:
        {validation: as `evaluate response` prints them}, and the median and the 99th percentile of the milliseconds of
        processor; both empty without a dialogue.
    """
    if not ids:
        return {}, {}
    say_asked(ids)
    answers, seconds = [], []
    for sample in samples_of(parts, ids, run, role, language):
        before = time.process_time()
        [said] = said_by(model, [sample])
        seconds.append(time.process_time() - before)
        told = sample.target or "", model.name, model.decoding
        answers.append(ResponseAnswer(sample.id, said.text, *told, said.failure))
    header = response_header(
        f"{parts.names[1]}, {len(ids)} best rated",
        seed,
        split=parts.split.rule,
        group=group,
        joiner=run.joiner,
        language=language,
        keep_out_of_role=run.keep_out_of_role,
        command=command,
        role=role,
        corpus=parts.corpus,
    )
    metrics = {"model": run.model, **response_metrics(answers, conditions(header, model.decoding))}
    cost = {
        "median": round(1000 * float(np.median(seconds)), 2),
        "p99": round(1000 * float(np.quantile(seconds, 0.99)), 2),
    }
    return {"validation": metrics}, cost
