"""A run of the ordinal model: learn from one part of a corpus, measure on the two others, and write the card."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kokorochat.corpus.digests import Contents
from kokorochat.corpus.sources.source import Source
from kokorochat.corpus.splits.grouping import groups_of
from kokorochat.corpus.splits.outline import Outline, outline
from kokorochat.corpus.splits.score import score_split
from kokorochat.corpus.splits.split import Split
from kokorochat.corpus.writing import write_file
from kokorochat.domain.errors import InputError
from kokorochat.evaluation.answers import Prediction
from kokorochat.evaluation.measurement import conditions
from kokorochat.evaluation.score_metrics import score_metrics
from kokorochat.learning.config import ScoreRun
from kokorochat.learning.ordinal.card import CARD, card
from kokorochat.learning.ordinal.fitting import People, Tell, fewest_dialogues, fit_ordinal
from kokorochat.learning.ordinal.model import OrdinalModel
from kokorochat.learning.ordinal.storing import load_ordinal, save_ordinal
from kokorochat.tasks.sample import Sample, SampleHeader
from kokorochat.tasks.score import parse_target, score_header, score_sample

UNSEEN = ("client", "person")
"""Splits whose parts share no rater: there a rater's own level is told apart from what the talk does."""


def learn_scores(
    run: ScoreRun,
    source: Source,
    entries: Contents,
    seed: int,
    group: str,
    place: Path,
    command: str,
    tell: Tell = lambda done, what: None,
) -> tuple[dict[str, Any], Split, dict[str, Any]]:
    """Fit on the training part into `place`/model, and measure the model as stored.

    Args:
        source: of the corpus, for the card.
        entries: of the whole corpus.
        place: the run's folder.
        tell: is told how far it is.

    Returns:
        The metrics {validation, test}, the split, and what was chosen and what it took.

    Raises:
        InputError: a dialogue has no twenty-item feedback, or names no rater though the model is to know them.
    """
    outlines, asked = [], {}
    for entry in entries:
        outlines.append(outline(entry, group == "duplicates"))
        asked[entry.dialogue.id] = score_sample(entry.dialogue, run.keep_out_of_role)
    split = score_split(outlines, seed, run.test_seed, group)
    samples = {name: [asked[id] for id in split.parts[name]] for name in ("train", "validation", "test")}
    raters = {one.id: one.client for one in outlines}
    people = _people(run, outlines, split, group)
    fit = fit_ordinal(samples["train"], run, people, tell)
    save_ordinal(fit.model, place / "model")
    model = load_ordinal(place)
    if model.knows:
        model = model.with_raters(raters)
    metrics, predicted = {}, {}
    for name in ("validation", "test"):
        divided = command, split.rule, group
        header = score_header(name, seed, run.test_seed, run.keep_out_of_role, *divided, corpus=entries.short)
        predicted[name] = model.predict(samples[name])
        metrics[name] = _measure(model, samples[name], predicted[name], header)
    known = {raters[id] for id in split.parts["train"]}
    seen = sum(raters[id] is not None and raters[id] in known for id in split.parts["test"])
    choices = {
        "alpha": fit.alpha,
        "alphas_tried": fit.tried,
        "grams": fit.grams,
        "predict_cpu_milliseconds": _cost(model, samples["validation"]),
        "test_dialogues_of_a_rater_seen_in_training": seen,
        "dialogues_without_a_rater": sum(raters[id] is None for id in (*split.parts["train"], *split.parts["test"])),
    }
    facts = {
        "corpus": source.name,
        "licence": source.licence,
        "seed": seed,
        "command": command or "kokorochat train",
        "decoding": model.decoding,
        "fewest": fewest_dialogues(run, len(samples["train"])),
    }
    tested = list(zip(samples["test"], predicted["test"], strict=True))
    text = card(run, split, metrics, tested, choices, facts)
    write_file(place / "model" / CARD, text.encode())
    return metrics, split, choices


def _people(run: ScoreRun, outlines: Sequence[Outline], split: Split, group: str) -> People:
    """Who is in the training dialogues, as far as this run may know."""
    by = {"person": "client", "duplicates": "none"}.get(group, group)
    numbers = dict(zip((one.id for one in outlines), groups_of(outlines, by, None), strict=True))
    clients = {one.id: one.client for one in outlines}
    train = split.parts["train"]
    if run.knows_rater and (nameless := [id for id in train if clients[id] is None]):
        problem = "names no client, whose rating the model is to know"
        raise InputError(f"dialogue {nameless[0]}", problem, "Leave knows_rater out of the run file")
    raters = [clients[id] for id in train] if run.knows_rater or group in UNSEEN else None
    return People([numbers[id] for id in train], raters, run.knows_rater)


def _measure(
    model: OrdinalModel, samples: list[Sample], predicted: list[Prediction], header: SampleHeader
) -> dict[str, Any]:
    return score_metrics(
        [(parse_target(s.target) or {}, prediction.items) for s, prediction in zip(samples, predicted, strict=True)],
        facts=conditions(header, model.decoding, model.knows),
        probabilities=[prediction.probabilities for prediction in predicted],
    )


def _cost(model: OrdinalModel, samples: Sequence[Sample]) -> dict[str, float]:
    """Processor time of predictions one by one, of up to a hundred dialogues."""
    seconds = []
    for sample in samples[:100]:
        before = time.process_time()
        model.predict([sample])
        seconds.append(time.process_time() - before)
    return {
        "median": round(1000 * float(np.median(seconds)), 2),
        "p99": round(1000 * float(np.quantile(seconds, 0.99)), 2),
    }
