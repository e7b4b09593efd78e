"""The verbs of a corpus, one file each."""

from kokorochat.cli.corpus import check, compare, convert, curate, diff, split, stats, topics

VERBS = (stats.VERB, check.VERB, compare.VERB, curate.VERB, split.VERB, convert.VERB, diff.VERB, topics.VERB)
