"""From the systems of a file to the steps that measure them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kokorochat.corpus.reading import Corpus
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted
from kokorochat.evaluation.answers import Answer, AnswerHeader, read_answer_header, read_answer_lines
from kokorochat.evaluation.responses import ResponseAnswer
from kokorochat.evaluation.score_runs import check_protocol
from kokorochat.learning.chat.questions import Line, is_answered
from kokorochat.learning.config import Run, ScoreRun, load_run
from kokorochat.learning.models import folders_of
from kokorochat.llm.models import is_chat_model
from kokorochat.paper.known import Tested
from kokorochat.paper.steps import CORPUS, At, Part, Step
from kokorochat.paper.systems import ScoreSplit, System, Systems, load_systems, placeholders
from kokorochat.tasks.sample import SampleHeader

SAMPLES, ANSWERS, MODEL = "samples.jsonl", "answers.jsonl", "run"
"""Files that steps make; the last one is a folder."""

ANALYSIS, COMPARISON = "analysis", "table-1"
"""The steps of the paper's data section."""

RESPONSES = "table_4"
"""Beside the names of score splits, that of the split of responses; none of them can be called so."""


@dataclass(frozen=True)
class Row:
    """One system's row on one split.

    Attributes:
        split: of a score system.
        step: that measures it; None where it can't be, as `reason` tells.
        how: the steps that lead to the first of its runs, the measuring one last; what was made apart as it is told.
        model: of answers that were made apart, as their header names it.
        seeds: of a score system: the seed and test seed of each run, in the order in which they are measured; empty for
            a trained model or a chat model that no seed of the split has drawn.
    """

    system: System
    split: ScoreSplit | None
    step: str | None
    reason: str | None = None
    how: tuple[Step | str, ...] = ()
    model: str | None = None
    seeds: tuple[tuple[int, int], ...] = ()


@dataclass
class Plan:
    """What is to be made.

    Attributes:
        steps: each after those that it needs.
        rows: in the order of the file.
        leaks: {split: the step that tells who of its test part is known in training}; that of responses is
            `RESPONSES`.
    """

    systems: Systems
    steps: dict[str, Step] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    leaks: dict[str, str] = field(default_factory=dict)

    def add(self, step: Step) -> Step:
        """A step, made once however many ask for it."""
        return self.steps.setdefault(step.name, step)


def plan(file: Path, language: str, corpus: Corpus) -> Plan:
    """The plan of a file of systems.

    Args:
        language: of the analysis' page.
        corpus: read only if there are folders of models that tell what they learnt from.

    Raises:
        InputError: the file, or a run file that it names, can't be used.
    """
    made = Plan(load_systems(file))
    runs = {one.name: _run(one, file) for one in made.systems.system if one.run is not None}
    tested = Tested(corpus, made.systems)
    for system in made.systems.system:
        missing = next((folder for folder in system.folders if not Path(folder).is_dir()), None)
        missing = missing or next((answers for answers in system.answers if not Path(answers).is_file()), None)
        splits: Sequence[ScoreSplit | None] = (None,)
        if system.task == "score":
            splits = [split for split in made.systems.split if not system.splits or split.name in system.splits]
        for split in splits:
            if missing is not None:
                reason = f"{missing} isn't there" + (f": {system.make}" if system.make else "")
                made.rows.append(Row(system, split, None, reason))
            elif (known := tested.reason(system, split)) is not None:
                made.rows.append(Row(system, split, None, known))
            elif system.answers:
                made.rows.append(_row_of_answers(made, system, split, tested))
            elif split is not None:
                made.rows.append(_score_row(made, system, split, runs.get(system.name)))
            elif system.task == "topic":
                made.rows.append(_topic_row(made, system, *runs[system.name]))
            else:
                made.rows.append(_response_row(made, system, runs))
    for split in made.systems.split:
        _told_leak(made, split.name, "score", _divided(split, *split.runs[0]))
    _told_leak(made, RESPONSES, "response", _divided_responses(made.systems))
    made.add(Step(COMPARISON, ("corpus", "compare", CORPUS), "corpus"))
    drawn = ("corpus", "analyze", CORPUS, "--language", language, "--out", At(ANALYSIS, "figures"))
    made.add(Step(ANALYSIS, drawn, "corpus"))
    return made


def _told_leak(made: Plan, split: str, task: str, divided: tuple[str, ...]) -> None:
    name = f"split-{split}"
    made.add(Step(name, ("corpus", "split", CORPUS, "--task", task, *divided, "--out", At(name, "split")), "corpus"))
    made.leaks[split] = name


_Runs = dict[str, tuple[Path, Run]]


def _run(system: System, file: Path) -> tuple[Path, Run]:
    path = Path(os.path.normpath(file.parent / (system.run or "")))
    run = load_run(path)
    if run.task != system.task:
        problem = f"{path} is of the {run.task} task, not of the {system.task} task"
        raise InputError(f"{file}, {system.name}", problem, "Name another run file")
    return path, run


def _score_row(made: Plan, system: System, split: ScoreSplit, trained: tuple[Path, Run] | None) -> Row:
    # What isn't trained on the way is the same under every seed: asked for each, it would seem to be sure of itself.
    is_one = bool(folders_of(system.model or "")) or is_chat_model(system.model or "")
    runs = [(split.seeds[0], test_seed) for test_seed in split.test_seeds] if is_one else split.runs
    chains = []
    for seed, test_seed in runs:
        tail = f"{split.name}-{seed}-{test_seed}"
        divided = _divided(split, seed, test_seed)
        kept = trained is not None and isinstance(trained[1], ScoreRun) and trained[1].keep_out_of_role
        name = f"samples-score-{tail}" + ("-kept" if kept else "")
        more = ("--keep-out-of-role",) if kept else ()
        asked = ("samples", "score", CORPUS, "--part", "test", *divided, *more, "--out", At(name, SAMPLES))
        samples = made.add(Step(name, asked, "tasks"))
        chains.append((*_answered(made, system, trained, samples, tail, divided),))
    measured = _measured_scores(made, system, split, [At(chain[-1].name, ANSWERS) for chain in chains])
    return Row(system, split, measured.name, None, (*chains[0], measured), seeds=() if is_one else tuple(runs))


def _measured_scores(
    made: Plan, system: System, split: ScoreSplit, files: Sequence[Part], reads: tuple[Path, ...] = ()
) -> Step:
    answers: list[Part] = [part for file in files for part in ("--answers", file)]
    by: tuple[Part, ...] = ("--by", "client", "--corpus", CORPUS) if split.by == "client" else ()
    name = f"evaluate-{system.name}-{split.name}"
    return made.add(Step(name, ("evaluate", "score", *answers, *by), "evaluation", reads))


def _row_of_answers(made: Plan, system: System, split: ScoreSplit | None, tested: Tested) -> Row:
    """The row of answers that were made apart; a reason where they aren't to the samples of this table."""
    files = tuple(map(Path, system.answers))
    headers = []
    for file in files:
        try:
            header = read_answer_header(file)
            unanswered = _unanswered(file, header)
        except InputError as fault:
            return Row(system, split, None, str(fault))
        if (other := _other_samples(header.made_of, system, split, tested)) is not None:
            return Row(system, split, None, f"{file} answers other samples: {other}")
        if isinstance(header.learnt, int) and header.learnt:
            return Row(system, split, None, f"{file}: its model has learnt {header.learnt:,} of the test dialogues")
        if unanswered:
            return Row(
                system, split, None, f"{file}: {counted(unanswered, 'sample')} got no reply; go on with --resume"
            )
        headers.append(header)
    seeds: tuple[tuple[int, int], ...] = ()
    if split is not None:
        asked = [(header.made_of.seed or 0, header.made_of.test_seed or 0) for header in headers]
        is_one = len({header.fingerprint for header in headers}) == 1
        if (other := _other_runs(asked, is_one, split)) is not None:
            return Row(system, split, None, other)
        try:
            check_protocol(headers)
        except InputError as fault:
            return Row(system, split, None, fault.problem)
        seeds = () if system.zero_shot else tuple(asked)
        measured = _measured_scores(made, system, split, [str(file) for file in files], files)
    else:
        measured = _measured_responses(made, system, str(files[0]), files)
    how = (system.make, measured) if system.make else (measured,)
    return Row(system, split, measured.name, None, how, headers[0].model, seeds)


def _other_runs(asked: Sequence[tuple[int, int]], is_one: bool, split: ScoreSplit) -> str | None:
    """In what the runs of answers that were made apart differ from those of a split; None if they don't.

    Args:
        asked: seed and test seed of each file.
        is_one: all are of one model, for which the seeds of the split change nothing: one file for each test part.
    """
    if is_one:
        there, due = [str(test_seed) for _, test_seed in asked], [str(test_seed) for test_seed in split.test_seeds]
        problem = "answers of one model are to the test seeds {}, not to {}, a file for each"
    else:
        there, due = ([f"{seed}/{test_seed}" for seed, test_seed in runs] for runs in (asked, split.runs))
        problem = "answers are to the seeds {} (seed/test seed), not to {}"
    return None if sorted(there) == sorted(due) else problem.format(", ".join(there), ", ".join(due))


def _unanswered(file: Path, header: AnswerHeader) -> int:
    """How many samples have neither an answer nor a failure of the model's own: their figures would be no system's."""
    record: type[Line] = Answer if header.made_of.task == "score" else ResponseAnswer
    _, lines = read_answer_lines(file, header.made_of.task, record)
    # An endpoint may be asked again with more room; what a model here can't read it will never read.
    its_own = not is_chat_model(header.model)
    return header.samples - sum(is_answered(line) or (its_own and _is_too_long(line)) for line in lines)


def _is_too_long(line: Line) -> bool:
    return line.failure is not None and line.failure.partition(":")[0] == "too long"


def _other_samples(made_of: SampleHeader, system: System, split: ScoreSplit | None, tested: Tested) -> str | None:
    """In what samples differ from those of a table; None if they don't."""
    due: list[tuple[str, object, Sequence[object]]] = [("task", made_of.task, [system.task])]
    due.append(("part", made_of.part, ["test"]))
    if made_of.corpus is not None:
        due.append(("corpus", made_of.corpus, [tested.corpus]))
    if split is not None:
        due += [("group", made_of.group, [split.group]), ("test seed", made_of.test_seed, split.test_seeds)]
        due.append(("talk outside the role", made_of.out_of_role, ["left out"]))
    else:
        due += [("joiner", made_of.joiner, ["newline"]), ("role", made_of.asked_role.value, ["counselor"])]
        due.append(("talk outside the role", made_of.out_of_role, ["kept"]))
    return next((f"{what} {there}, not {fit[0]}" for what, there, fit in due if there not in fit), None)


def _divided(split: ScoreSplit, seed: int, test_seed: int) -> tuple[str, ...]:
    return ("--group", split.group, "--seed", str(seed), "--test-seed", str(test_seed))


def _divided_responses(systems: Systems) -> tuple[str, ...]:
    return ("--group", systems.response.group, "--seed", str(systems.response.seed))


def _response_row(made: Plan, system: System, runs: _Runs) -> Row:
    divided = _divided_responses(made.systems)
    name = "samples-response"
    asked: tuple[Part, ...] = ("samples", "response", CORPUS, "--part", "test", *divided, "--out", At(name, SAMPLES))
    samples = made.add(Step(name, asked, "tasks"))
    for needed in placeholders(system.model or ""):
        _trained(made, needed, runs[needed], "", divided)
    chain = _answered(made, system, runs.get(system.name), samples, "", divided)
    measured = _measured_responses(made, system, At(chain[-1].name, ANSWERS))
    return Row(system, None, measured.name, None, (*chain, measured))


def _measured_responses(made: Plan, system: System, answers: Part, reads: tuple[Path, ...] = ()) -> Step:
    other = f"answer-{system.against}"
    against: tuple[Part, ...] = ("--against", At(other, ANSWERS)) if other in made.steps else ()
    command = ("evaluate", "response", "--answers", answers, *against)
    return made.add(Step(f"evaluate-{system.name}", command, "evaluation", reads))


def _topic_row(made: Plan, system: System, path: Path, run: Run) -> Row:
    step = _trained(made, system.name, (path, run), "", ("--seed", str(run.seed)))
    return Row(system, None, step.name, None, (step,))


def _answered(
    made: Plan,
    system: System,
    trained: tuple[Path, Run] | None,
    samples: Step,
    tail: str,
    divided: tuple[str, ...],
) -> list[Step]:
    """The steps up to the answers of one run: the samples, the training if there is one, and the answering."""
    chain = [samples]
    name = "-".join(filter(None, ("answer", system.name, tail)))
    if trained is not None:
        training = _trained(made, system.name, trained, tail, divided)
        chain.append(training)
        model: Part = (f"{trained[1].model}:", At(training.name, MODEL))
    else:
        model = _specified(system.model or "")
    asked = ("--model", model, "--samples", At(samples.name, SAMPLES), "--corpus", CORPUS, "--out", At(name, ANSWERS))
    reads = tuple(map(Path, system.folders))
    return [*chain, made.add(Step(name, ("answer", *asked), "learning", reads, goes_on=True))]


def _specified(model: str) -> Part:
    """A model's specification, the folders of trained systems in the place of their names."""
    first, *others = model.split("{")
    pieces: list[str | At] = [first]
    for other in others:
        name, _, rest = other.partition("}")
        pieces += [At(f"train-{name}", MODEL), rest]
    return tuple(pieces)


def _trained(made: Plan, system: str, trained: tuple[Path, Run], tail: str, divided: tuple[str, ...]) -> Step:
    path, _ = trained
    name = "-".join(filter(None, ("train", system, tail)))
    asked: tuple[Part, ...] = ("train", str(path), "--corpus", CORPUS, *divided, "--out", At(name, MODEL))
    return made.add(Step(name, asked, "learning", (path,)))
