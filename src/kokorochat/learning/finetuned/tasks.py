"""What the two tasks have of their own in a run: their parts, what is looked at, and how answers are measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kokorochat.corpus.digests import Contents
from kokorochat.corpus.splits.outline import outline
from kokorochat.corpus.splits.score import score_split
from kokorochat.corpus.splits.split import Split
from kokorochat.domain.dialogue import Role
from kokorochat.evaluation.measurement import conditions
from kokorochat.evaluation.score_metrics import score_metrics
from kokorochat.learning.finetuned.answers import accuracy, load_predictor, load_responder
from kokorochat.learning.finetuned.digits import Form
from kokorochat.learning.finetuned.plan import Part
from kokorochat.learning.finetuned.processes import Processes
from kokorochat.learning.finetuned.rendering import Renderer
from kokorochat.learning.finetuned.settings import ResponseFineTuning, ScoreFineTuning
from kokorochat.learning.finetuned.talks import Talk, response_talk, score_talk
from kokorochat.learning.finetuned.training import Look
from kokorochat.learning.response_run import measure_answers, response_parts, say_asked
from kokorochat.tasks.score import parse_target, score_header, score_sample


@dataclass(frozen=True)
class Task:
    """A corpus, divided and asked.

    Attributes:
        train: what is learnt.
        validation: what is looked at.
        look: makes what else is measured at a look at the validation part, or None.
        measure: answers some of the validation part with the model in a run's folder; gives {validation: metrics}.
    """

    split: Split
    train: list[Talk]
    validation: list[Talk]
    look: Callable[[Renderer, Part, Any, Processes], Look | None]
    measure: Callable[[Path, str], dict[str, Any]]


def response_task(run: ResponseFineTuning, entries: Contents, seed: int, group: str) -> Task:
    """The response task.

    Raises:
        InputError: see `response_parts`.
    """
    parts, role = response_parts(run, entries, seed, group), Role(run.role)

    def talks(ids: Sequence[str]) -> list[Talk]:
        asked = run.joiner, run.language, run.keep_out_of_role, role
        return [response_talk(parts.dialogues[id], *asked) for id in ids]

    def measure(place: Path, command: str) -> dict[str, Any]:
        ids = parts.validation[: run.validation_dialogues]
        asked = parts, ids, run, seed, group, command, role, run.language
        return measure_answers(load_responder(place), *asked)[0]

    validation = parts.split.parts[parts.names[1]]
    return Task(parts.split, talks(parts.train), talks(validation), lambda *parts: None, measure)


def score_task(run: ScoreFineTuning, entries: Contents, seed: int, group: str) -> Task:
    """The score task.

    Raises:
        InputError: the corpus can't be divided, or a dialogue that has a score has no twenty-item feedback.
    """
    outlines, dialogues = [], {}
    for entry in entries:
        outlines.append(outline(entry, group == "duplicates"))
        dialogues[entry.dialogue.id] = entry.dialogue
    split = score_split(outlines, seed, run.test_seed, group)
    train, validation = (
        [score_talk(dialogues[id], run.keep_out_of_role) for id in split.parts[part]]
        for part in ("train", "validation")
    )
    targets = {talk.id: parse_target(talk.messages[-1].content) or {} for talk in validation}

    def look(renderer: Renderer, part: Part, device: Any, processes: Processes) -> Look | None:
        if run.best_by != "accuracy":
            return None
        form = Form(renderer)
        asked = [(talk.tokens[: talk.replies[0].start].tolist(), targets[talk.id]) for talk in part.talks]
        return lambda model: {"accuracy": accuracy(model, asked, form, run, device, processes)}

    def measure(place: Path, command: str) -> dict[str, Any]:
        ids = split.parts["validation"][: run.validation_dialogues]
        say_asked(ids)
        model, samples = load_predictor(place), [score_sample(dialogues[id], run.keep_out_of_role) for id in ids]
        name = "validation" if len(ids) == len(split.parts["validation"]) else f"validation, first {len(ids)}"
        divided = command, split.rule, group
        header = score_header(name, seed, run.test_seed, run.keep_out_of_role, *divided, corpus=entries.short)
        said = [(targets[s.id], p.items) for s, p in zip(samples, model.predict(samples), strict=True)]
        return {"validation": score_metrics(said, facts=conditions(header, model.decoding, model.knows))}

    return Task(split, train, validation, look, measure)
