"""`corpus stats`: the counts of a corpus."""

from collections.abc import Sequence
from typing import Any

from kokorochat.cli.verb import DONE, Options, Verb, corpus_path, progress, show

NONE = "–"
"""What stands where there is no number."""


def _corpus_stats(options: Options) -> int:
    import gc

    from kokorochat.corpus.reading import find_corpus
    from kokorochat.corpus.statistics import corpus_statistics

    # Reading makes millions of small objects and no cycles: the collector would only walk them again and again.
    gc.disable()
    summary = corpus_statistics(progress(find_corpus(options.path).entries(), "reading"))
    show(options, summary, _statistics_table(summary))
    return DONE


def _statistics_table(summary: dict[str, Any]) -> str:
    def row(name: str, values: Sequence[Any]) -> str:
        cells = [NONE if v is None else f"{v:,}" if isinstance(v, int) else f"{v:,.2f}" for v in values]
        return f"{name:<28}" + "".join(f"{cell:>12}" for cell in cells)

    lines = [f"{'':<28}{'total':>12}{'counselor':>12}{'client':>12}"]
    lines.append(row("dialogues", [summary["dialogues"]]))
    # A corpus without ids has people, but doesn't tell who they are.
    lines.append(row("speakers", [count or None for count in summary["speakers"].values()]))
    for key in ("utterances", "utterances_per_dialogue", "characters_per_utterance"):
        lines.append(row(key.replace("_", " "), list(summary[key].values())))
    lines.append(row("counselor–client pairs", [summary["pairs"] or None]))
    if summary["score"]["mean"] is not None:
        lines += [row(f"score, {name}", [float(value)]) for name, value in summary["score"].items()]
    if summary["screening"]["any"]:
        lines += [row(f"checked: {name}", [count]) for name, count in summary["screening"].items()]
    if summary["topics"]:
        lines += ["", f"{'topic':<28}{'dialogues':>12}{'share':>12}"]
    lines += [f"{t['topic']:<32}{t['count']:>8,}{t['percent']:>10.2f} %" for t in summary["topics"]]
    return "\n".join(lines)


VERB = Verb("corpus stats", "count a corpus (paper Table 3)", _corpus_stats, corpus_path)
