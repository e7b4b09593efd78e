"""A run of the retrieval responder: the index of one training part, and how it answers its validation part."""

import time
from pathlib import Path
from typing import Any

from kokorochat.corpus.digests import Contents
from kokorochat.corpus.splits.split import Split
from kokorochat.domain.dialogue import Role
from kokorochat.learning.response_config import RetrievalRun
from kokorochat.learning.response_run import measure_answers, response_parts, write_card
from kokorochat.learning.retrieval.responder import load_retrieval, save_retrieval

_CARD = """# Retrieval responder

**This folder holds the words of the corpus that it was made of**: each answer is a {role}'s turn out of it, word for
word. Keep it where the corpus may be, and pass it on only as the corpus' licence and the people in it allow.

- What it does: given a talk, it says what {role}s said at the most similar places of {dialogues:,} other sessions
  ({places:,} turns), choosing the reply on which these agree best. It understands nothing, and its reply may name facts
  of another session.
- Meant for: practice, comparison with trained models, and a floor for them. Not for people in need of help.
- Made of: {made_of}. The ids of these dialogues: `model/learnt.json`.
- Settings and cost: {figures}.
- Made by: `{command}`
"""


def learn_responses(
    run: RetrievalRun, entries: Contents, seed: int, group: str, place: Path, command: str
) -> tuple[dict[str, Any], Split, dict[str, Any]]:
    """Index the training part into `place`/model, and measure the index as stored.

    Returns:
        The metrics of the best rated of the validation part, the split, and what it took.

    Raises:
        InputError: the corpus has no test part, or too few dialogues to divide the part that is to be learnt from.
    """
    parts = response_parts(run, entries, seed, group)
    started = time.perf_counter(), time.process_time()
    places = save_retrieval(parts.rated(), run, place / "model")
    indexed = time.perf_counter(), time.process_time()
    model = load_retrieval(place)
    asked = parts.validation[: run.validation_dialogues]
    metrics, took = measure_answers(model, parts, asked, run, seed, group, command, Role(run.role))
    cost = {
        "places": places,
        "index_seconds": round(indexed[0] - started[0], 3),
        "index_cpu_seconds": round(indexed[1] - started[1], 3),
        "index_bytes": sum(file.stat().st_size for file in (place / "model").iterdir()),
        "answer_cpu_milliseconds": took,
    }
    write_card(place, _CARD, parts, len(asked), seed, group, command, role=run.role, places=places)
    return metrics, parts.split, cost
