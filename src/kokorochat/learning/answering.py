"""Asking a model all samples of a file, so that an interrupted run loses nothing."""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from kokorochat import __version__
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.answers import Answer, AnswerHeader, read_answers, write_answers
from kokorochat.learning.models import ScoreModel
from kokorochat.tasks.lines import decode_line, encode_line
from kokorochat.tasks.sample import Sample, SampleFile, read_samples

_BATCH = 32

Progress = Callable[[Iterable[list[Sample]], int], Iterable[list[Sample]]]


def answer_samples(
    model: ScoreModel,
    samples_file: Path,
    out: Path,
    *,
    resume: bool = False,
    command: str = "",
    progress: Progress = lambda batches, total: batches,
) -> dict[str, Any]:
    """Answer a file of samples.

    The answers appear at `out` when all are there. Until then each batch is added to `out` with `.partial` behind its
    name, from which `resume` goes on; it also takes what stands at `out` already.

    Args:
        resume: reuse answers of the same model to the same samples.
        progress: gets the batches and their number, and gives the batches back.

    Returns:
        `samples`, `answered`, `reused` and `seconds`.

    Raises:
        InputError: the samples can't be used, or with `resume` the answers there are of another model
            or to other samples.
    """
    started = time.perf_counter()
    asked = read_samples(samples_file)
    header = AnswerHeader(
        version=__version__,
        model=model.name,
        fingerprint=model.fingerprint,
        decoding=model.decoding,
        samples=len(asked.samples),
        samples_digest=asked.digest,
        made_of=asked.header,
        command=command,
    )
    _check_targets(asked, samples_file)
    partial = out.with_name(f"{out.name}.partial")
    ids = {sample.id for sample in asked.samples}
    there = (*_finished(out, header), *_unfinished(partial, header)) if resume else ()
    known = {answer.sample: answer for answer in there if answer.sample in ids}
    due = [sample for sample in asked.samples if sample.id not in known]
    batches = [due[start : start + _BATCH] for start in range(0, len(due), _BATCH)]
    reused = len(known)
    write_answers(partial, header, list(known.values()))
    try:
        with partial.open("ab") as file:
            for batch in progress(batches, len(batches)):
                for sample, prediction in zip(batch, model.predict(batch), strict=True):
                    known[sample.id] = Answer(
                        sample=sample.id,
                        items=prediction.items,
                        target=sample.target or "",
                        model=model.name,
                        decoding=model.decoding,
                        probabilities=prediction.probabilities,
                    )
                    file.write(encode_line(known[sample.id], str(partial)))
                file.flush()
    except OSError as fault:
        raise InputError(
            str(partial), f"can't be written ({fault.strerror})", "Name a file in a folder you own"
        ) from None
    write_answers(out, header, [known[sample.id] for sample in asked.samples])
    partial.unlink()
    return {
        "samples": len(asked.samples),
        "answered": len(due),
        "reused": reused,
        "seconds": round(time.perf_counter() - started, 3),
    }


def _check_targets(asked: SampleFile, file: Path) -> None:
    for number, sample in enumerate(asked.samples, start=2):
        if sample.target is None:
            remedy = "Make samples of rated dialogues only"
            raise InputError(f"{file}, line {number}", f"sample {sample.id} has no target to compare with", remedy)


def _finished(out: Path, header: AnswerHeader) -> list[Answer]:
    if not out.exists():
        return []
    there = read_answers(out)
    _check_same(there.header, header, out)
    return there.answers


def _unfinished(partial: Path, header: AnswerHeader) -> list[Answer]:
    """What an interrupted run has left; a last line that was cut off is dropped."""
    if not partial.exists():
        return []
    lines = partial.read_bytes().split(b"\n")[:-1]
    if not lines:
        return []
    _check_same(decode_line(lines[0], AnswerHeader, f"{partial}, line 1 (the header)"), header, partial)
    answers = []
    for number, line in enumerate(lines[1:], start=2):
        # A crash of the machine may leave a hole anywhere after the last flush: what follows is asked again.
        with suppress(InputError):
            answers.append(decode_line(line, Answer, f"{partial}, line {number}"))
    return answers


def _check_same(there: AnswerHeader, here: AnswerHeader, file: Path) -> None:
    for field, what in (
        ("fingerprint", "another model"),
        ("decoding", "another decoding"),
        ("samples_digest", "other samples"),
    ):
        if getattr(there, field) != getattr(here, field):
            raise InputError(str(file), f"holds answers of {what}", "Name another file, or leave out --resume")
