"""The model card that a training run writes beside the model, from what the run has measured."""

from collections.abc import Mapping, Sequence
from typing import Any

from kokorochat.corpus.splits.split import Split
from kokorochat.domain.printable import counted
from kokorochat.evaluation.answers import Prediction
from kokorochat.evaluation.score_intervals import score_intervals
from kokorochat.learning.config import ScoreRun
from kokorochat.tasks.sample import Sample
from kokorochat.tasks.score import parse_target

CARD = "README.md"

_CARD = """# Ordinal score model

Estimates the twenty items (0–5) of a client's feedback from the text of a counseling role-play.

- **Task**: score prediction as in the KokoroChat paper (5.2): the whole dialogue in, twenty scores out{out_of_role}.
- **Reads**: {reads}{knows}
- **Data**: {corpus}; licence as its publisher states it: {licence}. {keep}
- **Split**: `{split}`, seed {seed}, test seed {test_seed}: {train:,} dialogues to learn from, {validation:,} for
  validation (nothing was chosen on them: penalty and thresholds come from training dialogues left out), {test:,} to
  test.
- **Leakage**: {seen:,} of {test:,} test dialogues ({share:.0f} %) are known to be rated by somebody whose ratings are
  in the training part. {leakage}
- **Made by**: `{command}`; settings, versions and cost: `../run.json`; all figures: `../metrics.json`.

## Figures

| part | ACC | ACC_soft | MAE | QWK | calibration error |
|---|---|---|---|---|---|
{rows}

95 % intervals by drawing dialogues again: {intervals}. Raters are not drawn again, and another choice of raters moves
the figures by more than these intervals. One decision for all three metrics: {decoding}. `best` in
`../metrics.json` has the figures of the decision that is best for each metric by itself.

## Limits

- It goes by characters, lengths and pauses, and understands nothing. Its reasons tell what it went by, not what was
  good or bad in the talk.
- It knows role-plays by text between trained people who speak Japanese. Of real clients, of speech, of other
  languages and of other platforms' habits it knows nothing.
- It is often wrong, see above: a hint for reflection, no grade, and never to be used for decisions about a person.
- Clients differ in how they rate; what it says of one whom it has never met leans towards the average.
- The model holds single character n-grams that stand in {fewest} training dialogues or more with their weights, and no
  sentence{people}.
"""


def card(
    run: ScoreRun,
    split: Split,
    metrics: Mapping[str, Any],
    tested: Sequence[tuple[Sample, Prediction]],
    choices: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> str:
    """The card in Markdown.

    Args:
        metrics: {validation, test} as `score_metrics` gives them.
        tested: the samples of the test part and what was predicted.
        choices: what the run chose, as in run.json.
        facts: `corpus`, `licence`, `seed`, `command`, `decoding` and `fewest`.
    """
    sizes = {name: len(split.parts[name]) for name in ("train", "validation", "test")}
    pairs = [(parse_target(sample.target) or {}, prediction.items or {}) for sample, prediction in tested]
    found = score_intervals(pairs) if len(pairs) > 1 else {}
    digits = {"acc": 2, "acc_soft": 2, "mae": 3}
    told = (f"{name} {low:.{digits[name]}f}–{high:.{digits[name]}f}" for name, (low, high) in found.items())
    seen, nameless = choices["test_dialogues_of_a_rater_seen_in_training"], choices["dialogues_without_a_rater"]
    values = {
        **facts,
        **sizes,
        "out_of_role": ". Talk outside the role is in the input"
        if run.keep_out_of_role
        else ". Bracketed talk outside the role and the closing exchange about the rating are left out",
        "reads": "who said what and when. No names, no ids, no date.",
        "knows": " **It is told who rates**: that is another task, and no figure here may stand beside one of a model "
        "that isn't."
        if run.knows_rater
        else "",
        "keep": "Keep the model where the corpus may be, and pass it on only as that licence allows.",
        "split": split.rule,
        "test_seed": run.test_seed,
        "seen": seen,
        "share": 100 * seen / max(1, sizes["test"]),
        "leakage": _leakage(seen, nameless),
        "rows": "\n".join(_row(name, metrics[name]) for name in ("validation", "test")),
        "intervals": ", ".join(told) or "none, for there is a single one",
        "people": "; and the ids of the raters whom it knows" if run.knows_rater else "",
    }
    return _CARD.format(**values)


def _leakage(seen: int, nameless: int) -> str:
    """What is said of the test dialogues whose raters training knows.

    Args:
        nameless: dialogues of either part of which the corpus names no client.
    """
    if seen:
        return (
            "How they write tells who they are, so figures for new raters are lower: "
            "train with `--group client` to see those."
        )
    if nameless:
        dialogues = counted(nameless, "dialogue")
        return f"Of {dialogues} of the two parts no rater is named, so nobody knows whether they share one."
    return "So the figures are those for raters whom the model has never met."


def _row(name: str, metrics: Mapping[str, Any]) -> str:
    def mean(key: str, digits: int) -> str:
        value, deviation = metrics[key]["mean"], metrics[key]["sd_items"]
        return "–" if value is None else f"{value:.{digits}f} ± {deviation:.{digits}f}"

    kappa, error = metrics["qwk"]["mean"], metrics["calibration"]["ece"]["mean"]
    qwk = "–" if kappa is None else f"{kappa:.3f}"
    return f"| {name} | {mean('acc', 2)} | {mean('acc_soft', 2)} | {mean('mae', 4)} | {qwk} | {error:.3f} |"
