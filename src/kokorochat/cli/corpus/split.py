"""`corpus split`: divide a corpus as the paper does, or so that nothing leaks between the parts."""

import argparse

from kokorochat.cli.verb import (
    DONE,
    Options,
    Verb,
    corpus_path,
    group_option,
    new_folder_option,
    progress,
    seed,
    show,
    typed,
)


def _corpus_split(options: Options) -> int:
    import gc

    from kokorochat.corpus.reading import find_corpus
    from kokorochat.corpus.splits.files import write_split
    from kokorochat.corpus.splits.known import known_in_training
    from kokorochat.corpus.splits.outline import outline
    from kokorochat.corpus.splits.response import response_split
    from kokorochat.corpus.splits.score import score_split
    from kokorochat.corpus.writing import check_free
    from kokorochat.domain.errors import InputError

    by_duplicates = options.group == "duplicates"
    if options.threshold is not None and not by_duplicates:
        raise InputError("--threshold", "is for near-duplicates only", "Add --group duplicates, or leave it out")
    check_free(options.out)
    # Reading makes millions of small objects and no cycles: the collector would only walk them again and again.
    gc.disable()
    corpus = find_corpus(options.path)
    outlines = [outline(entry, by_duplicates) for entry in progress(corpus.entries(), "reading")]
    if options.task == "score":
        split = score_split(outlines, options.seed, options.test_seed, options.group, options.threshold)
    else:
        split = response_split(outlines, options.seed, options.group, options.threshold)
    write_split(split, corpus, options.out, typed())
    counts, dropped = split.counts(), {why: len(ids) for why, ids in split.reasons.items()}
    known = known_in_training(outlines, split)
    document = {
        **{"task": split.task, "rule": split.rule, "parts": counts, "dropped": dropped},
        **{"known_in_training": known, "out": str(options.out)},
    }
    lines = [split.rule, f"{'':<18}{'dialogues':>12}{'utterances':>12}"]
    lines += [f"{name:<18}{c['dialogues']:>12,}{c['utterances']:>12,}" for name, c in counts.items()]
    lines += [f"dropped: {why} ({number:,})" for why, number in dropped.items()]
    lines += [
        f"of {counts['test']['dialogues']:,} in test, the {role} of {number:,} is in training too"
        for role, number in known.items()
        if number is not None
    ]
    show(options, document, "\n".join([*lines, str(options.out)]))
    return DONE


def threshold(text: str) -> float:
    """An overlap from the command line: a number from 0 to 1, 1 left out."""
    number = float(text)
    if not 0 <= number < 1:
        raise ValueError
    return number


def _arguments(parser: argparse.ArgumentParser) -> None:
    corpus_path(parser)
    parser.add_argument("--task", required=True, choices=("response", "score"), help="paper 5.1 or 5.2")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="draws train and validation (0)")
    parser.add_argument("--test-seed", type=seed, default=0, metavar="N", help="draws the test part of score (0)")
    group_option(parser)
    parser.add_argument(
        "--threshold", type=threshold, metavar="T", help="the overlap above which dialogues are duplicates (0.20)"
    )
    new_folder_option(parser)


# argparse names it in its message when a value is refused.
threshold.__name__ = "overlap (0 or more, below 1)"


VERB = Verb("corpus split", "divide a corpus into parts to learn from and to test on", _corpus_split, _arguments)
