"""A run of the combined responder: the index of one training part, a foresight learnt on it, and how both answer."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from kokorochat.corpus.digests import Contents
from kokorochat.corpus.splits.split import Split
from kokorochat.domain.dialogue import Dialogue, Role
from kokorochat.evaluation.words import load_tokenizer
from kokorochat.learning.combined.foreseeing import Talk, learn_foresight
from kokorochat.learning.combined.responder import FORESIGHT, INDEX, index_run, load_combined, save_foresight
from kokorochat.learning.response_config import CombinedRun
from kokorochat.learning.response_run import measure_answers, response_parts, write_card
from kokorochat.learning.retrieval.index import KINDS
from kokorochat.learning.retrieval.responder import save_retrieval
from kokorochat.learning.retrieval.storing import read_index
from kokorochat.tasks.response import JOINERS, merged_turns

_CARD = """# Combined responder

**This folder holds the words of the corpus that it was made of**: each answer is a counselor's turn out of it, word for
word. Keep it where the corpus may be, and pass it on only as the corpus' licence and the people in it allow.

- What it does: given a talk, it finds what counselors said at the most similar places of {dialogues:,} other sessions
  ({places:,} turns). A small network has learnt which words the next turn will hold; it says the reply on which the
  places and the network agree best. It understands nothing, and its reply may name facts of another session.
- Meant for: practice, comparison with trained models, and a floor for them. Not for people in need of help.
- Made of: {made_of}. The ids of these dialogues: `model/learnt.json`.
- Settings and cost: {figures}.
- Made by: `{command}`
"""


def learn_to_foresee(
    run: CombinedRun, entries: Contents, seed: int, group: str, place: Path, command: str
) -> tuple[dict[str, Any], Split, dict[str, Any]]:
    """Index the training part and learn a foresight on it, into `place`/model, and measure both as stored.

    Returns:
        The metrics of the best rated of the validation part, the split, and what it took.

    Raises:
        InputError: the corpus has no test part, or too few dialogues to divide the part that is to be learnt from.
    """
    parts = response_parts(run, entries, seed, group)
    started = time.process_time()
    (place / "model").mkdir()
    places = save_retrieval(parts.rated(), index_run(run), place / "model" / INDEX)
    indexed = time.process_time()
    index = read_index(place / "model" / INDEX, KINDS)
    numbers = {word: number for number, word in enumerate(index.told.words)}
    talks = _talks([dialogue for dialogue, _ in parts.rated()], run, numbers)
    arrays, losses = learn_foresight(talks, run, seed)
    save_foresight(place / "model" / FORESIGHT, run, index.fingerprint, arrays)
    learnt = time.process_time()
    model = load_combined(place)
    asked = parts.validation[: run.validation_dialogues]
    metrics, took = measure_answers(model, parts, asked, run, seed, group, command, model.role)
    cost = {
        "places": places,
        "index_cpu_seconds": round(indexed - started, 3),
        "foresight_cpu_seconds": round(learnt - indexed, 3),
        "training_losses": [round(loss, 4) for loss in losses],
        "answer_cpu_milliseconds": took,
    }
    write_card(place, _CARD, parts, len(asked), seed, group, command, places=places)
    return metrics, parts.split, cost


def _talks(dialogues: Iterable[Dialogue], run: CombinedRun, numbers: dict[str, int]) -> list[Talk]:
    """The turns of dialogues by the numbers that their words have in the index."""
    words = load_tokenizer(run.tokenizer).words
    unknown = len(numbers)
    talks: list[Talk] = []
    for dialogue in dialogues:
        turns = merged_turns(dialogue.utterances, JOINERS[run.joiner], run.keep_out_of_role)
        talks.append(
            [
                (
                    turn.role is not Role(run.role),
                    np.array([numbers.get(word, unknown) for word in words(turn.text)], dtype=np.int32),
                )
                for turn in turns
            ]
        )
    return talks
