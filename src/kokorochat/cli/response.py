"""The verbs of response generation: its samples and its evaluation. What a verb needs is imported inside it."""

import argparse
from pathlib import Path
from typing import Any

from kokorochat.cli.verb import (
    DONE,
    Options,
    Verb,
    corpus_path,
    group_option,
    progress,
    resampling,
    resampling_options,
    seed,
    show,
    typed,
)
from kokorochat.domain.errors import InputError
from kokorochat.domain.printable import counted

PARTS = (
    "test",
    *(name + kind for name in ("low", "high", "full") for kind in ("", "-train", "-validation")),
)


def _samples(options: Options) -> int:
    from kokorochat.corpus.digests import Contents
    from kokorochat.corpus.reading import find_corpus
    from kokorochat.corpus.splits.outline import outline
    from kokorochat.corpus.splits.response import response_split
    from kokorochat.domain.dialogue import Role
    from kokorochat.tasks.response import response_header, response_samples
    from kokorochat.tasks.sample import write_samples

    part, group, kept, role = options.part, options.group, not options.drop_out_of_role, Role(options.role)
    if part is None and group != "none":
        raise InputError("--group", "divides nothing without a part", "Add --part, or leave it out")
    contents = Contents(progress(find_corpus(options.path).entries(), "reading"))
    entries = list(contents)
    dialogues, rule = [entry.dialogue for entry in entries], "none"
    if part is not None:
        split = response_split([outline(entry, group == "duplicates") for entry in entries], options.seed, group)
        if part not in split.parts:
            raise InputError(
                "--part", f"{part} has no dialogue in this corpus", f"Name one of: {', '.join(split.parts)}"
            )
        chosen, rule = set(split.parts[part]), split.rule
        dialogues = [dialogue for dialogue in dialogues if dialogue.id in chosen]
    header = response_header(
        part,
        options.seed,
        split=rule,
        group=group,
        joiner=options.joiner,
        language=options.language,
        keep_out_of_role=kept,
        command=typed(),
        role=role,
        corpus=contents.short,
    )
    samples = (
        sample
        for dialogue in progress(dialogues, "writing", len(dialogues))
        for sample in response_samples(dialogue, options.joiner, options.language, kept, role)
    )
    count = write_samples(options.out, header, samples)
    there = len(dialogues)
    show(options, {"samples": count, "dialogues": there}, f"{counted(count, 'sample')} of {counted(there, 'dialogue')}")
    return DONE


def _evaluate(options: Options) -> int:
    from kokorochat.evaluation.responses import read_responses
    from kokorochat.evaluation.text_metrics import response_metrics

    drawn = resampling(options)
    file = read_responses(options.answers)
    other = read_responses(options.against) if options.against else None
    header = file.header
    metrics = response_metrics(
        file.answers,
        header.conditions(),
        against=other.answers if other else None,
        tokenizers=options.tokenizer,
        resampling=drawn,
    )
    document = {"model": header.model, **({"against_model": other.header.model} if other else {}), **metrics}
    show(options, document, response_table(document))
    return DONE


def _rows(figures: dict[str, Any]) -> dict[str, Any]:
    """The figures of a profile by the names under which people know them."""
    rows = {f"BLEU-{n}": value for n, value in enumerate(figures.get("bleu", ()), start=1)}
    rows |= {f"mean BLEU-{n}": value for n, value in enumerate(figures.get("sentence_bleu", ()), start=1)}
    rows |= {f"ROUGE-{n}": value for n, value in figures.get("rouge", {}).items()}
    return rows | {f"Distinct-{n}": value for n, value in figures.get("distinct", {}).items()}


def response_table(document: dict[str, Any]) -> str:
    """The figures of `evaluate response` for people, one line each."""

    def cell(value: float | None, digits: int = 2) -> str:
        return "-" if value is None else f"{value:.{digits}f}"

    def span(interval: list[float] | None) -> str:
        return "-" if interval is None else f"{interval[0]:.2f} to {interval[1]:.2f}"

    answers, dialogues = counted(document["n"], "answer"), counted(document["dialogues"], "dialogue")
    lines = [f"{document['model']}: {answers} in {dialogues}, "]
    lines[0] += f"{document['empty']:,} of them empty; intervals of 95 %"
    if document["failures"]:
        lines.append(f"failed: {', '.join(f'{name} {count:,}' for name, count in document['failures'].items())}")
    for name, profile in document["profiles"].items():
        other = profile.get("against")
        versus = f"{'other':>10}{'difference':>14}{'':>20}{'p':>10}" if other else ""
        lines += ["", f"{name:<16}{'':>10}{'':>20}{versus}"]
        intervals = _rows(profile["interval"])
        for row, value in _rows(profile).items():
            line = f"{row:<16}{cell(value):>10}{span(intervals[row]):>20}"
            if other:
                line += f"{cell(_rows(other)[row]):>10}{cell(_rows(other['difference'])[row]):>14}"
                line += f"{span(_rows(other['interval'])[row]):>20}{cell(_rows(other['p'])[row], 4):>10}"
            lines.append(line)
        signatures = profile["signature"]
        lines += [signatures] if isinstance(signatures, str) else [*signatures.values()]
    return "\n".join(lines)


def _samples_arguments(parser: argparse.ArgumentParser) -> None:
    from kokorochat.tasks.response import INSTRUCTIONS, JOINERS

    corpus_path(parser)
    parser.add_argument("--part", choices=PARTS, help="of the paper's split; all without it")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="draws train and validation (0)")
    group_option(parser)
    parser.add_argument(
        "--joiner", choices=JOINERS, default="newline", help="stands between merged utterances (newline)"
    )
    parser.add_argument("--role", choices=("counselor", "client"), default="counselor", help="who answers (counselor)")
    parser.add_argument("--language", choices=INSTRUCTIONS, default="ja", help="of the instruction (ja)")
    parser.add_argument("--drop-out-of-role", action="store_true", help="leave bracketed talk outside the role out")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the JSONL file to write")


def _evaluate_arguments(parser: argparse.ArgumentParser) -> None:
    from kokorochat.evaluation.words import TOKENIZERS

    parser.add_argument("--answers", type=Path, required=True, metavar="FILE", help="of `answer`")
    parser.add_argument("--against", type=Path, metavar="FILE", help="another system's answers to the same samples")
    parser.add_argument(
        "--tokenizer", choices=TOKENIZERS, action="append", default=[], help="a further profile; may be repeated"
    )
    resampling_options(parser)


VERBS = (
    Verb(
        "samples response", "ask for each next turn of a role (paper 5.1: the counselor)", _samples, _samples_arguments
    ),
    Verb("evaluate response", "BLEU, ROUGE and Distinct (paper Table 4)", _evaluate, _evaluate_arguments),
)
