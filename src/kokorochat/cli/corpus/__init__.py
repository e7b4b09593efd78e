"""The verbs of a corpus, one file each."""

from kokorochat.cli.corpus import analyze, check, compare, convert, curate, diff, release, split, stats, topics

VERBS = (
    stats.VERB,
    analyze.VERB,
    check.VERB,
    compare.VERB,
    topics.VERB,
    curate.VERB,
    split.VERB,
    convert.VERB,
    release.VERB,
    diff.VERB,
)
