"""Asking a model all samples of a file, so that an interrupted run loses nothing."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from kokorochat import __version__
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.answers import Answer, AnswerHeader, failure_counts, read_answer_header, read_answers
from kokorochat.evaluation.responses import ResponseAnswer, read_responses
from kokorochat.learning.learnt_from import UNTAUGHT, Overlap, overlap
from kokorochat.learning.models import ResponseModel, ScoreModel, said_by
from kokorochat.tasks.growing import GrowingFile
from kokorochat.tasks.response import dialogue_of
from kokorochat.tasks.sample import Sample, SampleFile, read_samples

_BATCH = 32

Line = Answer | ResponseAnswer

Progress = Callable[[Iterable[list[Sample]], int], Iterable[list[Sample]]]


def answer_samples(
    model: ScoreModel | ResponseModel,
    samples_file: Path,
    out: Path,
    *,
    resume: bool = False,
    folders: Sequence[Path] = (),
    learnt_too: bool = False,
    command: str = "",
    progress: Progress = lambda batches, total: batches,
) -> dict[str, Any]:
    """Answer a file of samples.

    The answers appear at `out` when all are there. Until then each batch is added to `out` with `.partial` behind its
    name, from which `resume` goes on; it also takes what stands at `out` already.

    Args:
        resume: reuse answers of the same model to the same samples; else a finished file at `out` is replaced.
        folders: where the model lies, and tells what it learnt from; see `learning.models.folders_of`.
        learnt_too: go on though it has learnt of some of the dialogues; the header tells of how many.
        progress: gets the batches and their number, and gives the batches back.

    Returns:
        `samples`, `answered`, `reused`, `seconds`, `failures` {name: count} of all answers there are, `learnt` as in
        the header, and `notes`, sentences about what stands there now.

    Raises:
        InputError: the samples can't be used, the model has learnt of their dialogues, or with `resume` the answers
            there are of another model or to other samples; without it, an interrupted run has left some.
    """
    started = time.perf_counter()
    asked = read_samples(samples_file)
    responds = isinstance(model, ResponseModel)
    seen = overlap(asked, dialogue_of if responds else str, samples_file, folders, learnt_too)
    header = answer_header(asked, model.name, model.fingerprint, model.decoding, command, model.knows, seen)
    check_targets(asked, samples_file)
    file: GrowingFile[AnswerHeader, Line] = GrowingFile(out, header, ResponseAnswer if responds else Answer)
    ids = {sample.id for sample in asked.samples}

    def check(there: AnswerHeader, place: Path) -> None:
        check_same(there, header, place)

    there = (*finished_answers(out, check, responds), *file.left(check)) if resume else ()
    known = {answer.sample: answer for answer in there if answer.sample in ids}
    notes = list(seen.notes)
    if not resume and file.partial.is_file() and file.partial.stat().st_size:
        remedy = "Add --resume to go on with them, or remove it"
        raise InputError(str(file.partial), "holds the answers of a run that was interrupted", remedy)
    due = [sample for sample in asked.samples if sample.id not in known]
    batches = [due[start : start + _BATCH] for start in range(0, len(due), _BATCH)]
    reused = len(known)
    with file.grow(list(known.values())) as add:
        if not resume and out.is_file() and out.stat().st_size:
            notes.append(f"{out}: the answers of {read_answer_header(out).model} that stood there were replaced")
        for batch in progress(batches, len(batches)):
            answers = _answers(model, batch)
            known |= {answer.sample: answer for answer in answers}
            add(answers)
    file.finish(known[sample.id] for sample in asked.samples)
    return {
        "samples": len(asked.samples),
        "answered": len(due),
        "reused": reused,
        "seconds": round(time.perf_counter() - started, 3),
        "failures": failure_counts(answer.failure for answer in known.values()),
        "learnt": seen.learnt,
        "notes": notes,
    }


def answer_header(
    asked: SampleFile,
    model: str,
    fingerprint: str,
    decoding: str,
    command: str,
    knows: str | None = None,
    seen: Overlap = UNTAUGHT,
) -> AnswerHeader:
    """The first line of a file of answers; for the arguments see there.

    Args:
        seen: what the model knows of the dialogues, and of its training.
    """
    return AnswerHeader(
        version=__version__,
        model=model,
        fingerprint=fingerprint,
        decoding=decoding,
        samples=len(asked.samples),
        samples_digest=asked.digest,
        made_of=asked.header,
        command=command,
        knows=knows,
        learnt=seen.learnt,
        settings=seen.settings,
        learnt_group=seen.learnt_group,
    )


def check_targets(asked: SampleFile, file: Path) -> None:
    """See that every sample has an answer to compare with.

    Args:
        file: its name for messages.

    Raises:
        InputError: one has none; it names file and line.
    """
    for number, sample in enumerate(asked.samples, start=2):
        if sample.target is None:
            remedy = "Make samples of dialogues with the twenty-item feedback only"
            raise InputError(f"{file}, line {number}", f"sample {sample.id} has no target to compare with", remedy)


def _answers(model: ScoreModel | ResponseModel, batch: list[Sample]) -> list[Line]:
    if isinstance(model, ResponseModel):
        return [
            ResponseAnswer(sample.id, said.text, sample.target or "", model.name, model.decoding, said.failure)
            for sample, said in zip(batch, said_by(model, batch), strict=True)
        ]
    return [
        Answer(
            sample=sample.id,
            items=prediction.items,
            target=sample.target or "",
            model=model.name,
            decoding=model.decoding,
            probabilities=prediction.probabilities,
            failure=prediction.failure,
        )
        for sample, prediction in zip(batch, model.predict(batch), strict=True)
    ]


def finished_answers(out: Path, check: Callable[[AnswerHeader, Path], None], responds: bool) -> Sequence[Line]:
    """The answers of a file that is whole; none if it isn't there.

    Args:
        check: raises if its header is of another run.
        responds: they answer the response task, else the score task.
    """
    if not out.exists():
        return []
    there = read_responses(out) if responds else read_answers(out)
    check(there.header, out)
    return there.answers


def check_same(there: AnswerHeader, here: AnswerHeader, file: Path) -> None:
    """See that answers in a file may be reused.

    Args:
        there: the file's header.
        here: of the run that would reuse them.

    Raises:
        InputError: they are of another model, another decoding or other samples.
    """
    for field, what in (
        ("fingerprint", "another model"),
        ("decoding", "another decoding"),
        ("samples_digest", "other samples"),
    ):
        if getattr(there, field) != getattr(here, field):
            instead = "remove it" if file.suffix == ".partial" else "leave out --resume"
            raise InputError(str(file), f"holds answers of {what}", f"Name another file, or {instead}")
