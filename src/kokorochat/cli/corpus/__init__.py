"""The verbs of a corpus, one file each."""

from kokorochat.cli.corpus import check, compare, convert, diff, split, stats

VERBS = (stats.VERB, check.VERB, compare.VERB, convert.VERB, diff.VERB, split.VERB)
