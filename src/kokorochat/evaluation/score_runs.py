"""Several runs of one protocol as one row of a table (paper Table 6: five seeds), and how sure its figures are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

import numpy as np

from kokorochat.domain.errors import InputError
from kokorochat.domain.feedback import ITEM_KEYS
from kokorochat.evaluation.answers import AnswerFile, AnswerHeader, failure_counts, without_counts
from kokorochat.evaluation.resampling import LEVEL, Floats, Resampling, bootstrap_interval, cluster_numbers
from kokorochat.evaluation.score_metrics import item_value, score_metrics

FIGURES = ("acc", "acc_soft", "mae")
"""The paper's three."""

_ASKED, _EXACT, _NEAR, _DISTANCE, _USABLE = range(5)
_MISSING = "missing"


def score_runs(
    runs: Sequence[AnswerFile], resampling: Resampling, client_of: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    """The figures of `evaluate score`.

    Of one run these are `score_metrics`, `interval`, and if answers tell some `failures` {name: answers}. Of several
    each figure is the mean of theirs: `acc`, `acc_soft` and `mae` are {mean, sd_items, sd_runs}, where sd_items is the
    mean of the runs' (as in the paper's row "Ours") and sd_runs the sample deviation of the runs' means; `items`,
    `qwk`, `bias`, and where every run has them `calibration` {ece, rps} and `best` are means, too; `n` is that of one
    run, of the largest if they differ; `asked`, `unparsable`, `missing`, `failures` and `mae.n` are sums over all of
    them; `runs` holds the figures of each.

    Args:
        runs: of one system under one rule of division; they may differ in the seeds.
        client_of: {dialogue: client}, to draw clients instead of dialogues; see `interval`.

    Raises:
        InputError: the runs aren't of one protocol, or a dialogue isn't in `client_of`.
    """
    _check_alike(runs)
    interval = score_interval(runs, resampling, client_of)
    documents = [_document(file) for file in runs]
    if len(runs) == 1:
        return {**documents[0], "interval": interval}
    figures = {name: _over_runs([one[name] for one in documents]) for name in (*FIGURES, "qwk", "bias")}
    failures = Counter[str]()
    for one in documents:
        failures.update(one.get("failures", {}))
    return {
        "n": max(one["n"] for one in documents),
        "asked": sum(one["n"] for one in documents),
        **{name: sum(one[name] for one in documents) for name in ("unparsable", "unparsable_items", "missing")},
        **({"failures": dict(failures.most_common())} if failures else {}),
        **figures,
        "mae": {**figures["mae"], "n": sum(one["mae"]["n"] for one in documents)},
        "spearman_total": {"rho": _mean([one["spearman_total"]["rho"] for one in documents])},
        "items": {
            key: {name: _mean([one["items"][key][name] for one in documents]) for name in documents[0]["items"][key]}
            for key in ITEM_KEYS
        },
        "calibration": _over_all_runs([one["calibration"] for one in documents], ("ece", "rps")),
        "best": _over_all_runs([one["best"] for one in documents], FIGURES),
        "interval": interval,
        "runs": documents,
    }


def _over_runs(figures: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    """The mean of a figure's runs, that of their deviations over the items, and the deviation of their means."""
    means = [one["mean"] for one in figures]
    return {"mean": _mean(means), "sd_items": _mean([one["sd_items"] for one in figures]), "sd_runs": _deviation(means)}


def _over_all_runs(found: Sequence[Mapping[str, Any] | None], names: Sequence[str]) -> dict[str, Any] | None:
    """The same of several figures; None unless every run has them: a mean over some would be no row's."""
    there = [one for one in found if one is not None]
    if len(there) < len(found):
        return None
    return {name: _over_runs([one[name] for one in there]) for name in names}


def _document(file: AnswerFile) -> dict[str, Any]:
    found = score_metrics(file.pairs(), file.header.samples, file.header.conditions(), file.probabilities())
    failures = failure_counts(answer.failure for answer in file.answers)
    return {**found, "failures": failures} if failures else found


def score_interval(
    runs: Sequence[AnswerFile], resampling: Resampling, client_of: Mapping[str, str | None] | None = None
) -> dict[str, Any] | None:
    """Intervals of ACC, ACC_soft and MAE, over the items and of each, by drawing clusters of dialogues again.

    A dialogue that several runs were asked is drawn for all of them at once; of several runs the figure is the mean
    of theirs, so that the interval is one of the row, not of a single seed. It tells how much hangs on the dialogues
    (or clients) that happen to be in the test part, and nothing about what training draws.

    Args:
        client_of: {dialogue: client}. Without it dialogues are drawn, which answers for other dialogues of the same
            clients; with it clients, which answers for other clients.

    Returns:
        Each figure's [low, high], `items` {key: {figure: [low, high]}}, `level`, `by`, and the number of `clusters`;
        None for fewer than two of them.

    Raises:
        InputError: a dialogue isn't in `client_of`.
    """
    # An answer that is missing is wrong, and nobody knows whose it would be.
    asked = [
        [answer.sample for answer in file.answers]
        + [f"{_MISSING} {n}" for n in range(file.header.samples - len(file.answers))]
        for file in runs
    ]
    dialogues = list(dict.fromkeys(id for ids in asked for id in ids))
    names = [_cluster(id, client_of) for id in dialogues]
    place_of = dict(zip(dialogues, cluster_numbers(names), strict=True))
    clusters = len(set(place_of.values()))
    if clusters < 2:
        return None
    drawn = resampling.drawn(clusters)
    of_items = np.zeros((resampling.resamples, len(ITEM_KEYS), len(FIGURES)))
    for file, ids in zip(runs, asked, strict=True):
        counts = _counts(file, [place_of[id] for id in ids], clusters)
        of_items += _figures((drawn @ counts.reshape(clusters, -1)).reshape(len(drawn), *counts.shape[1:])) / len(runs)
    means = bootstrap_interval(of_items.mean(axis=1))
    items = bootstrap_interval(of_items.reshape(len(drawn), -1))
    width = len(FIGURES)
    return {
        **dict(zip(FIGURES, means, strict=True)),
        "items": {
            key: dict(zip(FIGURES, items[place * width : (place + 1) * width], strict=True))
            for place, key in enumerate(ITEM_KEYS)
        },
        "level": LEVEL,
        "by": resampling.by,
        "clusters": clusters,
    }


def _cluster(dialogue: str, client_of: Mapping[str, str | None] | None) -> str | None:
    if client_of is None or dialogue.startswith(f"{_MISSING} "):
        return None
    if dialogue not in client_of:
        remedy = "Name the corpus that the samples were made of"
        raise InputError("--corpus", f"dialogue {dialogue} of the answers isn't in it", remedy)
    return client_of[dialogue]


def _counts(file: AnswerFile, places: Sequence[int], clusters: int) -> Floats:
    """Sums over each cluster, shape (clusters, 20, 5)."""
    rows = np.zeros((len(places), len(ITEM_KEYS), 5))
    rows[:, :, _ASKED] = 1
    for row, (due, items) in zip(rows, file.pairs(), strict=False):
        for place, key in enumerate(ITEM_KEYS):
            value = item_value(items, key)
            if value is not None:
                distance = abs(value - due[key])
                row[place, 1:] = distance == 0, distance <= 1, distance, 1
    counts = np.zeros((clusters, *rows.shape[1:]))
    np.add.at(counts, list(places), rows)
    return counts


def _figures(counts: Floats) -> Floats:
    """ACC, ACC_soft and MAE of sums, shape (draws, 20, 5) to (draws, 20, 3); nan where there is nothing."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = 100 * counts[:, :, [_EXACT, _NEAR]] / counts[:, :, [_ASKED]]
        distances = counts[:, :, [_DISTANCE]] / counts[:, :, [_USABLE]]
    return np.concatenate([shares, distances], axis=2)


_BY_NAME = ("baseline", "openai", "scripted")
"""Kinds of models whose name says which it is; that of others is a place, and another one for each seed."""


def _protocol(header: AnswerHeader) -> dict[str, str | None]:
    """What runs of one system have in common; None where the file doesn't tell it, being of an older version."""
    kind, _, where = header.model.partition(":")
    made_of = header.made_of
    return {
        "model": header.model if kind in _BY_NAME or not where else kind,
        "settings of the training": header.settings,
        "decoding": without_counts(header.decoding),
        "corpus": made_of.corpus,
        "split": made_of.split,
        "part": made_of.part,
        "language": made_of.language or "ja",
        "talk outside the role": made_of.out_of_role,
        "what the model is told besides": header.knows or "nothing",
    }


def check_protocol(headers: Sequence[AnswerHeader]) -> None:
    """See that files of answers are runs of one system that differ in nothing but the seeds.

    Raises:
        InputError: two differ in more; it tells in what.
    """
    known: dict[str, str] = {}
    for header in headers:
        for what, there in _protocol(header).items():
            if there is not None and known.setdefault(what, there) != there:
                problem = f"the files differ in more than seeds: {what} {known[what]!r} and {there!r}"
                raise InputError("--answers", problem, "Give the runs of one system, or evaluate them one by one")


def _check_alike(runs: Sequence[AnswerFile]) -> None:
    check_protocol([file.header for file in runs])
    for place, file in enumerate(runs):
        # A run that counts twice makes the deviation over the runs smaller than it is.
        if any(_same_run(file, other) for other in runs[:place]):
            raise InputError(
                "--answers", "two of the files hold the same answers to the same samples", "Give each once"
            )


def _same_run(one: AnswerFile, other: AnswerFile) -> bool:
    """Whatever the model was called on the command line."""

    def told(file: AnswerFile) -> tuple[object, ...]:
        said = [(answer.sample, answer.items, answer.probabilities) for answer in file.answers]
        return file.header.fingerprint, file.header.samples_digest, file.header.made_of, said

    return told(one) == told(other)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _deviation(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return stdev(known) if len(known) > 1 else None
