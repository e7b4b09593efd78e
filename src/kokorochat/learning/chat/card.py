"""The card of a file of answers: who was asked what, how it went and what it cost, in a page for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from kokorochat.evaluation.answers import AnswerHeader
from kokorochat.learning.chat.ledger import Request

CARD_BEGINS = "# Answers of "


def card(header: AnswerHeader, report: Mapping[str, Any], requests: Sequence[Request]) -> str:
    """The card in Markdown.

    Args:
        report: of `ChatAnswers.run`.
        requests: of all runs.
    """
    made_of, tokens = header.made_of, report["tokens"]
    rows = [
        ("samples", f"{report['samples']:,} of {report['dialogues']:,} dialogues"),
        ("their part", f"{made_of.part}, split {made_of.split}, seed {_or_none(made_of.seed)}"),
        ("samples' SHA-256", header.samples_digest),
        ("asked", _span(requests)),
        ("how", header.decoding),
        ("served as", listed(report["served"]) or "the endpoint doesn't tell"),
        ("answered", f"{report['answered']:,}"),
        ("failed", f"{report['failed']:,}" + (f": {listed(report['failures'])}" if report["failures"] else "")),
        ("requests", f"{report['requests']:,}; median {_median(requests):.2f} s"),
        ("tokens", token_words(tokens)),
        ("cost", cost_words(report["cost"], report["assumed"]) or "no price was given"),
        ("version", header.version),
    ]
    if report["warm"]:
        rows.append(("not as asked", f"{report['warm']:,} requests under the endpoint's own temperature"))
    lines = [f"{CARD_BEGINS}{header.model} to the {made_of.task} task", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in rows]
    lines += [
        "",
        "A failure counts as a wrong or an empty answer and never as a number. Of each request the ledger beside this "
        "file tells time, tokens and cost; it holds no words.",
    ]
    return "\n".join(lines) + "\n"


def listed(counts: Mapping[str, int]) -> str:
    """Names with their counts."""
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def token_words(tokens: Mapping[str, int]) -> str:
    """The tokens of a report in one line."""
    told = f"{tokens['prompt']:,} in, of them {tokens['cached']:,} cached, {tokens['completion']:,} out"
    return told + (f"; {tokens['uncounted']:,} requests not counted" if tokens["uncounted"] else "")


def cost_words(cost: Mapping[str, float], assumed: Mapping[str, float]) -> str:
    """What it cost, in each currency; empty where nobody knows."""
    told = []
    for currency, amount in cost.items():
        guessed = assumed.get(currency, 0.0)
        told.append(
            f"{amount:,.4f} {currency}" + (f", of it at most {guessed:,.4f} for uncounted requests" if guessed else "")
        )
    return "; ".join(told)


def _span(requests: Sequence[Request]) -> str:
    days = sorted({request.at[:10] for request in requests})
    return "never" if not days else days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"


def _median(requests: Sequence[Request]) -> float:
    times = sorted(request.seconds for request in requests)
    return times[len(times) // 2] if times else 0.0


def _or_none(value: object) -> str:
    return "none" if value is None else str(value)
