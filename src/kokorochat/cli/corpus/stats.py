"""`corpus stats`: the counts of a corpus."""

from collections.abc import Sequence
from typing import Any

from kokorochat.cli.verb import DONE, Options, Verb, corpus_path, progress, show


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
        cells = ["-" if v is None else f"{v:,}" if isinstance(v, int) else f"{v:,.2f}" for v in values]
        return f"{name:<28}" + "".join(f"{cell:>12}" for cell in cells)

    lines = [f"{'':<28}{'total':>12}{'counselor':>12}{'client':>12}"]
    lines.append(row("dialogues", [summary["dialogues"]]))
    # A corpus without ids has people, but doesn't tell who they are.
    lines.append(row("speakers", [count or None for count in summary["speakers"].values()]))
    for key in ("utterances", "utterances_per_dialogue", "characters_per_utterance"):
        lines.append(row(key.replace("_", " "), list(summary[key].values())))
    lines.append(row("counselor–client pairs", [summary["pairs"] or None]))
    if summary["score"]["mean"] is not None:
        lines.append(row("score: mean, median", [float(value) for value in summary["score"].values()]))
    if summary["screening"]["any"]:
        lines.append("screening: " + ", ".join(f"{name} {count:,}" for name, count in summary["screening"].items()))
    lines += [f"  {t['topic']:<32}{t['count']:>8,}{t['percent']:>8.2f} %" for t in summary["topics"]]
    return "\n".join(lines)


VERB = Verb("corpus stats", "count a corpus (paper Table 3)", _corpus_stats, corpus_path)
