"""BLEU by sacrebleu itself (Post 2018), with its own signature, for whoever compares with figures made by it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kokorochat import __version__
from kokorochat.evaluation.bleu import ORDERS
from kokorochat.evaluation.measurement import signature
from kokorochat.evaluation.resampling import Resampling, bootstrap_interval
from kokorochat.evaluation.responses import ResponseAnswer
from kokorochat.tasks.response import dialogue_of

TOKENIZER = "ja-mecab"
"""What sacrebleu takes for Japanese: MeCab with IPADIC."""


def sacrebleu_profile(
    answers: Sequence[ResponseAnswer], facts: Mapping[str, object], resampling: Resampling
) -> dict[str, Any]:
    """BLEU-1…4 by sacrebleu: BLEU-n is its score with `max_ngram_order` n, and not one of the precisions it prints.

    Returns:
        `bleu` [1…4], `interval` {bleu} and `signature`: sacrebleu's own, then what else the figures depend on.
    """
    # Its import takes a moment, and only this profile needs it.
    from sacrebleu.metrics.bleu import BLEU

    metric = BLEU(tokenize=TOKENIZER)
    of_dialogue: dict[str, list[ResponseAnswer]] = {}
    for answer in answers:
        of_dialogue.setdefault(dialogue_of(answer.sample), []).append(answer)
    rows = []
    for some in of_dialogue.values():
        score = metric.corpus_score([answer.text for answer in some], [[answer.target for answer in some]])
        rows.append([*score.counts, *score.totals, score.sys_len, score.ref_len])
    counts = np.array(rows, dtype=np.int64)

    def bleu(summed: NDArray[np.int64]) -> list[float]:
        matches, totals = summed[:ORDERS].tolist(), summed[ORDERS : 2 * ORDERS].tolist()
        answer_words, target_words = summed[2 * ORDERS :].tolist()
        return [
            BLEU.compute_bleu(
                matches[:n], totals[:n], answer_words, target_words, metric.smooth_method, max_ngram_order=n
            ).score
            for n in range(1, ORDERS + 1)
        ]

    interval: list[Any] = [None] * ORDERS
    if len(counts) > 1:
        drawn = resampling.drawn(len(counts)).astype(np.int64) @ counts
        interval = bootstrap_interval(np.array([bleu(row) for row in drawn]))
    own = str(metric.get_signature())
    more = {**facts, "interval": resampling.signature, "by": f"kokorochat {__version__}"}
    return {
        "bleu": bleu(counts.sum(axis=0)),
        "interval": {"bleu": interval},
        "signature": signature(f"BLEU-1,2,3,4|{own}", more),
    }
