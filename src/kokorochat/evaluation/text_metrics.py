"""The metrics of response generation (paper §5.1, Table 4) under named profiles, each number with its signature.

A profile is a choice of all that the paper leaves open. "paper-like" comes nearest to its figures: words of MeCab with
IPADIC, BLEU of the corpus and mean BLEU of the answers, ROUGE as F, Distinct pooled. "sacrebleu" is what that package
itself gives. A further tokenizer makes a further profile, which is named after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kokorochat import __version__
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted
from kokorochat.evaluation import distinct, rouge
from kokorochat.evaluation.answers import failure_counts
from kokorochat.evaluation.bleu import ANSWER_WORDS, ORDERS, TARGET_WORDS, bleu_counts, corpus_bleu, sentence_bleu
from kokorochat.evaluation.measurement import signature
from kokorochat.evaluation.resampling import (
    Resampling,
    bootstrap_interval,
    bootstrap_p,
    jackknife_error,
    normal_interval,
    normal_p,
)
from kokorochat.evaluation.responses import ResponseAnswer
from kokorochat.evaluation.sacre import sacrebleu_profile
from kokorochat.evaluation.words import Tokenizer, load_tokenizer
from kokorochat.tasks.response import dialogue_of

Floats = NDArray[np.float64]

PAPER_LIKE, PAPER_LIKE_TOKENIZER = "paper-like", "mecab-ipadic"
SACREBLEU = "sacrebleu"

METRICS = {
    "bleu": "response:bleu-1,2,3,4(corpus,smooth=none)",
    "sentence_bleu": "response:bleu-1,2,3,4(sentence,smooth=nltk method1,mean over answers)",
    "rouge": "response:rouge-1,2,l(f,mean over answers)",
    "distinct": "response:distinct-1,2(pooled,percent)",
}
"""The metrics of a profile, as signatures name them."""


@dataclass(frozen=True)
class Measured:
    """The answers of one system, taken apart and counted, summed over each dialogue.

    Attributes:
        answers: shape (dialogues,).
        counts: see `bleu.COLUMNS`, shape (dialogues, 10).
        sentences: BLEU-1…4 of single answers, shape (dialogues, 4).
        rouges: shape (dialogues, 3).
        distinct: of all answers, and `without` each of the dialogues, shape (dialogues, 2).
        of_targets: Distinct of what people said.
    """

    answers: Floats
    counts: Floats
    sentences: Floats
    rouges: Floats
    distinct: list[float | None]
    without: Floats
    of_targets: list[float | None]

    def averages(self, drawn: Floats) -> Floats:
        """Corpus BLEU, mean sentence BLEU and ROUGE of draws of dialogues, shape (draws, 4 + 4 + 3)."""
        answers = (drawn @ self.answers)[:, None]
        corpus = corpus_bleu(drawn @ self.counts)
        return np.concatenate([corpus, drawn @ self.sentences / answers, drawn @ self.rouges / answers], axis=1)

    @property
    def whole(self) -> Floats:
        """The averages over all dialogues, shape (11,)."""
        average: Floats = self.averages(np.ones((1, len(self.answers))))[0]
        return average


def measure(said: Sequence[ResponseAnswer], tokenizer: Tokenizer) -> Measured:
    """Take answers and targets apart and count."""
    answers = [tokenizer.words(answer.text) for answer in said]
    targets = [tokenizer.words(answer.target) for answer in said]
    dialogues = [dialogue_of(answer.sample) for answer in said]
    numbers: dict[str, int] = {}
    at = np.array([numbers.setdefault(dialogue, len(numbers)) for dialogue in dialogues])

    def summed(rows: Floats) -> Floats:
        sums = np.zeros((len(numbers), rows.shape[1]))
        np.add.at(sums, at, rows)
        return sums

    both = list(zip(answers, targets, strict=True))
    counts = np.array([bleu_counts(answer, target) for answer, target in both], dtype=np.float64)
    rouges = np.array([rouge.rouge(answer, target) for answer, target in both])
    whole, without = distinct.distinct_without(answers, dialogues)
    return Measured(
        answers=np.bincount(at).astype(np.float64),
        counts=summed(counts),
        sentences=summed(sentence_bleu(counts)),
        rouges=summed(rouges),
        distinct=whole,
        without=without,
        of_targets=distinct.distinct(targets),
    )


def _shaped(averages: Sequence[Any], distincts: Sequence[Any]) -> dict[str, Any]:
    """One value for each figure of a profile, in the form in which it is printed."""
    return {
        "bleu": list(averages[:ORDERS]),
        "sentence_bleu": list(averages[ORDERS : 2 * ORDERS]),
        "rouge": dict(zip(rouge.NAMES, averages[2 * ORDERS :], strict=True)),
        "distinct": dict(zip(distinct.NAMES, distincts, strict=True)),
    }


def _profile(measured: Measured, other: Measured | None, resampling: Resampling) -> dict[str, Any]:
    """The figures of a profile with their intervals, and with those of another system beside them."""
    dialogues = len(measured.answers)
    values = measured.whole.tolist()
    sums = measured.counts.sum(axis=0)
    words = {"answers": int(sums[ANSWER_WORDS]), "targets": int(sums[TARGET_WORDS])}
    of_targets = dict(zip(distinct.NAMES, measured.of_targets, strict=True))
    found = {**_shaped(values, measured.distinct), "words": words, "distinct_of_targets": of_targets}
    if dialogues < 2:
        unknown = _shaped([None] * len(values), [None] * len(distinct.NAMES))
        return {**found, "interval": unknown, **({"against": None} if other else {})}
    drawn = resampling.drawn(dialogues)
    averages = measured.averages(drawn)
    found["interval"] = _shaped(bootstrap_interval(averages), _spread(measured.distinct, measured.without)[0])
    if other is None:
        return found
    differences = averages - other.averages(drawn)
    difference = measured.whole - other.whole
    apart = [None if a is None or b is None else a - b for a, b in zip(measured.distinct, other.distinct, strict=True)]
    intervals, ps = _spread(apart, measured.without - other.without)
    found["against"] = {
        **_shaped(other.whole.tolist(), other.distinct),
        "difference": _shaped(difference.tolist(), apart),
        "interval": _shaped(bootstrap_interval(differences), intervals),
        "p": _shaped(bootstrap_p(differences, difference), ps),
    }
    return found


def _spread(values: Sequence[float | None], without: Floats) -> tuple[list[list[float] | None], list[float | None]]:
    """Intervals and p of the two values of Distinct, or of their differences, by the jackknife."""
    known = [
        (value, jackknife_error(column)) if value is not None and np.isfinite(column).all() else None
        for value, column in zip(values, without.T, strict=True)
    ]
    return [one and normal_interval(*one) for one in known], [None if one is None else normal_p(*one) for one in known]


def _signatures(tokenizer: Tokenizer, facts: Mapping[str, object], resampling: Resampling) -> dict[str, str]:
    return {
        name: signature(
            metric,
            {
                "tokenizer": tokenizer.signature,
                "normalisation": "none",
                **facts,
                "interval": "jackknife over dialogues" if name == "distinct" else resampling.signature,
                "by": f"kokorochat {__version__}",
            },
        )
        for name, metric in METRICS.items()
    }


def response_metrics(
    answers: Sequence[ResponseAnswer],
    facts: Mapping[str, object] | None = None,
    *,
    against: Sequence[ResponseAnswer] | None = None,
    tokenizers: Sequence[str] = (),
    resampling: Resampling | None = None,
) -> dict[str, Any]:
    """The figures of `evaluate response`. Empty answers count like any other: they match nothing.

    Args:
        answers: one for each sample.
        facts: what signatures should tell besides: joiner, split, seed, version.
        against: the answers of another system to the same samples, in any order.
        tokenizers: of further profiles.
        resampling: None for the default.

    Returns:
        `n`, `dialogues`, `empty` answers and `failures` {name: answers}; `profiles`, {name: figures}; and those of the
        paper-like profile once more at the top: `bleu` [1…4], `sentence_bleu`, `rouge` {1, 2, L}, `distinct` {1, 2},
        `interval` with the same keys, and one `signature` for them. With `against` each profile of ours has `against`:
        the other's figures, `difference`, its `interval`, and `p` (see `resampling.bootstrap_p`).

    Raises:
        InputError: there is nothing to measure, or the two systems answer different samples.
    """
    if not answers:
        raise InputError(
            "answers", "there are none to measure", "Make samples with `samples response`, and answer them"
        )
    resampling = resampling or Resampling()
    others = None if against is None else _in_order_of(answers, against)
    facts = {"n": len(answers), "dialogues": len({dialogue_of(a.sample) for a in answers}), **(facts or {})}
    profiles: dict[str, Any] = {}
    for name, tokenizer_name in ((PAPER_LIKE, PAPER_LIKE_TOKENIZER), *((name, name) for name in tokenizers)):
        tokenizer = load_tokenizer(tokenizer_name)
        other = None if others is None else measure(others, tokenizer)
        figures = _profile(measure(answers, tokenizer), other, resampling)
        profiles[name] = figures | {"signature": _signatures(tokenizer, facts, resampling)}
    profiles[SACREBLEU] = sacrebleu_profile(answers, facts, resampling)
    first = profiles[PAPER_LIKE]
    kept = ("bleu", "sentence_bleu", "rouge", "distinct", "interval", "against")
    _, _, conditions = first["signature"]["bleu"].partition("|")
    return {
        "n": facts["n"],
        "dialogues": facts["dialogues"],
        "empty": sum(not answer.text.strip() for answer in answers),
        "failures": failure_counts(answer.failure for answer in answers),
        **{name: first[name] for name in kept if name in first},
        "signature": f"{'+'.join(METRICS.values())}|{conditions}",
        "profiles": profiles,
    }


def _in_order_of(answers: Sequence[ResponseAnswer], others: Sequence[ResponseAnswer]) -> list[ResponseAnswer]:
    """The other system's answers in the order of the first one's.

    Raises:
        InputError: they are to other samples, or were measured by other targets.
    """
    by_sample = {other.sample: other for other in others}
    for answer in answers:
        other = by_sample.get(answer.sample)
        if other is None or other.target != answer.target:
            what = "isn't answered" if other is None else "has another target"
            remedy = "Let both systems answer one file of samples"
            raise InputError("--against", f"sample {answer.sample} {what} there", remedy)
    if len(by_sample) > len(answers):
        problem = f"there {counted(len(by_sample), 'sample')} and here {len(answers):,} are answered"
        raise InputError("--against", problem, "Let both systems answer one file of samples")
    return [by_sample[answer.sample] for answer in answers]
