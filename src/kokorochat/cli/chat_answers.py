"""`answer` with a chat model: what it will cost, the asking, and what it did cost."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kokorochat.cli.verb import (
    DONE,
    FAULTS_FOUND,
    Options,
    amount,
    progress,
    seconds,
    show,
    telling_what_is_kept,
    typed,
    whole,
)
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted, writable

if TYPE_CHECKING:
    from kokorochat.learning.chat.estimate import Estimate
    from kokorochat.learning.chat.prices import Tariff
    from kokorochat.learning.chat.questions import Asking

_OPTIONS = (
    *("estimate", "prices", "budget", "tokenizer", "concurrency", "requests_per_minute", "tokens_per_minute"),
    *("temperature", "max_tokens", "form", "again", "probabilities", "system", "opening", "tries", "timeout"),
)
"""Those of chat models alone."""


def answer_by_chat(options: Options) -> int:
    """Ask a chat model the samples of a file, or tell what that will take.

    Returns:
        The exit code: that of faults found if samples are left without an answer of the model's, for a later
        `--resume`.
    """
    from kokorochat.learning.chat.estimate import estimate, load_counter
    from kokorochat.learning.chat.prices import load_tariff
    from kokorochat.learning.chat.run import ChatAnswers, Pace
    from kokorochat.llm.chat import estimated_tokens
    from kokorochat.llm.models import load_chat_model
    from kokorochat.tasks.sample import read_samples

    if options.learnt_too:
        problem = f"is for a model that tells what it learnt from, not for {options.model}"
        raise InputError("--learnt-too", problem, "Leave it out")
    if options.budget is not None and options.prices is None:
        raise InputError("--budget", "can't be held without prices", "Add --prices FILE.toml")
    tariff = load_tariff(options.prices, options.model) if options.prices else None
    counter = load_counter(options.tokenizer) if options.tokenizer else estimated_tokens
    asked = read_samples(options.samples)
    asking = _asking(options, asked.header)
    answers = ChatAnswers.found(asking, asked, options.samples, options.out, options.resume, typed())
    expected = estimate(asking, answers.due, counter)
    rule = f"tokens counted by {options.tokenizer}" if options.tokenizer else _RULE
    if options.estimate:
        show(options, _document(options, expected, tariff, rule), "\n".join(_lines(expected, tariff, rule)))
        return DONE
    # What can't be asked, for want of a package or of an address, needs no estimate either.
    model = load_chat_model(options.model, asking.settings)
    print("\n".join(_lines(expected, tariff, rule)), file=sys.stderr)
    pace = Pace(
        concurrency=options.concurrency or 4,
        requests=options.requests_per_minute,
        tokens=options.tokens_per_minute,
        tariff=tariff,
        budget=options.budget,
    )
    with telling_what_is_kept(options.out):
        report = answers.run(model, pace, lambda talks, total: progress(talks, "asking", total))
    show(options, report, _told(report))
    heard = report["answered"] or not report["samples"]
    return DONE if report["complete"] and heard else FAULTS_FOUND


_RULE = "tokens by a rule: a letter of Japanese is 1, four of ASCII are 1, a message is 4 more"


def _asking(options: Options, made_of: Any) -> "Asking":
    from kokorochat.learning.chat.questions import LONGEST_REPLY, Asking
    from kokorochat.llm.chat import Settings
    from kokorochat.tasks.lines import file_bytes

    other, names = (
        ("response", ("opening",)) if made_of.task == "score" else ("score", ("form", "again", "probabilities"))
    )
    for name in names:
        if getattr(options, name) not in (None, False):
            raise InputError(f"--{name}", f"is for samples of the {other} task", "Leave it out")
    system = None
    if options.system is not None:
        try:
            system = file_bytes(options.system).decode().strip()
        except UnicodeDecodeError:
            raise InputError(str(options.system), "isn't text in UTF-8", "Save it as UTF-8") from None
        if not system:
            raise InputError(str(options.system), "is empty", "Write the system message into it")
    if options.opening is not None and not (options.opening.strip() and writable(options.opening) == options.opening):
        raise InputError("--opening", "is no text", "Give a message such as （開始）")
    given = Settings()
    settings = Settings(
        temperature=0 if options.temperature is None else options.temperature,
        longest_reply=options.max_tokens or LONGEST_REPLY[made_of.task],
        form=options.form or given.form,
        alternatives=options.probabilities,
        timeout=options.timeout or given.timeout,
        tries=options.tries or given.tries,
    )
    return Asking(options.model, made_of, settings, system, options.again or 0, options.opening)


def _document(options: Options, expected: "Estimate", tariff: "Tariff | None", rule: str) -> dict[str, Any]:
    return {
        "model": options.model,
        "samples": expected.samples,
        "dialogues": expected.talks,
        "tokens": {
            "prompt": expected.prompt,
            "repeated": expected.repeated,
            "completion": expected.completion,
            "most": expected.most,
        },
        "rule": rule,
        "cost": expected.cost(tariff) if tariff else None,
        "currency": tariff.currency if tariff else None,
    }


def _lines(expected: "Estimate", tariff: "Tariff | None", rule: str) -> list[str]:
    lines = [
        f"to ask: {counted(expected.samples, 'sample')} of {counted(expected.talks, 'dialogue')}",
        f"tokens in: about {expected.prompt:,}"
        + (f", of them {expected.repeated:,} as in the question before" if expected.repeated else ""),
        f"tokens out: about {expected.completion:,} if answers are as long as those due, {expected.most:,} at most",
        rule,
    ]
    if tariff:
        cost = expected.cost(tariff)
        lines.append(
            f"cost: about {cost['expected']:,.2f} {tariff.currency}, {cost['cached']:,.2f} if the endpoint keeps all "
            f"that is repeated, {cost['most']:,.2f} with the longest answers"
        )
    return lines


def _told(report: dict[str, Any]) -> str:
    from kokorochat.learning.chat.card import cost_words, listed, token_words

    lines = [
        f"{report['answered']:,} answered, {report['failed']:,} failed, {report['reused']:,} of them reused: "
        f"{report['out']}",
        *(f"  failed, {name}: {count:,}" for name, count in report["failures"].items()),
    ]
    if report["unasked"]:
        lines.append(
            f"the budget ended before {counted(report['unasked'], 'sample')}; go on with --resume and a larger one"
        )
    if report["without_probabilities"]:
        lines.append(
            f"{counted(report['without_probabilities'], 'answer')} without probabilities: the endpoint gave none"
        )
    lines.append(f"{report['requests']:,} requests; tokens: {token_words(report['tokens'])}")
    if cost := cost_words(report["cost"], report["assumed"]):
        lines.append(f"cost: {cost}")
    if report["served"]:
        lines.append(f"served as: {listed(report['served'])}")
    if report["warm"]:
        lines.append(f"{report['warm']:,} requests under a temperature of the endpoint's own: it takes no other")
    return "\n".join(lines)


def refuse_chat_options(options: Options) -> None:
    """See that no option of a chat model is given with another.

    Raises:
        InputError: one is.
    """
    for name in _OPTIONS:
        if getattr(options, name) not in (None, False):
            option = f"--{name.replace('_', '-')}"
            tuned = name == "probabilities" and options.model.startswith("finetuned:")
            remedy = "Add --readout digits in its place" if tuned else "Leave it out"
            raise InputError(option, f"is for a chat model, not for {options.model}", remedy)


def _again(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 10:
        raise ValueError
    return number


# argparse names it in its message when a value is refused.
_again.__name__ = "number (0 to 10)"


def chat_options(parser: argparse.ArgumentParser) -> None:
    """The options of `answer` that are for chat models; their defaults are told there, so that one given shows."""
    group = parser.add_argument_group(
        "a chat model's",
        "openai:NAME is asked at OPENAI_BASE_URL with OPENAI_API_KEY; scripted:NAME needs no network",
    )
    add = group.add_argument
    add("--estimate", action="store_true", help="only tell what it will take; asks for nothing")
    add("--prices", type=Path, metavar="FILE.toml", help="what a million tokens cost")
    add("--budget", type=amount, metavar="X", help="stop before all runs together have cost more")
    add("--tokenizer", type=Path, metavar="FILE.json", help="counts for the estimate, instead of a rule")
    add("--concurrency", type=whole, metavar="N", help="dialogues asked about at once (4)")
    add("--requests-per-minute", type=whole, metavar="N", help="at most so many in any minute")
    add("--tokens-per-minute", type=whole, metavar="N", help="at most so many in any minute, read and written")
    add("--temperature", type=amount, metavar="X", help="(0, greedy, as in the paper)")
    add("--max-tokens", type=whole, metavar="N", help="of an answer (1000 for scores, 500 for responses)")
    add("--form", choices=("schema", "object", "free"), help="how JSON is asked for (schema)")
    add("--again", type=_again, metavar="N", help="ask again for scores that can't be read, so often (0)")
    add("--probabilities", action="store_true", help="of each score, from the digits that it might have been")
    add("--system", type=Path, metavar="FILE", help="a system message instead of the samples'")
    add("--opening", metavar="TEXT", help="a user's message before a talk that the counselor opens")
    add("--tries", type=whole, metavar="N", help="attempts at a reply (5)")
    add("--timeout", type=seconds, metavar="S", help="seconds for one attempt (120)")
