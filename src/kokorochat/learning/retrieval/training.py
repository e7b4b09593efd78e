"""A run of the retrieval responder: the index of one training part, and how it answers its validation part."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from kokorochat.corpus.sources.source import Entry
from kokorochat.corpus.splits.outline import outline
from kokorochat.corpus.splits.response import FEWEST, response_split
from kokorochat.corpus.splits.split import Split
from kokorochat.corpus.writing import write_file
from kokorochat.domain.dialogue import Role
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.measurement import conditions
from kokorochat.evaluation.responses import ResponseAnswer
from kokorochat.evaluation.text_metrics import response_metrics
from kokorochat.learning.config import RetrievalRun
from kokorochat.learning.retrieval.responder import load_retrieval, save_retrieval
from kokorochat.tasks.response import response_header, response_samples

_CARD = """# Retrieval responder

**This folder holds the words of the corpus that it was made of**: each answer is a {role}'s turn out of it, word for
word. Keep it where the corpus may be, and pass it on only as the corpus' licence and the people in it allow.

- What it does: given a talk, it says what {role}s said at the most similar places of {dialogues:,} other sessions
  ({places:,} turns), choosing the reply on which these agree best. It understands nothing, and its reply may name facts
  of another session.
- Meant for: practice, comparison with trained models, and a floor for them. Not for people in need of help.
- Made of: `{part}` of the split `{split}`, seed {seed}. Dialogues of the test part are not in it{duplicates}.
- Settings and cost: `run.json`. Figures on {measured} dialogues of the validation part: `metrics.json`.
- Made by: `{command}`
"""


def learn_responses(
    run: RetrievalRun, entries: Iterable[Entry], seed: int, group: str, place: Path, command: str
) -> tuple[dict[str, Any], Split, dict[str, Any]]:
    """Index the training part into `place`/model, and measure the index as stored.

    Returns:
        The metrics of the best rated of the validation part, the split, and what it took.

    Raises:
        InputError: the corpus has no test part, or too few dialogues to divide the part that is to be learnt from.
    """
    outlines, dialogues, scores = [], {}, {}
    for entry in entries:
        outlines.append(outline(entry, group == "duplicates"))
        dialogues[entry.dialogue.id] = entry.dialogue
        scores[entry.dialogue.id] = entry.score or 0
    split = response_split(outlines, seed, group)
    trained, validated = f"{run.part}-train", f"{run.part}-validation"
    if not split.parts[validated]:
        problem = f"{len(split.parts[run.part])} dialogues are too few for 9 : 1"
        raise InputError(f"part {run.part}", problem, f"Name another part, or a corpus with {FEWEST} or more of it")
    started = time.perf_counter(), time.process_time()
    places = save_retrieval(((dialogues[id], scores[id]) for id in split.parts[trained]), run, place / "model")
    indexed = time.perf_counter(), time.process_time()
    model = load_retrieval(place)
    # The test part has the best rated sessions, so the best rated of the validation part are most like it.
    asked = sorted(split.parts[validated], key=lambda id: -scores[id])[: run.validation_dialogues]
    answers, seconds = [], []
    for id in asked:
        for sample in response_samples(
            dialogues[id], run.joiner, keep_out_of_role=run.keep_out_of_role, role=Role(run.role)
        ):
            before = time.process_time()
            [text] = model.respond([sample])
            seconds.append(time.process_time() - before)
            answers.append(ResponseAnswer(sample.id, text, sample.target or "", model.name, model.decoding))
    header = response_header(
        f"{validated}, {len(asked)} best rated",
        seed,
        split=split.rule,
        group=group,
        joiner=run.joiner,
        keep_out_of_role=run.keep_out_of_role,
        command=command,
        role=Role(run.role),
    )
    metrics = {"model": "retrieval", **response_metrics(answers, conditions(header, model.decoding))}
    cost = {
        "places": places,
        "index_seconds": round(indexed[0] - started[0], 3),
        "index_cpu_seconds": round(indexed[1] - started[1], 3),
        "index_bytes": sum(file.stat().st_size for file in (place / "model").iterdir()),
        "answer_cpu_milliseconds": {
            "median": round(1000 * float(np.median(seconds)), 2),
            "p99": round(1000 * float(np.quantile(seconds, 0.99)), 2),
        },
    }
    card = _CARD.format(
        role=run.role,
        dialogues=len(split.parts[trained]),
        places=places,
        part=trained,
        split=split.rule,
        seed=seed,
        duplicates=", nor near-duplicates of them" if group == "duplicates" else "; near-duplicates of them may be",
        measured=len(asked),
        command=command or "kokorochat train",
    )
    write_file(place / "README.md", card.encode())
    return {"validation": metrics}, split, cost
